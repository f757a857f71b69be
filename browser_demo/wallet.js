// The wallet's card: who can pay, what they hold, and which one pays.
//
// Development accounts with keys that everybody knows, and, on an EVM chain, every wallet this browser has.

import { developmentSigner, discoverWallets, walletSigner } from "/demo/client/index.js";
import { approve } from "./sheet.js";
import { showAuthorization, showTransfer } from "./shown.js";
import { shorten, showAmount } from "./words.js";

const CHOICE = "relay.demo.account";
const DEVELOPMENT = "development keys";

/**
 * @typedef {import("./words.js").Asset} Asset
 * @typedef {{network: string, accounts: string[], rpc: string | null, amount: string} & Asset} Way one way to pay
 * @typedef {{id: string, label: string, way: Way, wallet?: import("/demo/client/eip155.js").Wallet}} Payer
 */

/**
 * @param {{list: HTMLElement, tag: HTMLElement, note: HTMLElement}} parts
 * @param {ReturnType<typeof import("/demo/client/client.js").connect>} relay
 * @param {Way[]} ways
 * @param {{assets: Record<string, Asset>, onChoose: (payer: Payer) => void}} options
 */
export function openWallet({ list, tag, note }, relay, ways, { assets, onChoose }) {
  /** @type {Payer[]} */ const payers = ways.flatMap((way) =>
    way.accounts.map((id) => ({ id, label: shorten(id), way })),
  );
  const remembered = localStorage.getItem(CHOICE);
  let chosen = payers.find((payer) => payer.id === remembered) ?? payers[0];
  let looks = 0;

  const tell = () => {
    tag.textContent = chosen.wallet ? "in your browser" : DEVELOPMENT;
    const network = Object.assign(document.createElement("span"), { className: "mono", textContent: chosen.way.network });
    const keys = chosen.wallet
      ? ". Your wallet shows what you sign; the relay pays the gas."
      : ". The keys are known to everybody and never leave this page.";
    note.replaceChildren("Play money on ", network, keys);
    onChoose(chosen);
  };
  const show = () => {
    const here = payers.filter((payer) => payer.way === chosen.way);
    // a browser's own wallets come first: whoever has one wants to pay with it
    const rows = [...here.filter((payer) => payer.wallet), ...here.filter((payer) => !payer.wallet)];
    list.replaceChildren(...rows.map((payer) => row(payer, payer === chosen)));
    tell();
  };

  list.addEventListener("change", (event) => {
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    chosen = payers.find((one) => one.id === value) ?? chosen;
    localStorage.setItem(CHOICE, value);
    tell();
  });

  const evm = ways.find((way) => way.network.startsWith("eip155:"));
  if (evm) {
    discoverWallets((wallet) => {
      payers.push({ id: wallet.info.uuid, label: wallet.info.name, way: evm, wallet });
      if (wallet.info.uuid === remembered) chosen = payers[payers.length - 1];
      show();
      refresh();
    });
  }
  show();

  async function refresh() {
    const { way } = chosen;
    const look = (looks += 1);
    for (const id of way.accounts) {
      const held = await balance(relay, way, id).then((units) => showAmount(units, way), () => null);
      if (look !== looks) return; // a later look is under way: what this one heard may be from before a payment
      const cell = list.querySelector(`[data-balance="${id}"]`);
      if (cell && (held !== null || cell.textContent === "…")) cell.textContent = held ?? "not known";
    }
  }

  return {
    get payer() {
      return chosen;
    },

    /** The first account that can pay this way. @param {Way} way */
    use(way) {
      if (chosen.way === way) return;
      const here = payers.filter((payer) => payer.way === way);
      chosen = here.find((payer) => payer.wallet) ?? here[0];
      localStorage.setItem(CHOICE, chosen.id);
      show();
      refresh();
    },

    /** A signer of the chosen account. With a key of this page it asks in the sheet; a wallet asks by itself. */
    async signer() {
      const { id, way, wallet } = chosen;
      const { clockOffset } = relay;
      if (!way.network.startsWith("eip155:")) {
        return developmentSigner(id, {
          approve: (description, bodies) => approve(showTransfer(description, bodies, assets), { clockOffset }),
        });
      }
      const chain = { chainName: "Relay demo chain", rpcUrls: way.rpc ? [way.rpc] : [] };
      if (wallet) return walletSigner(wallet.provider, { chain });
      const { pageWallet } = await import("/demo/client/page-wallet.js");
      return walletSigner(pageWallet(), {
        account: id,
        approve: (description, typedData) => approve(showAuthorization(description, typedData, way), { clockOffset }),
      });
    },

    /** While a payment is on its way its account stays chosen. @param {boolean} busy */
    hold(busy) {
      list.classList.toggle("locked-in", busy);
      for (const input of list.querySelectorAll("input")) input.disabled = busy;
    },

    focus() {
      list.scrollIntoView({ block: "center" });
      /** @type {HTMLElement | null} */ (list.querySelector("input:checked"))?.focus({ preventScroll: true });
    },

    refresh,
  };
}

/** Hedera's accounts are asked for through the relay; an EVM token's balance by the demo's own server. @param {ReturnType<typeof import("/demo/client/client.js").connect>} relay @param {Way} way @param {string} id */
async function balance(relay, way, id) {
  if (!way.network.startsWith("eip155:")) return relay.balance(way.network, id);
  const response = await fetch(`/demo/api/balances/${encodeURIComponent(way.network)}/${id}`);
  if (!response.ok) throw new Error(response.statusText);
  return BigInt((await response.json()).balance);
}

/** @param {Payer} payer @param {boolean} chosen */
function row({ id, label, wallet }, chosen) {
  const line = document.createElement("label");
  line.className = "account";
  const input = Object.assign(document.createElement("input"), { type: "radio", name: "account", value: id, checked: chosen });
  const name = Object.assign(document.createElement("span"), { className: wallet ? "" : "mono", textContent: label, title: wallet ? "" : id });
  line.append(input, name);
  if (wallet) {
    // an icon is a data: URI by EIP-6963; anything else would be a request to a stranger
    if (wallet.info.icon.startsWith("data:image/")) line.append(Object.assign(new Image(20, 20), { className: "icon", src: wallet.info.icon, alt: "" }));
    return line;
  }
  const balance = Object.assign(document.createElement("span"), { className: "balance", textContent: "…" });
  balance.dataset.balance = id;
  line.append(balance);
  return line;
}
