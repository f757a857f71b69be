// The door for websites: who asks is the browser's word, what they ask is checked, and nothing else gets in.

import { PaymentError } from "./client/sign.js";
import { LATER } from "./requests.js";
import { isSafeOrigin, serverOf } from "./servers.js";
import { readTag } from "./tag.js";
import { plain, showAmount, showTime } from "./text.js";
import { kindOf } from "./networks.js";

/**
 * @typedef {import("./requests.js").From} From
 * @typedef {import("./prepare.js").Wish} Wish
 * @typedef {object} Parts
 * @property {import("./payments.js").Payments} payments @property {import("./evm.js").Evm} evm
 * @property {import("./restore.js").Restores} restores @property {import("./allow.js").Allowances} allowances
 * @property {import("./sites.js").Sites} sites @property {import("./book.js").Book} book
 * @property {(tab: number | null, state: import("./icon.js").IconState, waits?: boolean) => void} paint
 */

const ID = /^[\w-]{8,64}$/;
const HEDERA = /^\d{1,10}\.\d{1,10}\.\d{1,19}$/;
const OLD_MS = 24 * 60 * 60 * 1000; // a page's price that is older is said to be
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/**
 * The origin of a port's page, or null for one the wallet does not serve: another extension, a frame inside a page, a page
 * that is not shown yet, an origin that is not https.
 * @param {any} port
 */
export function originOf({ sender }) {
  const good = sender?.id === chrome.runtime.id && sender.frameId === 0 && sender.tab && (sender.documentLifecycle ?? "active") === "active";
  return good && isSafeOrigin(sender.origin) ? /** @type {string} */ (sender.origin) : null;
}

/** @param {any} message @returns {{id: string, method: string, params: any, title: string, path: string} | null} */
export function readRequest(message) {
  const { id, method, params, title, path } = message ?? {};
  if (typeof id !== "string" || !ID.test(id) || typeof method !== "string" || method.length > 60) return null;
  return { id, method, params, title: plain(title, 120), path: typeof path === "string" && path.startsWith("/") ? path.slice(0, 500) : "/" };
}

/** @param {Parts} parts @param {From} from @param {string} method @param {any} params */
export async function handle(parts, from, method, params) {
  const { payments, evm } = parts;
  switch (method) {
    case "relay_pay":
      return pay(parts, from, params);
    case "relay_accounts":
      return networksOf(parts);
    case "relay_restore":
      return parts.restores.request(from, params);
    case "wallet_tag":
      return tag(parts, from, params);
    case "wallet_tagPay":
      return payments.request(from, readTag(params ?? {}, from).wish, { quiet: true });
    case "wallet_tagReview":
      return payments.request(from, { ...readTag(params ?? {}, from).wish, most: await parts.allowances.named(from.origin) });
    case "wallet_tagAllow":
      return parts.allowances.request(from, readTag(params ?? {}, from));
    default:
      return evm.request(from, method, params);
  }
}

/** @param {Parts} parts @param {From} from @param {any} params */
async function pay({ payments, paint }, from, params) {
  paint(from.tab, "asks", true);
  try {
    const event = await payments.request(from, readWish(params));
    if (event !== LATER) paint(from.tab, "approved"); // paid before
    return event;
  } catch (error) {
    paint(from.tab, "refused");
    throw error;
  }
}

/** @param {any} given @returns {Wish} */
function readWish(given) {
  const { server, invoice, network = null, asset = null, payTo = null, memo = null, contentId = null, node = null, most = null } = given ?? {};
  const bad = (/** @type {string} */ what) => new PaymentError("invalid_request", `${what} is not as the wallet needs it.`);
  if (network !== null && !(typeof network === "string" && /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/.test(network))) throw bad("network");
  if (asset !== null && !(typeof asset === "string" && (HEDERA.test(asset) || ADDRESS.test(asset)))) throw bad("asset");
  if (contentId !== null && !(typeof contentId === "string" && contentId.length <= 200)) throw bad("contentId");
  if (node !== null && !(typeof node === "string" && HEDERA.test(node))) throw bad("node");
  if (most !== null && !(typeof most === "string" && /^[1-9]\d{0,18}$/.test(most))) throw bad("most");
  const shared = { server: serverOf(server), network, asset, contentId, node, most };
  if (invoice) {
    const { id, secret } = typeof invoice === "string" ? { id: invoice, secret: undefined } : invoice;
    if (typeof id !== "string" || !/^[\w-]{1,64}$/.test(id)) throw bad("invoice");
    if (secret !== undefined && !(typeof secret === "string" && secret.length <= 200)) throw bad("invoice.secret");
    return { ...shared, invoice: { id, ...(secret && { secret }) }, payTo: null, memo: null };
  }
  const shares = Array.isArray(payTo) && payTo.length > 0 && payTo.length <= 9 ? payTo : [];
  const good = shares.every(({ account, amount } = {}) => (HEDERA.test(account) || ADDRESS.test(account)) && /^[1-9]\d{0,77}$/.test(amount));
  if (shares.length === 0 || !good) throw bad("payTo");
  if (memo !== null && !(typeof memo === "string" && memo.length <= 100)) throw bad("memo");
  return { ...shared, invoice: null, payTo: shares.map(({ account, amount }) => ({ account, amount })), memo };
}

/** The networks the wallet can pay on: what a page may know without asking. @param {Parts} parts */
async function networksOf({ book }) {
  const all = (await book.all()).filter(({ account }) => account !== null);
  return [...new Set(all.map(({ network }) => (network === "eip155" ? "eip155:*" : network)))];
}

/**
 * What the tag of 2019 asks and how it stands; nothing is paid and nobody is called. `pays`: it may be paid on its own;
 * `covered`: whatever a page of the site costs may.
 * @param {Parts} parts @param {From} from @param {any} data
 */
async function tag({ payments, sites, book, allowances, paint }, from, data) {
  const { wish, type, total, time, redirect } = readTag(data ?? {}, from);
  const kind = kindOf("hedera:mainnet", "0.0.0");
  const shown = { type, price: showAmount(total, kind), server: new URL(wish.server).host, redirect, since: time && Date.now() - time > OLD_MS ? showTime(time) : null };
  if (type === "maximum") await allowances.name(from.origin, total);
  const { consent, limits, most = {} } = await sites.find(from.origin);
  const holds = (await book.all()).some((account) => account.network.startsWith("hedera:") && account.account);
  const event = await payments.known(from.origin, wish);
  const covered = Object.entries(limits).some(([asset, limit]) => /^hedera:.*\/0\.0\.0$/.test(asset) && BigInt(limit) >= total && BigInt(most[asset] ?? limit) >= total);
  const say = (/** @type {string} */ state, /** @type {import("./icon.js").IconState} */ icon) => {
    paint(from.tab, icon, state === "asks");
    return { ...shown, state, ...(event && { event }) };
  };
  if (event && type === "charge") return say("paid", "approved");
  if (!holds) return say("no_account", "refused");
  if (consent === "never") return say("never", "refused");
  if (type !== "charge") return consent === "always" && covered ? say("covered", "approved") : say("free", "asks");
  return consent === "always" ? say("pays", "asks") : say("asks", "asks");
}
