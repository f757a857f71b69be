// Settings of the wallet's owner.

/** @typedef {{lockMinutes: number, development: boolean, server: string | null}} Settings */

export const LOCK_MINUTES = [5, 15, 60, 240];
/** @type {Settings} */
const FIRST = { lockMinutes: 15, development: false, server: null };

export class SettingsStore {
  #area;

  /** @param {import("./vault.js").Area} area on disk */
  constructor(area) {
    this.#area = area;
  }

  /** @returns {Promise<Settings>} */
  async all() {
    return { ...FIRST, ...(await this.#area.get("settings")).settings };
  }

  /** @param {Partial<Settings>} change */
  async change({ lockMinutes, development, server }) {
    const now = await this.all();
    const settings = {
      lockMinutes: lockMinutes !== undefined && LOCK_MINUTES.includes(lockMinutes) ? lockMinutes : now.lockMinutes,
      development: development ?? now.development,
      server: server === undefined ? now.server : server,
    };
    await this.#area.set({ settings });
    return settings;
  }
}
