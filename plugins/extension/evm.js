// EIP-1193: what a page may ask of the wallet's EVM side. The wallet signs; it sends nothing and has no node.

import { describeAuthorization } from "./client/eip155.js";
import { pageWallet, signDigest } from "./client/page-wallet.js";
import { toHex } from "./client/typed-data.js";
import { EVM } from "./accounts.js";
import { hashMessage, readMessage } from "./message.js";
import { isKnownChain, isKnownNetwork, kindOf, networkName } from "./networks.js";
import { LATER } from "./requests.js";
import { plain, showAmount } from "./text.js";
import { readAuthorization } from "./typed.js";
import { Locked } from "./vault.js";

/**
 * @typedef {import("./requests.js").From} From
 * @typedef {import("./accounts.js").Account} Account
 * @typedef {import("./show.js").View} View
 * @typedef {object} Parts
 * @property {import("./vault.js").Vault} vault @property {import("./book.js").Book} book
 * @property {import("./sites.js").Sites} sites @property {import("./history.js").History} history
 * @property {import("./asks.js").Asks} asks @property {import("./vault.js").Area} fleeting
 * @property {(origin: string, event: string, value: unknown) => void} emit
 */

const FIRST_CHAIN = 1; // what a page is told until it switches

/** An error with EIP-1193's number. */
export class ProviderError extends Error {
  name = "ProviderError";
  /** @param {number} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export const rejected = () => new ProviderError(4001, "Declined in the wallet.");

export class Evm {
  #parts;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {From} from @param {string} method @param {any} params @returns {Promise<any>} */
  async request(from, method, params) {
    const list = Array.isArray(params) ? params : [];
    switch (method) {
      case "eth_chainId":
        return hexOf(await this.#chain(from.origin));
      case "net_version":
        return String(await this.#chain(from.origin));
      case "eth_accounts":
        return this.addresses(from.origin);
      case "eth_requestAccounts":
        return this.#connect(from);
      case "wallet_requestPermissions":
        return this.#connect(from);
      case "wallet_getPermissions":
        return (await this.addresses(from.origin)).length ? [{ parentCapability: "eth_accounts" }] : [];
      case "wallet_revokePermissions":
        return this.disconnect(from.origin);
      case "wallet_switchEthereumChain":
      case "wallet_addEthereumChain":
        return this.#switch(from.origin, list[0]?.chainId);
      case "eth_signTypedData_v4":
        return this.#typedData(from, list[0], list[1]);
      case "personal_sign":
        return this.#message(from, list[0], list[1]);
      default:
        throw new ProviderError(4200, `${plain(method, 60)} is not something this wallet does.`);
    }
  }

  /** What a site may see; nothing while the wallet is locked. @param {string} origin @returns {Promise<string[]>} */
  async addresses(origin) {
    if (!(await this.#parts.vault.isOpen())) return [];
    return (await this.#connected(origin)).map((account) => /** @type {string} */ (account.account));
  }

  /** @param {string} origin */
  async disconnect(origin) {
    await this.#parts.sites.change(origin, { accounts: [] });
    this.#parts.emit(origin, "accountsChanged", []);
    return null;
  }

  /** The person chose accounts, or approved a signature: the result for the page. @param {import("./asks.js").Ask} ask @param {string[]} chosen ids */
  async approved(ask, chosen) {
    const { book, sites, vault, history } = this.#parts;
    if (!(await vault.isOpen())) throw new Locked();
    if (ask.kind === "connect") {
      const ids = (await this.#own()).map(({ id }) => id).filter((id) => chosen.includes(id));
      if (ids.length === 0) throw rejected();
      await sites.change(ask.origin, { accounts: ids });
      const addresses = await this.addresses(ask.origin);
      this.#parts.emit(ask.origin, "accountsChanged", addresses);
      return addresses;
    }
    const account = await book.find(ask.work.account);
    const key = await vault.secret(account.id);
    if (ask.kind === "message") return signDigest(hashMessage(ask.work.text), key);
    const { typedData } = ask.work;
    const signature = await pageWallet([toHex(key)]).request({ method: "eth_signTypedData_v4", params: [account.account, JSON.stringify(typedData)] });
    await history.write(handed(ask, typedData));
    return signature;
  }

  /** @param {From} from */
  async #connect(from) {
    const known = await this.addresses(from.origin);
    if (known.length) return known;
    if ((await this.#parts.sites.find(from.origin)).consent === "never") throw rejected();
    const accounts = await this.#own();
    if (accounts.length === 0) throw new ProviderError(4100, "The wallet has no EVM account yet.");
    /** @type {View} */
    const view = {
      kind: "connect", origin: from.origin, title: "Show your address", rows: [], notices: [], digest: "connect", until: null,
      choices: accounts.map(({ id, name, account }) => ({ id, name: plain(name, 40), account: String(account) })),
      source: "The site sees the address, and everything that is public about it. It can move nothing.",
    };
    await this.#ask(from, view, "connect", {});
    return LATER;
  }

  /** @param {From} from @param {any} address @param {any} given */
  async #typedData(from, address, given) {
    const account = await this.#account(from.origin, address);
    const typedData = readAuthorization(given);
    const told = describeAuthorization(typedData);
    if (told.payer.toLowerCase() !== String(account.account).toLowerCase()) throw new ProviderError(-32602, "It would move the tokens of another account.");
    if (typedData.domain.chainId !== (await this.#chain(from.origin))) throw new ProviderError(-32602, "It is for another chain than the one chosen.");
    typedData.message.from = String(account.account); // the spelling our signer knows; the bytes are the same
    const kind = kindOf(told.network, told.asset);
    /** @type {View} */
    const view = {
      kind: "authorization", origin: from.origin, title: "Let this site move", amount: showAmount(told.amount, kind), fiat: null, fiatSource: null,
      rows: [
        ["To", told.payTo.map((to) => ({ mono: to.account }))],
        ["From", [{ mono: String(account.account), note: plain(account.name, 40) }]],
        ["Network", plain(networkName(told.network), 80)],
        ["Token", [{ mono: told.asset, note: kind.known ? kind.symbol : `calls itself “${plain(told.token, 40)}”` }]],
        ["Good until", plain(told.validUntil.getTime() < 8e15 ? told.validUntil.toLocaleString() : "for ever", 60)],
      ],
      notices: [
        { tone: "info", text: "The site gets the signed authorization and can use it once, at any time until it ends." },
        ...(kind.known ? [] : [{ tone: /** @type {const} */ ("warn"), text: "This token is not one the wallet knows: check its id, not its name." }]),
        ...(isKnownNetwork(told.network) ? [] : [{ tone: /** @type {const} */ ("warn"), text: "This network is not one the wallet knows." }]),
      ],
      rawTitle: "The typed data to sign", raw: JSON.stringify(typedData, null, 1),
      source: "Read from what will be signed, not from the page.", digest: told.transactionId, until: null,
    };
    await this.#ask(from, view, "authorization", { account: account.id, typedData, title: plain(from.title, 80) });
    return LATER;
  }

  /** @param {From} from @param {any} given @param {any} address */
  async #message(from, given, address) {
    const account = await this.#account(from.origin, address);
    const { server } = await this.#parts.sites.find(from.origin);
    const { text, signIn } = readMessage(given, { origin: from.origin, server, account: String(account.account) });
    /** @type {View} */
    const view = {
      kind: "message", origin: from.origin, title: signIn ? "Sign in" : "Sign a text",
      rows: [["With", [{ mono: String(account.account), note: plain(account.name, 40) }]]],
      notices: signIn ? [] : [{ tone: "warn", text: "The site can show this signature to anyone, as proof that you agreed to the text. Sign only what you would say." }],
      rawTitle: "The text", raw: text, open: true, source: "This moves no money.", digest: toHex(hashMessage(text)), until: null,
    };
    await this.#ask(from, view, "message", { account: account.id, text });
    return LATER;
  }

  /** @param {From} from @param {View} view @param {"connect" | "message" | "authorization"} kind @param {any} work */
  async #ask(from, view, kind, work) {
    if ((await this.#parts.sites.find(from.origin)).consent === "never") throw rejected();
    await this.#parts.asks.open({ origin: from.origin, request: from.key, tab: from.tab, view, kind, work });
  }

  /** @param {string} origin @param {any} given */
  async #switch(origin, given) {
    const chain = typeof given === "string" && /^0x[0-9a-fA-F]{1,12}$/.test(given) ? Number(given) : 0;
    if (!isKnownChain(chain)) throw new ProviderError(4902, "The wallet does not know this chain.");
    const chains = (await this.#parts.fleeting.get("chains")).chains ?? {};
    const before = await this.#chain(origin);
    await this.#parts.fleeting.set({ chains: { ...chains, [origin]: chain } });
    if (chain !== before) this.#parts.emit(origin, "chainChanged", hexOf(chain));
    return null;
  }

  /** @param {string} origin @returns {Promise<number>} */
  async #chain(origin) {
    return (await this.#parts.fleeting.get("chains")).chains?.[origin] ?? FIRST_CHAIN;
  }

  /** One that this site may see. @param {string} origin @param {any} address */
  async #account(origin, address) {
    const found = (await this.#connected(origin)).find((one) => String(one.account).toLowerCase() === String(address).toLowerCase());
    if (!found) throw new ProviderError(4100, "The wallet has not shown this account to this site.");
    return found;
  }

  /** @param {string} origin */
  async #connected(origin) {
    const { accounts } = await this.#parts.sites.find(origin);
    return (await this.#own()).filter(({ id }) => accounts.includes(id));
  }

  async #own() {
    return (await this.#parts.book.all()).filter(({ network }) => network === EVM);
  }
}

/** @param {number} chain */
const hexOf = (chain) => `0x${chain.toString(16)}`;

/** An authorization on record: it counts as spent, for nobody tells us whether it was used. @param {import("./asks.js").Ask} ask @param {import("./client/eip155.js").TypedData} typedData @returns {import("./history.js").Payment} */
function handed({ origin, request, tab, work }, typedData) {
  const { network, asset, amount, payer, payTo, transactionId } = describeAuthorization(typedData);
  return {
    id: crypto.randomUUID(), time: Date.now(), status: "handed", origin, title: work.title, server: "", content: null, network,
    asset: `${network}/${asset}`, amount, kind: kindOf(network, asset), payer, payTo, memo: "", contentId: null, transactionId,
    signed: null, event: null, token: null, error: null, auto: false, request, tab,
  };
}
