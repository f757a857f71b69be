// Requests of pages: one per origin and id, however often it is sent.
//
// The worker may be stopped at any time, and the page's bridge then sends the same request again. So a request is known by
// the traces it left: an answer, an ask that waits for its person, or a payment on record. Only one without any starts.

import { turns } from "./turns.js";

/**
 * @typedef {{origin: string, tab: number | null, title: string, path: string, key: string}} From who asks; `origin` is the
 *   browser's word, title and path are the page's
 * @typedef {{result: any} | {error: {code: number | string, message: string}}} Answer
 * @typedef {(from: From, method: string, params: any) => Promise<any>} Handle returns the result, or `LATER`
 * @typedef {{postMessage: (message: any) => void, onDisconnect: {addListener: (listener: () => void) => void}}} Port
 */

/** The answer comes by `answer`, maybe from another life of the worker. */
export const LATER = Symbol("later");
const AT_ONCE = 8; // requests of one site that are looked at together
const KEPT = 40; // answers kept for pages whose bridge comes back

export class Requests {
  #area;
  #turn = turns();
  #known;
  #handle;
  /** @type {Map<string, {id: string, port: Port}>} */ #waiting = new Map();
  /** @type {Set<string>} */ #looked = new Set(); // whose traces are being looked for
  /** @type {Set<string>} */ #working = new Set();

  /**
   * @param {import("./vault.js").Area} area in memory
   * @param {(key: string) => Promise<boolean>} known whether an ask or a payment was begun for it
   * @param {Handle} handle
   */
  constructor(area, known, handle) {
    this.#area = area;
    this.#known = known;
    this.#handle = handle;
  }

  /** @param {Omit<From, "key">} from @param {Port} port @param {{id: string, method: string, params: any}} request */
  async take(from, port, { id, method, params }) {
    const key = `${from.origin} ${id}`;
    this.#waiting.set(key, { id, port });
    port.onDisconnect.addListener(() => this.#waiting.get(key)?.port === port && this.#waiting.delete(key));
    if (this.#looked.has(key) || this.#working.has(key)) return; // sent twice: begun once, answered where it was sent last
    this.#looked.add(key);
    try {
      const said = (await this.#answers())[key];
      if (said) return this.#post(key, said);
      if (await this.#known(key)) return;
    } finally {
      this.#looked.delete(key);
    }
    if ([...this.#working].filter((other) => other.startsWith(`${from.origin} `)).length >= AT_ONCE) {
      return this.#post(key, { error: { code: "busy", message: "The wallet is busy with this site." } });
    }
    this.#working.add(key);
    try {
      const result = await this.#handle({ ...from, key }, method, params);
      if (result !== LATER) await this.answer(key, { result });
    } catch (error) {
      await this.answer(key, { error: told(error) });
    } finally {
      this.#working.delete(key);
    }
  }

  /** @param {string} key @param {Answer} answer */
  async answer(key, answer) {
    await this.#turn(async () => {
      const all = Object.entries({ ...(await this.#answers()), [key]: answer }).slice(-KEPT);
      await this.#area.set({ answers: Object.fromEntries(all) });
    });
    this.#post(key, answer);
  }

  /** News on the way, to whoever waits right now. @param {string} key @param {any} progress */
  tell(key, progress) {
    const waiting = this.#waiting.get(key);
    waiting?.port.postMessage({ id: waiting.id, progress });
  }

  /** @returns {Promise<Record<string, Answer>>} */
  async #answers() {
    return (await this.#area.get("answers")).answers ?? {};
  }

  /** @param {string} key @param {Answer} answer */
  #post(key, answer) {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    waiting?.port.postMessage({ id: waiting.id, ...answer });
  }
}

/** An error as a page may hear it. @param {any} error */
export function told(error) {
  const { code, message } = error ?? {};
  const ours = typeof code === "number" || typeof code === "string";
  return ours ? { code, message: String(message) } : { code: "internal", message: "The wallet could not do that." };
}
