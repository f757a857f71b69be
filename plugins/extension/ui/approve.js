// The approval window: shows one ask, and is the only place that says yes.
//
// The yes comes late on purpose: its button opens a moment after everything was in sight, and again after the window was
// away, so that a click meant for something else cannot land on it. The focus is on Deny.

import { ask, byId, el, facts, Refused } from "./dom.js";
import { OPEN, STATUS } from "./status.js";
import { plain, showUnits } from "../text.js";

const READ_MS = 1_200;
const HERE_MS = 20_000; // keeps the worker awake, so that what it holds need not be read again
const LOOK_MS = 300;
const SETTLED_MS = 1_500; // long enough to read one word
const id = new URLSearchParams(location.search).get("ask") ?? "";

/** @type {import("../show.js").View} */ let view;
let read = false;
/** @type {ReturnType<typeof setTimeout>} */ let opening;

async function start() {
  const [found, state] = [await ask("ask", { id }), await ask("state")];
  if (!found) return end("Nothing is asked here", "It was answered already, or the page is gone.");
  view = found;
  if (!state.open) return askToUnlock();
  show();
}

function askToUnlock() {
  byId("locked").hidden = false;
  byId("locked-origin").textContent = view.origin;
  byId("passphrase").focus();
  byId("locked-deny").addEventListener("click", () => decide("deny"));
  byId("unlock").addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    byId("unlock-error").textContent = "";
    byId("unlock-go").disabled = true;
    try {
      await ask("unlock", { passphrase: byId("passphrase").value });
      byId("passphrase").value = "";
      byId("locked").hidden = true;
      show();
    } catch (error) {
      byId("unlock-error").textContent = /** @type {Error} */ (error).message;
      byId("passphrase").select();
    }
    byId("unlock-go").disabled = false;
  });
}

function show() {
  byId("approve").dataset.state = "asking";
  byId("ask").hidden = byId("bar").hidden = false;
  byId("origin").textContent = view.origin;
  byId("title").textContent = view.title;
  byId("amount").textContent = view.amount ?? "";
  byId("fiat").textContent = view.fiat ? `${view.fiat} ${view.fiatSource}` : "";
  byId("notices").replaceChildren(...view.notices.map(({ tone, text }) => el("li", { className: `notice ${tone}` }, text)));
  byId("facts").replaceChildren(facts(view.rows));
  byId("facts").hidden = view.rows.length === 0;
  byId("details").hidden = !view.raw;
  byId("details").open = view.open === true;
  byId("raw").classList.toggle("words", view.open === true);
  byId("raw-title").textContent = view.rawTitle ?? "";
  byId("raw").textContent = view.raw ?? "";
  byId("source").textContent = view.source ?? "";
  byId("yes").textContent = { payment: "Approve", connect: "Show", message: "Sign", authorization: "Approve", restore: "Open", allowance: "Allow" }[view.kind];
  choices();
  consent();
  readFirst();
  byId("deny").focus({ preventScroll: true });
  byId("approve").scrollTop = 0;
  tick();
}

function choices() {
  const list = view.choices ?? [];
  byId("choices").hidden = list.length === 0;
  byId("choices").append(...list.map((account, at) =>
    el("label", { className: "choice" }, el("input", { type: "checkbox", name: "account", value: account.id, checked: at === 0 }),
      el("span", {}, account.name, el("br"), el("span", { className: "mono small" }, account.account)))));
}

function consent() {
  const { always } = view;
  byId("consent").hidden = !always;
  if (!always) return;
  const typed = (/** @type {string} */ units) => showUnits(units, always.decimals).replaceAll(",", "");
  for (const name of ["limit-symbol", "most-symbol"]) byId(name).textContent = always.symbol;
  byId("limit").value = typed(always.limit ?? String(BigInt(always.most ?? always.amount) * 10n));
  byId("most").value = always.most ? typed(always.most) : "";
  const fields = () => {
    byId("limit-field").hidden = choice() !== "always";
    byId("most-field").hidden = choice() !== "always" || !always.most;
  };
  if (view.kind === "allowance") {
    /** @type {any} */ (document.querySelector("input[name=consent][value=always]")).checked = true;
    for (const label of byId("consent").querySelectorAll(".choice")) label.hidden = true;
    byId("consent-title").textContent = "How much?";
  }
  fields();
  byId("consent").onchange = () => {
    fields();
    byId("consent").scrollIntoView({ block: "end" });
  };
}

/** @returns {import("../asks.js").Choice} */
const choice = () => /** @type {any} */ (document.querySelector("input[name=consent]:checked"))?.value ?? "once";

/** Close the yes, and open it once there was time to read. */
function readFirst() {
  const mayAnswer = (/** @type {boolean} */ now) => {
    read = now;
    byId("yes").disabled = !now;
  };
  mayAnswer(false);
  clearTimeout(opening);
  opening = setTimeout(mayAnswer, READ_MS, true);
}

function tick() {
  if (view.until === null || byId("bar").hidden) return void (byId("left").textContent = "");
  const left = Math.ceil((view.until - Date.now()) / 1000);
  // What runs out is made anew when it is approved; only what it says may not change.
  byId("left").textContent = left > 0 ? `${left} s left` : "renewed when you approve";
  setTimeout(tick, 1000);
}

/** @param {import("../asks.js").Choice} chosen */
async function decide(chosen) {
  const yes = chosen === "once" || chosen === "always";
  if (yes && !read) return;
  for (const name of ["yes", "deny", "never"]) byId(name).disabled = true;
  byId("error").textContent = "";
  const accounts = [...document.querySelectorAll("input[name=account]:checked")].map((box) => /** @type {HTMLInputElement} */ (box).value);
  try {
    const done = await ask("decide", { id, digest: view.digest, choice: chosen, limit: byId("limit").value, most: byId("most").value, accounts });
    if (done?.payment) return follow(done.payment);
    if (!done?.changed) return window.close();
    view = done.changed;
    show();
  } catch (error) {
    if (error instanceof Refused && error.kind === "Locked") return location.reload();
    byId("error").textContent = /** @type {Error} */ (error).message;
    readFirst();
  }
  byId("deny").disabled = byId("never").disabled = false;
}

/** What becomes of it, until it is known. The payment does not need this window. @param {string} payment */
async function follow(payment) {
  byId("ended").dataset.tone = "wait";
  end("Sending…", "");
  for (;;) {
    const found = await ask("payment", { id: payment }).catch(() => null);
    const { words, tone, why = "" } = STATUS[/** @type {keyof typeof STATUS} */ (found?.status ?? "signed")];
    byId("ended").dataset.tone = tone;
    byId("ended-title").textContent = words;
    byId("ended-text").textContent = why || view.amount || "";
    byId("ended-reason").textContent = found?.error ? plain(found.error.message, 300) : "";
    if (found?.status === "settled") return setTimeout(() => window.close(), SETTLED_MS);
    if (found && !OPEN.has(found.status)) return;
    await new Promise((later) => setTimeout(later, LOOK_MS));
  }
}

/** @param {string} title @param {string} text */
function end(title, text) {
  byId("ask").hidden = byId("bar").hidden = byId("locked").hidden = true;
  byId("ended").hidden = false;
  byId("left").textContent = "";
  byId("ended-title").textContent = title;
  byId("ended-text").textContent = text;
  byId("close").focus();
}

byId("yes").addEventListener("click", () => decide(view.kind === "payment" ? choice() : "once"));
byId("deny").addEventListener("click", () => decide("deny"));
byId("never").addEventListener("click", () => decide("never"));
byId("close").addEventListener("click", () => window.close());
for (const name of ["focus", "resize"]) addEventListener(name, () => view && !byId("bar").hidden && readFirst());
document.addEventListener("visibilitychange", () => view && !document.hidden && !byId("bar").hidden && readFirst());
addEventListener("keydown", ({ key }) => key === "Escape" && view && !byId("bar").hidden && decide("deny"));
setInterval(() => ask("state").catch(() => {}), HERE_MS);
start();
