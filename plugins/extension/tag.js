// The tag of 2019, `<hedera-micropayment>`: its attributes, read strictly, as a wish.
//
// It names its own payment server and payees, so it is believed in nothing: what is paid is shown or within a limit a
// person set, and only through the server this site is known with.

import { serverOf } from "./servers.js";

/**
 * @typedef {import("./prepare.js").Wish} Wish
 * @typedef {{nonPayingAccount?: string, noAccount?: string, homePage?: string}} Redirects paths on the same site
 * @typedef {{wish: Wish, charges: boolean, total: bigint, redirect: Redirects}} Tag `charges`: false for `maximum` and `402`
 */

const MOST_PAYEES = 9; // a transfer has ten entries, and one is the payer
const MEMO_BYTES = 99; // 2019: shorter than 100
const FREE = new Set(["maximum", "402"]);
const REDIRECTS = ["nonPayingAccount", "noAccount", "homePage"];

export class BadTag extends Error {
  name = "BadTag";
  code = "bad_tag";
}

/**
 * @param {Record<string, unknown>} data the tag's dataset
 * @param {{origin: string, path: string}} at the page
 * @returns {Tag}
 */
export function readTag(data, { origin, path }) {
  const payTo = recipients(data.recipientlist);
  const contentId = short(data.contentid) || path; // without one the page itself is what is paid for
  return {
    wish: { server: serverOf(data.paymentserver), network: null, asset: "0.0.0", invoice: null, payTo, memo: memo(data.memo), contentId, node: node(data.submissionnode) },
    charges: !FREE.has(String(data.type)),
    total: payTo.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
    redirect: redirects(data.redirect, origin),
  };
}

/** @param {unknown} given */
function recipients(given) {
  const list = json(given);
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_PAYEES) throw new BadTag("data-recipientlist is no list of payees.");
  return list.map((entry) => {
    const [account, amount] = [String(entry?.to), String(entry?.tinybars)];
    if (!/^\d{1,10}\.\d{1,10}\.[1-9]\d{0,18}$/.test(account)) throw new BadTag("data-recipientlist names no account.");
    if (!/^[1-9]\d{0,18}$/.test(amount)) throw new BadTag("data-recipientlist names no amount.");
    return { account, amount };
  });
}

/** Empty or no node: the wallet picks. @param {unknown} given */
const node = (given) => (typeof given === "string" && /^0\.0\.([3-9]|[1-9]\d{1,9})$/.test(given) ? given : null);

/** @param {unknown} given */
function memo(given) {
  const text = typeof given === "string" ? given : "";
  if (new TextEncoder().encode(text).length > MEMO_BYTES) throw new BadTag("data-memo is too long.");
  return text;
}

/** Unknown keys or bad JSON: the whole attribute is ignored, as in 2019. @param {unknown} given @param {string} origin @returns {Redirects} */
function redirects(given, origin) {
  const found = json(given);
  if (!found || typeof found !== "object" || Array.isArray(found)) return {};
  const entries = Object.entries(found);
  const good = entries.every(([key, path]) => REDIRECTS.includes(key) && typeof path === "string" && isOnSite(path, origin));
  return good ? found : {};
}

/** @param {string} path @param {string} origin */
function isOnSite(path, origin) {
  try {
    return path.startsWith("/") && new URL(path, origin).origin === origin;
  } catch {
    return false;
  }
}

/** @param {unknown} given @returns {any} */
function json(given) {
  try {
    return JSON.parse(String(given));
  } catch {
    return null;
  }
}

/** @param {unknown} given */
const short = (given) => (typeof given === "string" && given.length <= 200 ? given : "");
