// Storage as `chrome.storage` has it, in memory; values are copied as the browser's are.

/** @returns {any} */
export function memory() {
  /** @type {Map<string, string>} */ const kept = new Map();
  const everything = () => Object.fromEntries([...kept].map(([key, text]) => [key, JSON.parse(text)]));
  return {
    everything,
    /** @param {string | null} key */
    async get(key) {
      if (key === null) return everything();
      const text = kept.get(key);
      return text === undefined ? {} : { [key]: JSON.parse(text) };
    },
    /** @param {Record<string, unknown>} entries */
    async set(entries) {
      for (const [key, value] of Object.entries(entries)) kept.set(key, JSON.stringify(value));
    },
    /** @param {string | string[]} keys */
    async remove(keys) {
      for (const key of [keys].flat()) kept.delete(key);
    },
  };
}
