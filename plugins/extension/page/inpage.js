// What a page sees of the wallet: announced by EIP-6963, spoken to by EIP-1193. Runs in the page's own world and is no more
// trusted than the page: everything it says is checked by the worker, and keys are not here.

(() => {
  const ICON =
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%2323604d'/%3E%3Cpath d='M9.5 9.5 16 16l-6.5 6.5M17 9.5l6.5 6.5-6.5 6.5' fill='none' stroke='%23fff' stroke-width='2.6' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E";
  const info = Object.freeze({ uuid: crypto.randomUUID?.() ?? String(Math.random()), name: "Relay Wallet", icon: ICON, rdns: "org.relay.wallet" });
  /** @type {Map<string, {resolve: (value: any) => void, reject: (error: Error) => void, progress?: (news: any) => void}>} */
  const waiting = new Map();
  /** @type {Map<string, Set<(value: any) => void>>} */ const listeners = new Map();

  window.addEventListener("message", ({ data, source }) => {
    if (source !== window || data?.relayWallet !== "answer") return;
    if (data.event) return listeners.get(data.event)?.forEach((listener) => listener(data.value));
    const asked = waiting.get(data.id);
    if (!asked) return;
    if (data.progress) return asked.progress?.(data.progress);
    waiting.delete(data.id);
    if (data.error) asked.reject(Object.assign(new Error(data.error.message), { code: data.error.code }));
    else asked.resolve(data.result);
  });

  const provider = Object.freeze({
    isRelayWallet: true,
    /** @param {{method: string, params?: unknown}} request @param {{onProgress?: (news: any) => void}} [options] */
    request({ method, params }, { onProgress } = {}) {
      return new Promise((resolve, reject) => {
        const id = crypto.randomUUID();
        waiting.set(id, { resolve, reject, progress: onProgress });
        window.postMessage({ relayWallet: "request", id, method, params }, location.origin);
      });
    },
    /** @param {string} event @param {(value: any) => void} listener */
    on(event, listener) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event)?.add(listener);
      return provider;
    },
    /** @param {string} event @param {(value: any) => void} listener */
    removeListener(event, listener) {
      listeners.get(event)?.delete(listener);
      return provider;
    },
  });

  const detail = Object.freeze({ info, provider });
  for (const [announce, request] of [["eip6963:announceProvider", "eip6963:requestProvider"], ["relay:announceWallet", "relay:requestWallet"]]) {
    const tell = () => window.dispatchEvent(new CustomEvent(announce, { detail }));
    window.addEventListener(request, tell);
    tell();
  }
})();
