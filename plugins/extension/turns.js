// Turns: what reads and then writes is done one after the other.

/** @returns {<T>(act: () => Promise<T>) => Promise<T>} */
export function turns() {
  /** @type {Promise<unknown>} */ let last = Promise.resolve();
  return (act) => {
    const mine = last.then(act);
    last = mine.catch(() => {});
    return mine;
  };
}
