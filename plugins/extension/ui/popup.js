// The popup: what the wallet holds, paid and is allowed to; and its lock.

import { ask, attempt, byId, el } from "./dom.js";
import { accountsView } from "./view-accounts.js";
import { historyView } from "./view-history.js";
import { settingsView } from "./view-settings.js";
import { sitesView } from "./view-sites.js";

/** @typedef {{exists: boolean, open: boolean, settings: import("../settings.js").Settings, accounts: import("../accounts.js").Account[], asks: {id: string, origin: string}[]}} State */
/** @type {Record<string, (state: State, again: () => Promise<void>) => Promise<Node[]>>} */
const VIEWS = { home: accountsView, history: historyView, sites: sitesView, settings: settingsView };
const main = byId("main");
let current = "home";

async function show() {
  /** @type {State} */ const state = await ask("state");
  if (!state.exists) {
    await chrome.tabs.create({ url: chrome.runtime.getURL("ui/welcome.html") });
    return window.close();
  }
  byId("lock").hidden = byId("tabs").hidden = !state.open;
  for (const button of byId("tabs").children) {
    if (button.dataset.view === current) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  if (!state.open) return main.replaceChildren(lockedView());
  main.replaceChildren(...waiting(state), ...(await VIEWS[current](state, show)));
}

/** @param {State} state */
const waiting = ({ asks }) => asks.map(({ id, origin }) =>
  el("div", { className: "notice warn row" }, el("span", { className: "grow" }, el("b", { className: "mono" }, origin), " waits for your answer"),
    el("button", { onclick: () => chrome.tabs.create({ url: chrome.runtime.getURL(`ui/approve.html?ask=${id}`) }) }, "Look")));

function lockedView() {
  const error = el("p", { className: "error", role: "alert" });
  const field = el("input", { type: "password", autocomplete: "current-password", required: true, id: "passphrase" });
  const go = el("button", { className: "primary wide" }, "Unlock");
  setTimeout(() => field.focus());
  return el("form", {
    className: "stack",
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      attempt(error, /** @type {HTMLButtonElement} */ (go), async () => {
        await ask("unlock", { passphrase: /** @type {HTMLInputElement} */ (field).value });
        await show();
      });
    },
  }, el("h2", {}, "Locked"), el("p", { className: "soft" }, "Your keys are sealed until you unlock."),
  el("label", { className: "field" }, "Passphrase", field), error, go);
}

byId("tabs").addEventListener("click", async (/** @type {Event} */ event) => {
  const { view } = /** @type {HTMLElement} */ (event.target).dataset;
  if (!view) return;
  current = view;
  await show();
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
});
byId("lock").addEventListener("click", async () => {
  await ask("lock");
  await show();
});
for (const name of ["click", "keydown"]) addEventListener(name, () => ask("touch").catch(() => {}), { passive: true });
show();
