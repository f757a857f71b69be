// The attributes of <hedera-micropayment> as pages have written them since 2019, read strictly.

/**
 * @typedef {{nonPayingAccount: string, noAccount: string, homePage: string}} Redirects paths on the same site
 * @typedef {object} Tag
 * @property {string} server @property {{account: string, amount: string}[]} payTo amounts in tinybars
 * @property {bigint} total @property {string} memo @property {string} contentId @property {string | undefined} node
 * @property {"charge" | "maximum" | "402"} type whether it charges; anything but `maximum` and `402` does
 * @property {Redirects} redirect @property {number | null} time when the page was written, milliseconds; informative
 */

const MOST_PAYEES = 9; // a transfer has ten entries, and one is the payer
const MEMO_BYTES = 99; // 2019: shorter than the 100 that the network allows
const TINYBARS = 5_000_000_000n * 100_000_000n; // all there are
const DEFAULTS = Object.freeze({ nonPayingAccount: "/non-paying-account", noAccount: "/no-account", homePage: "/" });

/**
 * What a tag asks, or null where it cannot be read: then nothing is paid, and the reader is told to tell the publisher.
 * @param {Record<string, string | undefined>} data its dataset
 * @returns {Tag | null}
 */
export function readTag(data) {
  const server = webUrl(data.paymentserver);
  const payTo = payees(data.recipientlist);
  const memo = data.memo ?? "";
  const node = data.submissionnode || undefined;
  if (!server || !payTo || new TextEncoder().encode(memo).length > MEMO_BYTES) return null;
  if (node && !(/^0\.0\.[1-9]\d{0,9}$/.test(node) && Number(node.slice(4)) >= 3)) return null;
  const total = payTo.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  if (total > TINYBARS) return null;
  const type = data.type === "maximum" || data.type === "402" ? data.type : "charge";
  const time = /^[1-9]\d{8,10}$/.test(data.time ?? "") ? Number(data.time) * 1000 : null;
  return { server, payTo, total, memo, contentId: data.contentid ?? "", node, type, redirect: redirects(data.redirect), time };
}

/** @param {string | undefined} text */
function webUrl(text) {
  try {
    const { protocol, origin } = new URL(text ?? "");
    return protocol === "https:" || protocol === "http:" ? origin : null;
  } catch {
    return null;
  }
}

/** `[{"to": "0.0.1003", "tinybars": "444"}]`, the amount a string or a number. @param {string | undefined} text */
function payees(text) {
  const list = json(text);
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_PAYEES) return null;
  const found = list.map((entry) => ({ account: String(entry?.to), amount: String(entry?.tinybars) }));
  const good = found.every(({ account, amount }) => /^\d{1,10}\.\d{1,10}\.[1-9]\d{0,18}$/.test(account) && /^[1-9]\d{0,18}$/.test(amount));
  return good && new Set(found.map(({ account }) => account)).size === found.length ? found : null;
}

/** An unknown key, bad JSON or another site's path: the whole attribute is ignored, as in 2019. @param {string | undefined} text @returns {Redirects} */
function redirects(text) {
  const found = json(text);
  if (!found || typeof found !== "object" || Array.isArray(found)) return DEFAULTS;
  const good = Object.entries(found).every(([key, path]) => key in DEFAULTS && typeof path === "string" && /^\/(?![/\\])/.test(path));
  return good ? { ...DEFAULTS, ...found } : DEFAULTS;
}

/** @param {string | undefined} text @returns {any} */
function json(text) {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return null;
  }
}
