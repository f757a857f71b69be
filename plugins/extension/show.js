// What people are shown before they approve: read from the bytes that would be signed, and from nothing a page says.

import { kindOf, networkName, isKnownNetwork } from "./networks.js";
import { describePrepared, digestOf, rawOf } from "./prepare.js";
import { plain, showAmount } from "./text.js";

/**
 * @typedef {object} View JSON for the approval window
 * @property {"payment" | "connect" | "message" | "authorization" | "restore" | "allowance"} kind
 * @property {string} origin of the page that asks, as the browser says
 * @property {string} title what it is about, in our words
 * @property {string} [amount] @property {string | null} [fiat] @property {string | null} [fiatSource]
 * @property {[string, string | {mono: string, note?: string}[]][]} rows what is in `mono` came as it is from the bytes
 * @property {{tone: "warn" | "bad" | "info", text: string}[]} notices
 * @property {string} [raw] @property {string} [rawTitle] @property {string} [source]
 * @property {boolean} [open] whether `raw` is shown at once
 * @property {{id: string, name: string, account: string}[]} [choices] accounts to choose from
 * @property {string} digest names what is approved
 * @property {number | null} until milliseconds, by this machine's clock
 * @property {{asset: string, amount: string, decimals: number, symbol: string, limit: string | null, most: string | null} | null} [always]
 *   set where the site may be allowed to be paid without asking; `most` of one payment, where somebody named it
 */

/** @type {Record<import("./policy.js").Reason, {tone: "warn" | "bad" | "info", text: (server: string, site: import("./policy.js").Site) => string}>} */
const REASONS = {
  first_server: { tone: "info", text: (server) => `New here. This site will be remembered with the payment server ${server}.` },
  server_changed: { tone: "bad", text: (server, site) => `This site was paid through ${site.server} before, and now names ${server}. Approve only if you know why.` },
  no_limit: { tone: "info", text: () => "Pays without asking are allowed for this site, but not yet in this coin." },
  over_most: { tone: "warn", text: () => "This is more than you allowed this site for one payment." },
  limit_reached: { tone: "warn", text: () => "This would go over the limit you set for this site for a day." },
  paid_before: { tone: "warn", text: () => "You have paid this before; what you got for it has run out." },
};

/**
 * @param {import("./prepare.js").Prepared} prepared
 * @param {{origin: string, account: import("./accounts.js").Account, site: import("./policy.js").Site, reasons: import("./policy.js").Reason[], named?: string | null}} about
 *   `named`: the most a page of the site costs, by its own word, in tinybars
 * @returns {Promise<View>}
 */
export async function viewOf(prepared, { origin, account, site, reasons, named = null }) {
  const told = /** @type {any} */ (describePrepared(prepared));
  const kind = kindOf(prepared.network, told.asset, told.decimals);
  const split = told.payTo.length > 1;
  const asset = `${prepared.network}/${told.asset}`;
  const claimed = told.asset === "0.0.0" && named !== null && BigInt(named) >= BigInt(told.amount) ? named : null;
  const host = new URL(prepared.server).host;
  return {
    kind: "payment",
    origin,
    title: "Pay",
    amount: showAmount(told.amount, kind),
    ...fiatOf(prepared, told, kind, host),
    rows: [
      [split ? "To, split" : "To", told.payTo.map((/** @type {any} */ to) => ({ mono: to.account, ...(split && { note: showAmount(to.amount, kind) }) }))],
      ["From", [{ mono: told.payer, note: plain(account.name, 40) }]],
      ["Network", plain(networkName(prepared.network), 80)],
      ...tokenRow(told, kind),
      ["Memo", told.memo ? [{ mono: plain(told.memo) }] : "none"],
      ["Network fee", prepared.typedData ? "none, the payment server pays it" : `at most ${showAmount(told.maxFee, kindOf(prepared.network, "0.0.0"))}`],
      ["Payment server", [{ mono: host }]],
    ],
    notices: [
      ...reasons.map((reason) => notice(reason, prepared.server, site)),
      ...(claimed ? [{ tone: /** @type {const} */ ("info"), text: `The site says that a page of it costs at most ${showAmount(claimed, kind)}.` }] : []),
      ...(isKnownNetwork(prepared.network) ? [] : [{ tone: /** @type {const} */ ("warn"), text: `${plain(prepared.network, 60)} is not a network this wallet knows.` }]),
      ...(kind.known ? [] : [{ tone: /** @type {const} */ ("warn"), text: "This token is not one the wallet knows: check its id, not its name." }]),
    ],
    rawTitle: prepared.typedData ? "The typed data to sign" : `The ${prepared.bodies.length > 1 ? `${prepared.bodies.length} copies, one per node,` : "bytes"} to sign`,
    raw: rawOf(prepared),
    source: "Read from what will be signed, not from the page.",
    digest: await digestOf(prepared),
    until: told.validUntil.getTime() - prepared.clockOffset,
    always: { asset, amount: told.amount, decimals: kind.decimals, symbol: kind.symbol, limit: site.limits[asset] ?? null, most: site.most?.[asset] ?? claimed },
  };
}

/** @param {import("./policy.js").Reason} reason @param {string} server @param {import("./policy.js").Site} site */
function notice(reason, server, site) {
  const { tone, text } = REASONS[reason];
  return { tone, text: text(new URL(server).host, { ...site, server: site.server && new URL(site.server).host }) };
}

/** What is to be said of a payment server before a site is tied to it. @param {string} server @param {import("./policy.js").Site} site @returns {View["notices"]} */
export function serverNotices(server, site) {
  if (site.server === server) return [];
  return [notice(site.server === null ? "first_server" : "server_changed", server, site)];
}

/** @param {any} told @param {import("./networks.js").Known} kind @returns {View["rows"]} */
function tokenRow(told, kind) {
  if (told.asset === "0.0.0") return [];
  return [["Token", [{ mono: told.asset, ...(kind.known ? { note: kind.symbol } : told.token ? { note: `calls itself “${plain(told.token, 40)}”` } : {}) }]]];
}

/**
 * What it comes to in a currency: by the server's rate, applied to the amount in the bytes.
 * @param {import("./prepare.js").Prepared} prepared @param {any} told @param {import("./networks.js").Known} kind @param {string} host
 */
function fiatOf({ quotes }, told, kind, host) {
  const quote = quotes.find(({ asset }) => asset.toLowerCase() === told.asset.toLowerCase());
  const rate = Number(quote?.rate);
  if (!quote || !kind.known || !(rate > 0)) return { fiat: null, fiatSource: null };
  const value = (Number(told.amount) / 10 ** kind.decimals) * rate;
  return { fiat: `≈ ${value.toFixed(value < 0.01 ? 4 : 2)} ${plain(quote.currency, 8)}`, fiatSource: `by the rate of ${host}` };
}
