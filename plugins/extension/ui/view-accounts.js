// Accounts: what they hold and how they are written, the preferred one first; and the site in front.

import { ask, attempt, el } from "./dom.js";
import { networkName } from "../networks.js";
import { showAmount } from "../text.js";

/** @typedef {import("./popup.js").State} State */

/** @param {State} state @param {() => Promise<void>} again @returns {Promise<Node[]>} */
export async function accountsView({ accounts }, again) {
  const add = el("button", { className: "wide", onclick: () => chrome.tabs.create({ url: chrome.runtime.getURL("ui/welcome.html#add") }) }, "Add an account");
  if (accounts.length === 0) {
    return [el("div", { className: "empty" }, el("h2", {}, "No account yet"), el("p", {}, "Make a key here, or bring one you have.")), add];
  }
  return [...accounts.map((account, at) => card(account, at === 0, again)), add];
}

/** @param {import("../accounts.js").Account} account @param {boolean} first @param {() => Promise<void>} again */
function card(account, first, again) {
  const hedera = account.network.startsWith("hedera:");
  const balance = el("p", { className: "balance", "aria-live": "polite" }, hedera && account.account ? "…" : "");
  if (hedera && account.account) {
    ask("balance", { id: account.id }).then((units) => {
      balance.textContent = units === null ? "Balance not known: no payment server yet" : showAmount(units, { symbol: "HBAR", decimals: 8 });
      balance.className = units === null ? "soft small" : "balance";
    }, () => (balance.textContent = "Balance not known"));
  }
  const where = hedera ? networkName(account.network) : "Every EVM chain";
  return el("section", { className: "card account", "data-account": account.account ?? "" },
    el("div", { className: "row" }, el("h2", { className: "grow" }, account.name),
      account.development ? el("span", { className: "tag wait" }, "play money") : null,
      first ? el("span", { className: "tag good" }, "pays first") : null),
    balance,
    account.account ? el("p", { className: "mono" }, account.account) : numberForm(account, again),
    el("p", { className: "soft small" }, where, " · ", account.keyType === "ed25519" ? "ed25519" : "ECDSA secp256k1"),
    el("div", { className: "actions" },
      account.account ? copy("Copy", account.account) : copy("Copy public key", account.publicKey),
      first ? null : el("button", { className: "plain", onclick: () => ask("account.prefer", { id: account.id }).then(again) }, "Pay with this first")));
}

/** A key that was made here has no number until Hedera gives it one. @param {import("../accounts.js").Account} account @param {() => Promise<void>} again */
function numberForm({ id, publicKey }, again) {
  const error = el("p", { className: "error", role: "alert" });
  const field = /** @type {HTMLInputElement} */ (el("input", { placeholder: "0.0.1234", required: true, autocomplete: "off" }));
  const go = /** @type {HTMLButtonElement} */ (el("button", {}, "Save"));
  return el("form", {
    className: "stack",
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      attempt(error, go, async () => {
        await ask("account.number", { id, account: field.value.trim() });
        await again();
      });
    },
  }, el("p", { className: "small" }, "Have an account opened for this public key, then write its number here."),
  el("p", { className: "mono small" }, publicKey),
  el("div", { className: "row" }, el("label", { className: "field grow" }, "Account number", field), go), error);
}

/** @param {string} label @param {string} text */
function copy(label, text) {
  const button = el("button", { className: "plain" }, label);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), 1500);
  });
  return button;
}
