// What the site itself answers: the content for a token, an invoice for a reader. And what this browser keeps of both.

/**
 * @typedef {{token?: string, invoice?: {id: string, secret?: string, expiresAt?: string}, paying?: boolean, network?: string}} Kept
 * @typedef {{ok: true, html?: string, blob?: Blob} | {ok: false, code: "locked" | "expired" | "content" | "offline", freeLeft: number}} Content
 */

const CONTENT_MS = 20_000;

/** This site's own shelf: what is kept for one content of one relay. */
export class Shelf {
  #key;

  /** @param {string} relay @param {string} content */
  constructor(relay, content) {
    this.#key = `relay:${relay}:${content}`;
  }

  /** @returns {Kept} */
  read() {
    try {
      return JSON.parse(localStorage.getItem(this.#key) ?? "{}") ?? {};
    } catch {
      return {}; // storage switched off, or not ours: then nothing is remembered
    }
  }

  /** @param {Kept} change undefined takes away */
  write(change) {
    try {
      localStorage.setItem(this.#key, JSON.stringify({ ...this.read(), ...change }));
    } catch {
      // full, or switched off: the page still opens, and a reload asks the relay again
    }
  }
}

/**
 * Ask the site for the content. 402 and 403 mean locked, 401 that a token was not good (any more).
 * @param {string} url @param {{token?: string, method?: string}} [how]
 * @returns {Promise<Content>}
 */
export async function fetchContent(url, { token, method = "GET" } = {}) {
  /** @type {Response} */ let response;
  try {
    const headers = { accept: "application/json, text/html;q=0.9, */*;q=0.8", ...(token && { authorization: `Bearer ${token}` }) };
    response = await fetch(url, { method, headers, cache: "no-store", signal: AbortSignal.timeout(CONTENT_MS) });
  } catch {
    return { ok: false, code: "offline", freeLeft: 0 };
  }
  const kind = response.headers.get("content-type") ?? "";
  if (response.ok && /^(image|video|audio)\/|^application\/(pdf|epub|zip|octet)/.test(kind)) return { ok: true, blob: await response.blob() };
  const answer = /json/.test(kind) ? await response.json().catch(() => ({})) : { html: await response.text() };
  if (response.ok) return { ok: true, html: answer.html ?? answer.content?.rendered ?? "" };
  const freeLeft = Number(answer.freeLeft ?? answer.data?.freeLeft ?? 0) || 0;
  if (response.status === 401) return { ok: false, code: token ? "expired" : "locked", freeLeft };
  return { ok: false, code: response.status === 402 || response.status === 403 ? "locked" : "content", freeLeft };
}

/**
 * The site's own invoice desk, or the relay's with a listing that says the merchant's price. Rejects with a `code`.
 * @param {{relay: string, content: string, invoiceUrl?: string | null, listing?: string | null, key?: string | null}} what
 * @returns {Promise<any>} what `POST /v1/invoices` answered
 */
export async function fetchInvoice({ relay, content, invoiceUrl, listing, key }) {
  const [url, body] = invoiceUrl ? [invoiceUrl, { contentId: content }] : [new URL("/v1/invoices", relay), { listing }];
  const headers = { "content-type": "application/json", accept: "application/json", ...(!invoiceUrl && { authorization: `Bearer ${key}` }) };
  /** @type {Response} */ let response;
  try {
    response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(CONTENT_MS) });
  } catch {
    throw coded("offline");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok || typeof answer.id !== "string") throw coded(response.status === 429 ? "rate_limited" : "not_for_sale", answer.detail ?? answer.message);
  if (answer.contentId != null && content && answer.contentId !== content) throw coded("not_for_sale", "the invoice is for other content");
  return answer;
}

/** @param {string} code @param {string} [message] */
export const coded = (code, message = code) => Object.assign(new Error(message), { code });
