// Settings: when to lock, where to ask for balances, backup, keys and passphrase.

import { ask, attempt, el } from "./dom.js";
import { LOCK_MINUTES } from "../settings.js";

/** @typedef {import("./popup.js").State} State */

/** @param {State} state @param {() => Promise<void>} again @returns {Promise<Node[]>} */
export async function settingsView({ settings, accounts }, again) {
  return [lock(settings), server(settings, again), backup(), passphrase(), keys(accounts, again), development(settings, again)];
}

/** @param {State["settings"]} settings */
function lock({ lockMinutes }) {
  const words = (/** @type {number} */ minutes) => (minutes < 60 ? `${minutes} minutes` : minutes === 60 ? "an hour" : `${minutes / 60} hours`);
  const choose = el("select", {}, ...LOCK_MINUTES.map((minutes) => el("option", { value: String(minutes), selected: minutes === lockMinutes }, words(minutes))));
  choose.addEventListener("change", () => ask("settings", { lockMinutes: Number(/** @type {HTMLSelectElement} */ (choose).value) }));
  return el("section", { className: "card stack" }, el("label", { className: "field" }, "Lock after so long without you", choose),
    el("p", { className: "small soft" }, "And at once when this computer is locked or the browser closed."));
}

/** @param {State["settings"]} settings @param {() => Promise<void>} again */
function server({ server: url }, again) {
  const field = input({ value: url ?? "", placeholder: "https://pay.example.com", type: "url" });
  return form("Payment server for balances", "Save", [["Address", field]], async () => {
    await ask("settings", { server: field.value.trim() || null });
    await again();
  }, "Balances are asked of this server, or of those your sites use. It learns your account numbers.");
}

function backup() {
  const error = el("p", { className: "error", role: "alert" });
  const go = /** @type {HTMLButtonElement} */ (el("button", { className: "wide" }, "Save a backup file"));
  go.addEventListener("click", () => attempt(error, go, async () => {
    const text = JSON.stringify(await ask("backup"), null, 1);
    const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    el("a", { href: url, download: `relay-wallet-${new Date().toISOString().slice(0, 10)}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }));
  return el("section", { className: "card stack" }, el("h2", {}, "Backup"),
    el("p", { className: "small soft" }, "All keys, sealed by your passphrase. Without the passphrase it opens for nobody, not even you."), go, error);
}

function passphrase() {
  const [old, next] = [input({ type: "password", autocomplete: "current-password" }), input({ type: "password", autocomplete: "new-password" })];
  return form("Passphrase", "Change it", [["Now", old], ["New", next]], async () => {
    await ask("passphrase", { old: old.value, passphrase: next.value });
    old.value = next.value = "";
  });
}

/** @param {State["accounts"]} accounts @param {() => Promise<void>} again */
function keys(accounts, again) {
  const which = /** @type {HTMLSelectElement} */ (el("select", {}, ...accounts.map(({ id, name, account }) => el("option", { value: id }, `${name} ${account ?? ""}`))));
  const pass = input({ type: "password", autocomplete: "current-password" });
  const shown = el("p", { className: "mono small", role: "status" });
  const [error, show, remove] = [el("p", { className: "error", role: "alert" }), button("Show the key"), button("Remove", "danger")];
  show.addEventListener("click", () => attempt(error, show, async () => {
    shown.textContent = await ask("account.reveal", { id: which.value, passphrase: pass.value });
    pass.value = "";
  }));
  remove.addEventListener("click", () => attempt(error, remove, async () => {
    await ask("account.remove", { id: which.value, passphrase: pass.value });
    await again();
  }));
  return el("section", { className: "card stack", hidden: accounts.length === 0 }, el("h2", {}, "Private keys"),
    el("p", { className: "small soft" }, "Whoever sees a key owns the account. A removed key is gone unless you have a backup."),
    el("label", { className: "field" }, "Account", which), el("label", { className: "field" }, "Passphrase", pass),
    el("div", { className: "row" }, show, remove), shown, error);
}

/** @param {State["settings"]} settings @param {() => Promise<void>} again */
function development({ development: on }, again) {
  const box = el("input", { type: "checkbox", checked: on });
  box.addEventListener("change", () => ask("settings", { development: /** @type {HTMLInputElement} */ (box).checked }).then(again));
  const add = button("Add the devnet's accounts");
  const error = el("p", { className: "error", role: "alert" });
  add.addEventListener("click", () => attempt(error, add, async () => {
    await ask("account.development");
    await again();
  }));
  return el("section", { className: "card stack" }, el("label", { className: "row" }, box, el("span", {}, "Development mode")),
    el("p", { className: "small soft" }, "Accounts of a local devnet and anvil. Everybody knows their keys: play money only."), on ? add : null, error);
}

/** @param {string} title @param {string} label @param {[string, HTMLInputElement][]} fields @param {() => Promise<void>} act @param {string} [hint] */
function form(title, label, fields, act, hint) {
  const [error, go] = [el("p", { className: "error", role: "alert" }), button(label)];
  return el("form", {
    className: "card stack",
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      attempt(error, go, async () => {
        await act();
        go.textContent = "Saved";
      });
    },
  }, el("h2", {}, title), hint ? el("p", { className: "small soft" }, hint) : null,
  ...fields.map(([name, field]) => el("label", { className: "field" }, name, field)), go, error);
}

/** @param {object} properties */
const input = (properties) => /** @type {HTMLInputElement} */ (el("input", properties));
/** @param {string} label @param {string} [className] */
const button = (label, className = "") => /** @type {HTMLButtonElement} */ (el("button", { className, type: className ? "button" : "submit" }, label));
