// From what a page asks to the very bytes that would be signed. Nothing is signed here.
//
// The bytes are built by the client (`client/sign.js`) and kept; what people are shown is read back from them. A payment
// is prepared as one that its payer declines at once: that is where the client has built everything and signed nothing.

import { authorizationPayload, describeAuthorization } from "./client/eip155.js";
import { bodiesOf, describe, signTransfers } from "./client/hedera.js";
import { pageWallet } from "./client/page-wallet.js";
import { PaymentError, sign } from "./client/sign.js";
import { toHex } from "./client/typed-data.js";
import { EVM, hederaSigner } from "./accounts.js";
import { withRelay } from "./servers.js";
import { fromBase64, toBase64 } from "./vault.js";

/**
 * @typedef {import("./accounts.js").Account} Account
 * @typedef {object} Wish what a page asks; checked, and believed in nothing
 * @property {string} server @property {string | null} network @property {string | null} asset
 * @property {{id: string, secret?: string} | null} invoice
 * @property {{account: string, amount: string}[] | null} payTo @property {string | null} memo without an invoice
 * @property {string | null} contentId @property {string | null} node the node account a tag of 2019 asks for
 * @property {string | null} most what one page costs at most, as the site says: tinybars
 *
 * @typedef {object} Prepared everything to show and to sign; JSON, so that it outlives the worker
 * @property {string} server @property {string} network @property {string} account id of the account that would pay
 * @property {string[]} bodies base64, one per node; empty on EVM
 * @property {string | null} typedData as JSON text, since storage puts the keys of objects into another order
 * @property {{id: string, secret?: string, contentId: string | null} | null} invoice
 * @property {{asset: string, rate: string, currency: string}[]} quotes of one whole coin, as the server says
 * @property {string | null} contentId @property {number} clockOffset
 */

/**
 * @param {Wish} wish @param {Account[]} accounts those that may pay, the preferred ones first
 * @returns {Promise<Prepared>}
 */
export function prepare(wish, accounts) {
  return withRelay(wish.server, async (relay) => {
    const invoice = wish.invoice && { ...(await relay.invoice(wish.invoice.id)), secret: wish.invoice.secret };
    requireOpen(invoice);
    const networks = await relay.networks();
    const ways = wish.network ? [wish.network] : waysOf(invoice, wish, networks);
    const { network, account } = choose(ways, accounts);
    const found = networks.find((known) => known.network === network);
    if (!found) throw new PaymentError("unsupported_network", `This payment server does not speak ${network}.`);
    /** @type {any} */ let kept;
    const signer = {
      ...{ account: account.account, keyType: account.keyType, publicKey: new Uint8Array() },
      sign: never, signTypedData: never,
      approve: (/** @type {unknown} */ _, /** @type {unknown} */ built) => ((kept = built), false),
    };
    const node = wish.node !== null && found.nodes?.some((known) => known.account === wish.node) ? { nodes: [wish.node] } : {};
    const ask = { network, signer: /** @type {any} */ (signer), ...(wish.asset && { asset: wish.asset }), ...node };
    const loose = wish.invoice ? {} : { payTo: wish.payTo ?? [], memo: wish.memo ?? "" };
    try {
      await sign(found, invoice ?? undefined, { ...ask, ...loose }, () => Date.now() + relay.clockOffset);
    } catch (error) {
      if (!kept) throw error;
    }
    return {
      server: wish.server, network, account: account.id,
      bodies: Array.isArray(kept) ? kept.map(toBase64) : [],
      typedData: Array.isArray(kept) ? null : JSON.stringify(kept, null, 1),
      invoice: invoice && { id: invoice.id, contentId: invoice.contentId ?? null, ...(invoice.secret && { secret: invoice.secret }) },
      quotes: quotesOf(invoice, found), contentId: invoice?.contentId ?? wish.contentId, clockOffset: relay.clockOffset,
    };
  });
}

/** What these bytes do, read from them; throws where they cannot be read whole. @param {Prepared} prepared */
export const describePrepared = ({ bodies, typedData }) =>
  typedData ? describeAuthorization(JSON.parse(typedData)) : describe(bodies.map(fromBase64));

/** Everything that would be signed, as it is. @param {Prepared} prepared */
export const rawOf = ({ bodies, typedData }) =>
  typedData ?? bodies.map((body) => toHex(fromBase64(body)).slice(2)).join("\n\n");

/** Names one set of bytes: who approved this digest approved these and no others. @param {Prepared} prepared */
export async function digestOf(prepared) {
  const text = JSON.stringify([prepared.server, prepared.account, prepared.network, rawOf(prepared)]);
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

/** Whether two prepared payments do the same: all but their id, their time and the nodes. @param {Prepared} a @param {Prepared} b */
export function doTheSame(a, b) {
  const core = (/** @type {Prepared} */ one) => {
    const { transactionId: _, validFrom: __, validUntil: ___, nodes: ____, nonce: _____, ...rest } = /** @type {any} */ (describePrepared(one));
    return JSON.stringify([one.server, one.network, one.account, one.invoice?.id, rest]);
  };
  return core(a) === core(b);
}

/**
 * The signature, over exactly the bytes that were shown.
 * @param {Prepared} prepared @param {Account} account @param {Uint8Array} secret
 * @returns {Promise<import("./history.js").StoredSigned>}
 */
export async function seal(prepared, account, secret) {
  const { transactionId, validUntil } = describePrepared(prepared);
  const shared = { network: prepared.network, transactionId, validUntil: validUntil.getTime(), ...(prepared.invoice && { invoice: prepared.invoice }) };
  if (prepared.typedData) {
    const wallet = pageWallet([toHex(secret)]);
    const signature = await wallet.request({ method: "eth_signTypedData_v4", params: [account.account, prepared.typedData] });
    return { ...shared, scheme: "exact", transaction: authorizationPayload(JSON.parse(prepared.typedData), signature) };
  }
  const raw = await signTransfers(prepared.bodies.map(fromBase64), await hederaSigner(account, secret));
  const signed = bodiesOf(raw);
  if (signed.some((body, at) => toBase64(body) !== prepared.bodies[at])) throw new Error("other bytes than those shown were signed");
  return { ...shared, transaction: toBase64(raw) };
}

/** The networks that will do, an invoice's own first. @param {any} invoice @param {Wish} wish @param {{network: string}[]} networks @returns {string[]} */
function waysOf(invoice, wish, networks) {
  const hedera = /^\d+\.\d+\.\d+$/.test(wish.payTo?.[0]?.account ?? "");
  if (!invoice) return networks.map(({ network }) => network).filter((network) => network.startsWith("hedera:") === hedera);
  const listed = [invoice, ...(invoice.requirements ?? [])].map(({ network }) => network);
  return [...new Set(listed)].filter((network) => typeof network === "string");
}

/** The account that would pay, and where. @param {string[]} ways networks @param {Account[]} accounts */
export function choose(ways, accounts) {
  for (const account of accounts.filter((one) => one.account !== null)) {
    const network = ways.find((way) => (account.network === EVM ? way.startsWith("eip155:") : way === account.network));
    if (network) return { network, account };
  }
  throw new PaymentError("no_account", `The wallet has no account on ${ways.join(" or ")}.`);
}

/** The invoice's own, and what the server says coins are worth. @param {any} invoice @param {import("./client/client.js").Network} found @returns {Prepared["quotes"]} */
function quotesOf(invoice, { network, assets = [] }) {
  const listed = Array.isArray(invoice?.quote) ? invoice.quote.filter((/** @type {any} */ one) => one?.network === network) : [];
  const asked = listed.map((/** @type {any} */ { asset, rate, pair }) => ({ asset: String(asset), rate: String(rate), currency: String(pair).split("/")[1] ?? "" }));
  const known = assets.flatMap(({ asset, worth }) => (worth ? [{ asset: String(asset), rate: String(worth.rate), currency: String(worth.currency) }] : []));
  return [...asked, ...known];
}

/** Nothing is signed for what can no longer be paid. @param {{status?: string} | null} invoice */
function requireOpen(invoice) {
  const { status = "created" } = invoice ?? {};
  if (status === "settled" || status === "processing") throw new PaymentError("invoice_paid", "This is paid, or being paid, by another transfer.");
  if (status === "expired" || status === "cancelled") throw new PaymentError("invoice_expired", "This offer has run out.");
}

/** @returns {never} */
function never() {
  throw new Error("nothing is signed while a payment is prepared");
}
