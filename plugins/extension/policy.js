// What may happen without asking: the consent a person gave to a site, his limit for a day, and what was paid already.
//
//   never      refused, and nobody is bothered
//   ask        asked each time; what every site starts with
//   always     paid without asking while the day's limit of that site and asset lasts, to the payment server it is known with
//   once       ask, answered by "pay this one": leaves nothing behind
//
// Pure: it is given what is on record and decides. Whoever calls it holds the turn, so that two pages asking at once
// cannot both spend the last of a limit.

/**
 * @typedef {"ask" | "always" | "never"} Consent
 * @typedef {object} Site what is remembered of an origin
 * @property {Consent} consent @property {string | null} server the payment server it was first paid through
 * @property {Record<string, string>} limits smallest units a day, by `network/asset`
 * @property {Record<string, string>} [most] of one payment, by the same; none: the day's limit is the only bound
 * @property {string[]} accounts ids of the accounts it may see (EIP-1193)
 *
 * @typedef {object} Ask
 * @property {string} origin @property {string} server @property {string} asset `network/asset`
 * @property {bigint} amount @property {string | null} content what is bought, by `contentKey`
 *
 * @typedef {"first_server" | "server_changed" | "no_limit" | "over_most" | "limit_reached" | "paid_before"} Reason
 * @typedef {{verdict: "pay" | "refuse"} | {verdict: "ask", reasons: Reason[]}
 *   | {verdict: "paid", payment: import("./history.js").Payment}} Decision
 */

export const DAY_MS = 24 * 60 * 60 * 1000;
// What has, or may have, moved money. Only a proof that nothing moved takes a payment out of this list.
export const COUNTED = new Set(["signed", "submitted", "settled", "unknown", "handed"]);

/** @returns {Site} */
export const newSite = () => ({ consent: "ask", server: null, limits: {}, most: {}, accounts: [] });

/**
 * What is bought, so that it is not bought twice: content of a payee through a server on a site, or else one invoice.
 * @param {{origin: string, server: string, contentId: string | null, invoice: string | null, payTo: {account: string}[]}} of
 */
export function contentKey({ origin, server, contentId, invoice, payTo }) {
  if (!contentId) return invoice && JSON.stringify([server, invoice]);
  return JSON.stringify([origin, server, contentId, payTo.map((share) => share.account.toLowerCase()).sort()]);
}

/**
 * @param {Ask} ask @param {Site} site @param {import("./history.js").Payment[]} payments everything on record
 * @param {number} now milliseconds
 * @returns {Decision}
 */
export function decide(ask, site, payments, now) {
  if (site.consent === "never") return { verdict: "refuse" };
  const before = payments.find((payment) => ask.content !== null && payment.content === ask.content && COUNTED.has(payment.status));
  if (before && isGood(before, now)) return { verdict: "paid", payment: before };
  /** @type {Reason[]} */ const reasons = [];
  if (before) reasons.push("paid_before");
  if (site.server === null) reasons.push("first_server");
  else if (site.server !== ask.server) reasons.push("server_changed");
  if (site.consent === "always") {
    const limit = site.limits[ask.asset];
    const most = site.most?.[ask.asset];
    if (limit === undefined) reasons.push("no_limit");
    else if (most !== undefined && ask.amount > BigInt(most)) reasons.push("over_most");
    else if (spent(ask.origin, ask.asset, payments, now) + ask.amount > BigInt(limit)) reasons.push("limit_reached");
    else if (reasons.length === 0) return { verdict: "pay" };
  }
  return { verdict: "ask", reasons };
}

/**
 * What a site cost in the last 24 hours, the payments under way and those of unknown end among it. A sliding day: at no
 * hour can two days' limits be spent one after the other.
 * @param {string} origin @param {string} asset @param {import("./history.js").Payment[]} payments @param {number} now
 */
export function spent(origin, asset, payments, now) {
  return payments
    .filter((payment) => payment.origin === origin && payment.asset === asset)
    .filter((payment) => COUNTED.has(payment.status) && payment.time > now - DAY_MS)
    .reduce((sum, payment) => sum + BigInt(payment.amount), 0n);
}

/** Whether what was paid still opens what it paid for. @param {import("./history.js").Payment} payment @param {number} now */
export function isGood({ status, token }, now) {
  if (status !== "settled") return true; // it may still settle: never a second one meanwhile
  return token === null || expiryOf(token) > now;
}

/** When an access token ends, in milliseconds; nothing is decided on it but whether to ask anew. @param {string} token */
export function expiryOf(token) {
  try {
    const { exp } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    return Number.isFinite(exp) ? exp * 1000 : 0;
  } catch {
    return 0;
  }
}
