// Asks: what waits for a person. Each has a window of the wallet's own, and is kept outside the worker, which may be
// stopped while the person reads.
//
// A page can bring a window up, and nothing more: it cannot frame it, cover it, or read it. One ask per site at a time and
// a few in all, so that no page can bury the screen. A window that is closed is a no.

import { turns } from "./turns.js";

/**
 * @typedef {import("./show.js").View} View
 * @typedef {object} Ask
 * @property {string} id @property {string} origin @property {string} request key of the page's request
 * @property {number | null} tab @property {View} view
 * @property {"payment" | "connect" | "message" | "authorization" | "restore" | "allowance"} kind
 * @property {any} work what is needed to go on once it is approved; JSON
 * @property {number | null} window @property {number} time
 *
 * @typedef {"once" | "always" | "deny" | "never"} Choice
 */

const MOST = 4;
const WIDTH = 420;
const HEIGHT = 720;

export class Busy extends Error {
  name = "Busy";
  code = "busy";
}

export class Asks {
  #area;
  #closed;
  #turn = turns();

  /** @param {import("./vault.js").Area} area in memory @param {(window: number) => Promise<void>} closed what a closed window leads to */
  constructor(area, closed) {
    this.#area = area;
    this.#closed = closed;
  }

  /** @returns {Promise<Ask[]>} */
  async all() {
    return (await this.#area.get("asks")).asks ?? [];
  }

  /** @param {string} id */
  async find(id) {
    return (await this.all()).find((ask) => ask.id === id);
  }

  /** Keep it and bring its window up. Throws `Busy`. @param {Omit<Ask, "id" | "window" | "time">} wish */
  async open(wish) {
    const ask = { ...wish, id: crypto.randomUUID(), window: null, time: Date.now() };
    await this.#turn(async () => {
      const all = await this.all();
      if (all.some((other) => other.origin === ask.origin)) throw new Busy("The wallet already asks about this site. Answer there first.");
      if (all.length >= MOST) throw new Busy("The wallet already asks about other sites. Answer there first.");
      await this.#area.set({ asks: [...all, ask] });
    });
    const url = chrome.runtime.getURL(`ui/approve.html?ask=${ask.id}`);
    const opened = await chrome.windows.create({ url, type: "popup", width: WIDTH, height: HEIGHT, focused: true });
    await this.change(ask.id, { window: opened?.id ?? null });
    if (opened?.id) await chrome.windows.get(opened.id).catch(() => this.#closed(opened.id)); // before it was known whose it is
    return ask.id;
  }

  /** @param {string} id @param {Partial<Ask>} change */
  change(id, change) {
    return this.#turn(async () => {
      const all = await this.all();
      await this.#area.set({ asks: all.map((ask) => (ask.id === id ? { ...ask, ...change } : ask)) });
    });
  }

  /** Out of the list, once: of two answers to one ask the second finds nothing. @param {string} id @returns {Promise<Ask | undefined>} */
  take(id) {
    return this.#turn(async () => {
      const all = await this.all();
      await this.#area.set({ asks: all.filter((ask) => ask.id !== id) });
      return all.find((ask) => ask.id === id);
    });
  }

  /** Bring the window of a site's ask to the front. @param {string} origin */
  async show(origin) {
    const ask = (await this.all()).find((one) => one.origin === origin);
    if (ask?.window) await chrome.windows.update(ask.window, { focused: true }).catch(() => {});
  }
}
