// Following: signed bytes go to their payment server until their end is known, in this life of the worker or a later one.
//
//   signed ─▶ submitted ─▶ settled        failed    the ledger said no
//      │          └──▶ unknown            refused   the payment server said no, nothing was sent on
//      └──▶ unknown                       expired   its time is over and it never landed
//
// `unknown` is told as that: the money may have moved. It counts as spent, and is looked at again until somebody knows.

import { OPEN } from "./history.js";
import { withRelay } from "./servers.js";
import { fromBase64 } from "./vault.js";

/**
 * @typedef {import("./history.js").Payment} Payment
 * @typedef {object} Parts
 * @property {import("./history.js").History} history
 * @property {(key: string, answer: import("./requests.js").Answer) => Promise<void>} answer
 * @property {(key: string, progress: any) => void} tell
 * @property {(tab: number | null, state: import("./icon.js").IconState) => void} paint
 */

export const ALARM = "follow";
const LOOK_MINUTES = 0.5; // the shortest an alarm may wait
const UNKNOWN_MS = 5 * 60 * 1000; // between two looks at a payment of unknown end
const LOOKED_FOR_MS = 7 * 24 * 60 * 60 * 1000; // a payment of unknown end, after that by hand only

/** How a payment ended, by the code the client gives it. @type {Record<string, Payment["status"]>} */
const ENDS = { transaction_expired: "expired", transfer_failed: "failed", outcome_unknown: "unknown", not_sent: "unknown" };

export class Following {
  #parts;
  /** @type {Map<string, Promise<void>>} */ #under = new Map();
  /** @type {Map<string, number>} */ #looked = new Map();
  /** @type {Map<string, Set<string>>} requests that wait for the same payment */ #also = new Map();

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Go on with everything that has no end yet. Safe to repeat. */
  async resume() {
    const all = await this.#parts.history.all();
    const open = all.filter(({ status, time }) => OPEN.has(status) || (status === "unknown" && time > Date.now() - LOOKED_FOR_MS));
    for (const payment of open) {
      if (OPEN.has(payment.status) || (this.#looked.get(payment.id) ?? 0) < Date.now() - UNKNOWN_MS) this.follow(payment);
    }
    await (open.length ? chrome.alarms.create(ALARM, { periodInMinutes: LOOK_MINUTES }) : chrome.alarms.clear(ALARM));
  }

  /** Another request for what is being paid hears its end too. @param {string} key @param {string} id */
  also(key, id) {
    if (!this.#also.has(id)) this.#also.set(id, new Set());
    this.#also.get(id)?.add(key);
  }

  /** `fresh`: signed a moment ago, in this life. Safe to repeat. @param {Payment} payment @param {{fresh?: boolean}} [options] */
  follow(payment, { fresh = false } = {}) {
    if (!payment.signed) return undefined;
    if (this.#under.has(payment.id)) return this.#under.get(payment.id);
    this.#looked.set(payment.id, Date.now());
    chrome.alarms.create(ALARM, { periodInMinutes: LOOK_MINUTES }); // should this life end before the payment does
    const done = this.#follow(payment, payment.signed, fresh).finally(() => this.#under.delete(payment.id));
    this.#under.set(payment.id, done);
    return done;
  }

  /** @param {Payment} payment @param {import("./history.js").StoredSigned} signed @param {boolean} fresh */
  async #follow({ id, server, request, tab }, signed, fresh) {
    const { history, tell, paint } = this.#parts;
    const transaction = typeof signed.transaction === "string" ? fromBase64(signed.transaction) : signed.transaction;
    let sent = !fresh;
    try {
      const event = await withRelay(server, (relay) =>
        relay.send({ ...signed, transaction }, {
          onProgress: ({ stage, event: news }) => {
            if (stage === "sending") sent = true;
            if (stage === "submitted" || stage === "included") history.update(id, { status: "submitted", event: news ?? null });
            tell(request, { stage, ...(news && { event: news }) });
          },
        }),
      );
      await this.#end(id, { status: "settled", event, token: event.accessToken ?? null, error: null });
      paint(tab, "approved");
    } catch (error) {
      const { code = "internal", message = "The payment server gave an answer this wallet does not understand." } = /** @type {any} */ (error);
      const status = code === "not_sent" && !sent ? "expired" : ENDS[code] ?? (code === "internal" ? "unknown" : "refused");
      await this.#end(id, { status, error: { code, message } });
      paint(tab, "refused");
    }
  }

  /** @param {string} id @param {Partial<Payment>} change */
  async #end(id, change) {
    const { history, answer } = this.#parts;
    const payment = await history.update(id, change);
    if (!payment) return;
    const { status, event, error, request } = payment;
    for (const key of [request, ...(this.#also.get(id) ?? [])]) {
      await answer(key, status === "settled" ? { result: event } : { error: error ?? { code: "internal", message: "" } });
    }
    this.#also.delete(id);
  }
}

