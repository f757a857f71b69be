// The history: every payment that was signed, written down before anything is sent, one entry each.

import { turns } from "./turns.js";

/**
 * @typedef {object} Payment
 * @property {string} id @property {number} time when it was signed, milliseconds
 * @property {"signed" | "submitted" | "settled" | "refused" | "failed" | "expired" | "unknown" | "handed"} status
 *   `handed`: an authorization that a page was given (EIP-1193); what it did with it is not ours to know
 * @property {string} origin @property {string} title of the page, as the page says
 * @property {string} server the relay @property {string | null} content see `contentKey`
 * @property {string} network @property {string} asset `network/asset` @property {string} amount smallest units
 * @property {{symbol: string, decimals: number}} kind
 * @property {string} payer @property {{account: string, amount: string}[]} payTo @property {string} memo
 * @property {string | null} contentId
 * @property {string} transactionId
 * @property {StoredSigned | null} signed what was signed, so that the same bytes can go out again
 * @property {Record<string, any> | null} event the last the relay told
 * @property {string | null} token the access token it brought
 * @property {{code: string, message: string} | null} error
 * @property {boolean} auto whether it was paid without asking
 * @property {string} request key of the page's request @property {number | null} tab
 *
 * @typedef {Omit<import("./client/pay.js").Signed, "transaction"> & {transaction: string | import("./client/pay.js").Authorization}} StoredSigned
 *   a Hedera transaction as base64
 */

const LONGEST = 500; // payments kept; what may still move money is never dropped
const PREFIX = "payment/";
export const OPEN = new Set(["signed", "submitted"]);

export class History {
  #area;
  #turn = turns();

  /** @param {{get: (key: string | null) => Promise<Record<string, any>>, set: (entries: object) => Promise<void>, remove: (keys: string | string[]) => Promise<void>}} area */
  constructor(area) {
    this.#area = area;
  }

  /** Newest first. @returns {Promise<Payment[]>} */
  async all() {
    const everything = await this.#area.get(null);
    return Object.entries(everything)
      .filter(([key]) => key.startsWith(PREFIX))
      .map(([, payment]) => payment)
      .sort((a, b) => b.time - a.time);
  }

  /** @param {string} id @returns {Promise<Payment | undefined>} */
  async find(id) {
    return (await this.#area.get(PREFIX + id))[PREFIX + id];
  }

  /** On disk when this resolves. @param {Payment} payment */
  async write(payment) {
    await this.#area.set({ [PREFIX + payment.id]: payment });
    const over = (await this.all()).slice(LONGEST).filter(({ status }) => !OPEN.has(status) && status !== "unknown");
    if (over.length) await this.#area.remove(over.map(({ id }) => PREFIX + id));
  }

  /** @param {string} id @param {Partial<Payment>} change */
  update(id, change) {
    return this.#turn(async () => {
      const payment = await this.find(id);
      if (!payment) return undefined;
      const changed = { ...payment, ...change };
      await this.#area.set({ [PREFIX + id]: changed });
      return changed;
    });
  }
}
