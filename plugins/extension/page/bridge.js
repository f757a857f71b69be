// The bridge between a page and the wallet's worker. It decides nothing: the worker learns from the browser who asks.
//
// The worker may be stopped while a request waits. Then the same request, by the same id, goes to the next one, which
// knows what became of it.

(() => {
  const QUICK_MS = 1_000; // a port that ends sooner was not wanted
  const TRIES = 6;
  const REOPEN_MS = 250;
  /** @type {Map<string, {message: object, settle: (answer: any) => void, progress?: (news: any) => void}>} */
  const waiting = new Map();
  /** @type {any} */ let port = null;
  let refusals = 0;

  const end = () => {
    for (const { settle } of waiting.values()) settle({ error: { code: "wallet_gone", message: "The wallet does not answer. Reload the page." } });
    waiting.clear();
  };

  const open = () => {
    if (port) return port;
    const opened = Date.now();
    try {
      port = chrome.runtime.connect();
    } catch {
      return end(); // the extension was updated or removed under this page
    }
    port.onMessage.addListener((/** @type {any} */ { id, progress, ...answer }) => {
      refusals = 0;
      const asked = waiting.get(id);
      if (!asked) return;
      if (progress) return asked.progress?.(progress);
      waiting.delete(id);
      asked.settle(answer);
    });
    port.onDisconnect.addListener(() => {
      port = null;
      refusals = Date.now() - opened < QUICK_MS ? refusals + 1 : 0;
      if (refusals >= TRIES) return end();
      if (waiting.size) setTimeout(() => waiting.forEach(({ message }) => open()?.postMessage(message)), REOPEN_MS);
    });
    return port;
  };

  /** @param {string} id @param {string} method @param {unknown} params @param {(news: any) => void} [progress] @returns {Promise<any>} */
  const request = (id, method, params, progress) =>
    new Promise((settle) => {
      const message = { id, method, params, title: document.title.slice(0, 200), path: location.pathname };
      waiting.set(id, { message, settle, progress });
      open()?.postMessage(message);
    });
  /** @type {any} */ (globalThis).relayWalletRequest = request; // for page/tag.js, which shares this world; pages do not

  if (location.origin === "null") return;
  const toPage = (/** @type {object} */ message) => window.postMessage({ relayWallet: "answer", ...message }, location.origin);

  window.addEventListener("message", async ({ data, source, origin }) => {
    if (source !== window || origin !== location.origin || data?.relayWallet !== "request" || typeof data.id !== "string") return;
    const { id, method, params } = data;
    const answer = await request(id, method, params, (progress) => toPage({ id, progress }));
    toPage({ id, ...answer });
  });

  chrome.runtime.onMessage.addListener(({ origin, event, value }, sender) => {
    if (sender.id === chrome.runtime.id && origin === location.origin) toPage({ event, value });
  });
})();
