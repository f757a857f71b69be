// Access again: a fresh token for what an account of this wallet has paid, where the first has run out or was lost.
//
// The payment server writes a text, the account signs it, no money moves. A site gets this without asking for what it was
// paid by this wallet; for anything else somebody is asked, since a token tells the site that the account is his.

import { restoreAccess, signText } from "./client/wallets.js";
import { signDigest } from "./client/page-wallet.js";
import { EVM, hederaSigner } from "./accounts.js";
import { hashMessage, readRestore } from "./message.js";
import { networkName } from "./networks.js";
import { LATER } from "./requests.js";
import { serverOf } from "./servers.js";
import { plain } from "./text.js";

/**
 * @typedef {import("./requests.js").From} From
 * @typedef {{server: string, network: string, invoice?: string, merchant?: string, contentId?: string}} What
 * @typedef {object} Parts
 * @property {import("./vault.js").Vault} vault @property {import("./book.js").Book} book
 * @property {import("./sites.js").Sites} sites @property {import("./history.js").History} history
 * @property {import("./asks.js").Asks} asks
 */

const NAME = /^[\w:.-]{1,200}$/;

export class Restores {
  #parts;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {From} from @param {any} given @returns {Promise<any>} */
  async request(from, given) {
    const { vault, sites, asks, book } = this.#parts;
    const [server, { network = null, merchant, contentId }] = [serverOf(given?.server), given];
    const invoice = typeof given.invoice === "string" ? given.invoice : given.invoice?.id;
    const named = invoice !== undefined ? [invoice] : [merchant, contentId];
    if (!named.every((name) => typeof name === "string" && NAME.test(name))) throw refused("invalid_request", "The page does not say what was paid.");
    const what = invoice !== undefined ? { invoice } : { merchant, contentId };
    const paid = await this.#paid(from.origin, server, what);
    if (paid && (await vault.isOpen())) return this.renew(paid);
    if ((await sites.find(from.origin)).consent === "never") throw refused("declined", "Declined in the wallet.");
    const account = (await book.all()).find((one) => one.account !== null && (network === null || fits(one, network)));
    if (!account || (account.network === EVM && !network)) throw refused("no_account", "The wallet has no account there.");
    /** @type {import("./show.js").View} */
    const view = {
      kind: "restore", origin: from.origin, title: "Open again what you paid",
      rows: [
        ["As", [{ mono: String(account.account), note: plain(account.name, 40) }]],
        ["Network", networkName(network ?? account.network)],
        ["Payment server", [{ mono: new URL(server).host }]],
        ["For", [{ mono: plain(invoice ?? contentId, 80) }]],
      ],
      notices: [{ tone: "info", text: "If this account has paid for it, the site lets you in. It learns that the account is yours." }],
      source: "This moves no money.", digest: JSON.stringify([server, what, account.id]), until: null,
    };
    const work = { what: { server, network: network ?? account.network, ...what }, account: account.id };
    await asks.open({ origin: from.origin, request: from.key, tab: from.tab, view, kind: "restore", work });
    return LATER;
  }

  /** @param {import("./asks.js").Ask} ask */
  approved({ work }) {
    return this.#token(work.what, work.account);
  }

  /** A token for a payment of the history, kept there. @param {import("./history.js").Payment} payment */
  async renew(payment) {
    const account = (await this.#parts.book.all()).find((one) => one.account?.toLowerCase() === payment.payer.toLowerCase() && fits(one, payment.network));
    if (!account || !payment.event?.invoice) throw refused("not_found", "This payment opens nothing.");
    const answer = await this.#token({ server: payment.server, network: payment.network, invoice: payment.event.invoice }, account.id);
    await this.#parts.history.update(payment.id, { token: answer.accessToken, event: { ...payment.event, accessToken: answer.accessToken } });
    return answer;
  }

  /** @param {What} what @param {string} id of the account */
  async #token({ server, ...what }, id) {
    const account = await this.#parts.book.find(id);
    const secret = await this.#parts.vault.secret(id);
    return restoreAccess({ server, ...what }, String(account.account), async (text) => {
      readRestore(text, { server, account: String(account.account) }); // what the server wrote may be anything
      return account.network === EVM ? signDigest(hashMessage(text), secret) : signText(await hederaSigner(account, secret), text);
    });
  }

  /** @param {string} origin @param {string} server @param {{invoice?: string, contentId?: string}} what */
  async #paid(origin, server, { invoice, contentId }) {
    const settled = (await this.#parts.history.all()).filter((one) => one.status === "settled" && one.origin === origin && one.server === server);
    return settled.find((one) => (invoice === undefined ? one.contentId === contentId : one.event?.invoice === invoice));
  }
}

/** @param {import("./accounts.js").Account} account @param {string} network */
const fits = (account, network) => (account.network === EVM ? network.startsWith("eip155:") : account.network === network);

/** @param {string} code @param {string} message */
const refused = (code, message) => Object.assign(new Error(message), { code });
