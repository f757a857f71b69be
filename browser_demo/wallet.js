// The small wallet: development accounts, what they hold, and which one pays.

import { developmentSigner } from "/demo/client/index.js";
import { approve } from "./sheet.js";
import { showAmount } from "./words.js";

const CHOICE = "relay.demo.account";

/**
 * @param {HTMLElement} list @param {ReturnType<typeof import("/demo/client/client.js").connect>} relay
 * @param {{network: string, accounts: string[]}} config
 * @param {{coin: import("./words.js").Asset, onChoose: (account: string) => void}} options
 */
export function openWallet(list, relay, config, { coin, onChoose }) {
  const remembered = localStorage.getItem(CHOICE) ?? "";
  let account = config.accounts.includes(remembered) ? remembered : config.accounts[0];

  list.replaceChildren(...config.accounts.map((name) => row(name, name === account)));
  list.addEventListener("change", (event) => {
    account = /** @type {HTMLInputElement} */ (event.target).value;
    localStorage.setItem(CHOICE, account);
    onChoose(account);
  });
  onChoose(account);

  return {
    get account() {
      return account;
    },

    /** A signer that asks in the sheet before it signs. @param {Record<string, import("./words.js").Asset>} assets */
    signer: (assets) =>
      developmentSigner(account, {
        approve: (description, bodies) => approve(description, bodies, { assets, coin, clockOffset: relay.clockOffset }),
      }),

    /** While a payment is on its way its account stays chosen. @param {boolean} busy */
    hold(busy) {
      list.classList.toggle("locked-in", busy);
      for (const input of list.querySelectorAll("input")) input.disabled = busy;
    },

    focus() {
      list.scrollIntoView({ block: "center" });
      /** @type {HTMLElement | null} */ (list.querySelector("input:checked"))?.focus({ preventScroll: true });
    },

    async refresh() {
      for (const name of config.accounts) {
        const cell = list.querySelector(`[data-balance="${name}"]`);
        if (!cell) continue;
        try {
          cell.textContent = showAmount(await relay.balance(config.network, name), coin);
        } catch {
          if (cell.textContent === "…") cell.textContent = "not known";
        }
      }
    },
  };
}

/** @param {string} name @param {boolean} chosen */
function row(name, chosen) {
  const label = document.createElement("label");
  label.className = "account";
  const input = Object.assign(document.createElement("input"), { type: "radio", name: "account", value: name, checked: chosen });
  const id = Object.assign(document.createElement("span"), { className: "mono", textContent: name });
  const balance = Object.assign(document.createElement("span"), { className: "balance", textContent: "…" });
  balance.dataset.balance = name;
  label.append(input, id, balance);
  return label;
}
