// Sites: what is remembered of each origin, by its owner's choice.

import { newSite } from "./policy.js";
import { turns } from "./turns.js";

export class Sites {
  #area;
  #turn = turns();

  /** @param {import("./vault.js").Area} area on disk */
  constructor(area) {
    this.#area = area;
  }

  /** @returns {Promise<Record<string, import("./policy.js").Site>>} */
  async all() {
    return (await this.#area.get("sites")).sites ?? {};
  }

  /** @param {string} origin */
  async find(origin) {
    return (await this.all())[origin] ?? newSite();
  }

  /** @param {string} origin @param {Partial<import("./policy.js").Site>} change */
  change(origin, change) {
    return this.#turn(async () => {
      const all = await this.all();
      await this.#area.set({ sites: { ...all, [origin]: { ...newSite(), ...all[origin], ...change } } });
    });
  }

  /** As if it had never been here. What was paid stays in the history. @param {string} origin */
  forget(origin) {
    return this.#turn(async () => {
      const { [origin]: _, ...rest } = await this.all();
      await this.#area.set({ sites: rest });
    });
  }
}
