// From what is asked to what is signed, once per kind of chain: the first half of a payment.

import { authorizationPayload, buildAuthorization, describeAuthorization, WalletError } from "./eip155.js";
import { buildTransfers, describe, HBAR, MAX_NODES, newTransactionId, signTransfers } from "./hedera.js";

/**
 * @typedef {import("./pay.js").Ask} Ask
 * @typedef {import("./pay.js").Invoice} Invoice
 * @typedef {import("./client.js").Network} Network
 * @typedef {{asset?: string, payTo?: {account: string, amount: string}[], memo?: string}} Offer
 * @typedef {object} Bytes what was signed, and how long it is good
 * @property {Uint8Array | import("./pay.js").Authorization} transaction @property {"exact"} [scheme]
 * @property {string} transactionId @property {number} validUntil milliseconds, by the relay's clock
 */

const START_EARLIER_MS = 5_000; // nodes refuse a start in their future; theirs and the relay's clock differ a little

/** The payment did not happen, or (`outcome_unknown`) we could not hear whether it did. */
export class PaymentError extends Error {
  name = "PaymentError";
  /** @param {string} code a refusal code of the contract, or `declined`, `wallet_refused`, `not_sent`, `outcome_unknown`
   *  @param {string} message @param {{nodePrecheckcode?: number | null, receiptStatus?: number | null}} [answer] */
  constructor(code, message, answer = {}) {
    super(message);
    this.code = code;
    this.nodePrecheckcode = answer.nodePrecheckcode ?? null;
    this.receiptStatus = answer.receiptStatus ?? null;
  }
}

/**
 * Build, show and sign; whichever chain it is. Nothing is sent.
 * @param {Network} network @param {Invoice | undefined} invoice @param {Ask} ask @param {() => number} now by the relay's clock
 * @returns {Promise<Bytes>}
 */
export function sign(network, invoice, ask, now) {
  return network.network.startsWith("eip155:") ? authorize(network, invoice, ask, now) : transfer(network, invoice, ask, now);
}

/** Hedera: a copy for each of a few nodes. @param {Network} network @param {Invoice | undefined} invoice @param {Ask} ask @param {() => number} now */
async function transfer(network, invoice, { signer: given, onProgress = () => {}, ...ask }, now) {
  const signer = /** @type {import("./hedera.js").Signer} */ (given);
  const offer = invoice ? offered(network, invoice, (asset) => ask.asset === undefined || asset === ask.asset) : ask;
  const asset = offer.asset ?? HBAR;
  const bodies = buildTransfers(
    {
      transactionId: newTransactionId(signer.account, now() - START_EARLIER_MS),
      payTo: offer.payTo ?? [],
      asset,
      memo: offer.memo ?? "",
      validSeconds: ask.validSeconds,
      maxFee: ask.maxFee,
      decimals: network.assets?.find((known) => known.asset === asset)?.decimals,
    },
    ask.nodes ?? healthyNodes(network, signer.copies),
  );
  const description = describe(bodies);
  const { transactionId, validUntil } = description;
  onProgress({ stage: "approving", description });
  await approved(() => signer.approve?.(description, bodies), validUntil, now);
  onProgress({ stage: "signing" });
  return { transaction: await signTransfers(bodies, signer), transactionId, validUntil: validUntil.getTime() };
}

/**
 * EVM: an authorization that the relay sends and pays the gas of.
 * @param {Network} network @param {Invoice | undefined} invoice @param {Ask} ask @param {() => number} now @returns {Promise<Bytes>}
 */
async function authorize(network, invoice, { signer: given, onProgress = () => {}, ...ask }, now) {
  const signer = /** @type {import("./eip155.js").EvmSigner} */ (given);
  const gasless = (/** @type {string} */ id) => {
    const kind = network.assets?.find((known) => known.asset === id);
    return kind?.schemes?.includes("exact") && kind.extra ? kind : undefined;
  };
  const wanted = (/** @type {string} */ id) => (ask.asset === undefined || id === ask.asset) && gasless(id) !== undefined;
  const offer = invoice ? offered(network, invoice, wanted) : ask;
  const [payee, ...others] = offer.payTo ?? [];
  const extra = gasless(offer.asset ?? "")?.extra;
  if (!extra || !payee || others.length) {
    throw new PaymentError("unsupported_transaction", `This cannot be paid with one gasless authorization on ${network.network}.`);
  }
  const typedData = buildAuthorization({
    ...{ network: network.network, asset: offer.asset ?? "", extra, from: signer.account, to: payee.account, value: payee.amount },
    ...{ now: now(), validSeconds: ask.validSeconds },
  });
  const description = describeAuthorization(typedData);
  const { transactionId, validUntil } = description;
  onProgress({ stage: "approving", description });
  await approved(() => signer.approve?.(description, typedData), validUntil, now);
  onProgress({ stage: "signing" });
  try {
    const signature = await signer.signTypedData(network.network, typedData);
    const transaction = authorizationPayload(typedData, signature);
    return { transaction, scheme: "exact", transactionId, validUntil: validUntil.getTime() };
  } catch (error) {
    throw error instanceof WalletError ? new PaymentError(error.code, error.message) : error;
  }
}

/** @param {() => boolean | undefined | Promise<boolean | undefined>} ask @param {Date} validUntil @param {() => number} now */
async function approved(ask, validUntil, now) {
  if ((await ask()) === false) throw new PaymentError("declined", "The payment was declined. Nothing was signed.");
  if (now() < validUntil.getTime()) return;
  throw new PaymentError("transaction_expired", "The approval came after the payment's time was over. Nothing was sent.");
}

/** @param {Network} network @param {number} [copies] */
function healthyNodes(network, copies = MAX_NODES) {
  const accounts = network.nodes.filter((node) => node.healthy).map((node) => node.account);
  const nodes = shuffled([...new Set(accounts)]).slice(0, copies);
  if (nodes.length === 0) throw new PaymentError("node_unreachable", "UNAVAILABLE. Hedera network unreachable.");
  return nodes;
}

/**
 * The way an invoice may be paid on this network.
 * @param {Network} network @param {Invoice} invoice @param {(asset: string) => boolean} wanted @returns {Offer}
 */
function offered(network, invoice, wanted) {
  const offers = [invoice, ...(invoice.requirements ?? [])];
  const offer = offers.find(
    (one) => one.network === network.network && Array.isArray(one.payTo) && wanted(one.asset ?? ""),
  );
  if (!offer) throw new PaymentError("unsupported_network", `This invoice cannot be paid that way on ${network.network}.`);
  return { asset: offer.asset, payTo: offer.payTo, memo: offer.memo ?? invoice.memo };
}

/** @template T @param {T[]} list @returns {T[]} */
function shuffled(list) {
  return list
    .map((value) => /** @type {[number, T]} */ ([Math.random(), value]))
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);
}
