// A Hedera transfer as bytes: built, described from the very bytes that get signed, and wrapped with its signatures.
//
// Only what a payment needs of HAPI protobuf is here: a CryptoTransfer of HBAR or one fungible token. Reading fails
// closed: a field this file does not know, or one that could move value it would not show, makes `describe` throw.
// A wallet that shows `describe(bodies)` therefore shows everything the signature will cover.
// Field numbers: protos/hapi.proto. Amounts are decimal strings of smallest units, as everywhere on Relay's wire.

/**
 * @typedef {{account: string, amount: string}} Share
 * @typedef {object} Payment what to pay
 * @property {string} transactionId  who pays and from when: `0.0.1001@1700000000.000000001`, see `newTransactionId`
 * @property {Share[]} payTo         who gets how much
 * @property {string} asset          `0.0.0` for HBAR, else a token id
 * @property {string} memo           at most 100 bytes
 * @property {number} [validSeconds] how long the network may still take it; 15 to 180
 * @property {bigint | string} [maxFee] tinybars the payer is willing to pay the network at most
 * @property {number} [decimals]     of a token; the ledger refuses the transfer when it differs
 *
 * @typedef {object} Description what a set of bodies will do, read from the bytes
 * @property {string} transactionId  `payer@seconds.nanos`, nanos as nine digits
 * @property {string} payer
 * @property {Share[]} from          accounts that are debited
 * @property {Share[]} payTo         accounts that are credited
 * @property {string} asset
 * @property {string} amount         sum of `payTo`
 * @property {number | null} decimals as the bytes state them; null when they do not
 * @property {string} memo
 * @property {string} maxFee         tinybars
 * @property {string[]} nodes        one body per node; the ledger executes at most one of them
 * @property {Date} validFrom
 * @property {Date} validUntil
 */

export const HBAR = "0.0.0";
export const MAX_NODES = 3; // copies signed for: enough to outlive two dead nodes, and all of them fit one message
const MAX_MEMO_BYTES = 100; // hedera.transaction.maxMemoUtf8Bytes
const MAX_TRANSACTION_BYTES = 6144; // HAPI transaction.proto
const DEFAULT_VALID_SECONDS = 120; // what the official SDKs use
const DEFAULT_MAX_FEE = 10_000_000n; // 0.1 HBAR; a transfer costs $0.0001, a token transfer $0.001

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The bytes cannot be shown completely, so they must not be signed. */
export class UnreadableTransfer extends Error {
  name = "UnreadableTransfer";
}

/**
 * An id no other payment of this account has.
 * @param {string} payer account that pays
 * @param {number} validStart milliseconds since 1970, by the network's clock; nodes refuse one in their future
 */
export function newTransactionId(payer, validStart) {
  const [seconds, millis] = [Math.floor(validStart / 1000), Math.floor(validStart) % 1000];
  // two payments may start in one millisecond: the rest of the nanoseconds is random
  const nanos = millis * 1_000_000 + (crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000);
  return `${payer}@${seconds}.${String(nanos).padStart(9, "0")}`;
}

/**
 * One transaction body per node, alike but for the node: they share the transaction id, so at most one is executed.
 * @param {Payment} payment
 * @param {string[]} nodes node accounts
 * @returns {Uint8Array[]}
 */
export function buildTransfers(payment, nodes) {
  if (nodes.length === 0) throw new RangeError("a transfer needs a node account");
  const id = /^([\d.]+)@(\d{1,15})\.(\d{9})$/.exec(payment.transactionId);
  if (!id) throw new RangeError(`${payment.transactionId} is not a transaction id such as 0.0.1001@1700000000.000000001`);
  const [, payer, seconds, nanos] = id;
  const memo = encoder.encode(payment.memo);
  if (memo.length > MAX_MEMO_BYTES) throw new RangeError(`a memo holds at most ${MAX_MEMO_BYTES} bytes`);
  const head = bytes(1, [
    ...bytes(1, [...int(1, BigInt(seconds)), ...int(2, BigInt(nanos))]),
    ...bytes(2, entity(payer)),
  ]);
  const tail = [
    ...int(3, BigInt(payment.maxFee ?? DEFAULT_MAX_FEE)),
    ...bytes(4, int(1, BigInt(payment.validSeconds ?? DEFAULT_VALID_SECONDS))),
    ...(memo.length ? bytes(6, memo) : []),
    ...bytes(14, cryptoTransfer(payer, payment)),
  ];
  return nodes.map((node) => Uint8Array.from([...head, ...bytes(2, entity(node)), ...tail]));
}

/** @param {string} payer @param {Payment} payment */
function cryptoTransfer(payer, { payTo, asset, decimals }) {
  /** @type {Map<string, bigint>} */
  const legs = new Map();
  for (const { account, amount } of payTo) {
    if (!/^[1-9][0-9]{0,18}$/.test(amount)) throw new RangeError(`${amount} is not an amount in smallest units`);
    if (account === payer) throw new RangeError(`${payer} cannot pay itself`);
    legs.set(account, (legs.get(account) ?? 0n) + BigInt(amount)); // the ledger refuses an account listed twice
  }
  if (legs.size === 0) throw new RangeError("a transfer needs a payee");
  const total = [...legs.values()].reduce((sum, amount) => sum + amount, 0n);
  const entries = [[payer, -total], ...legs].flatMap(([account, amount]) =>
    bytes(asset === HBAR ? 1 : 2, accountAmount(/** @type {string} */ (account), /** @type {bigint} */ (amount))),
  );
  if (asset === HBAR) return bytes(1, entries);
  const expected = decimals === undefined ? [] : bytes(4, int(1, BigInt(decimals)));
  return bytes(2, [...bytes(1, entity(asset)), ...entries, ...expected]);
}

/** @param {string} account @param {bigint} amount */
const accountAmount = (account, amount) => [...bytes(1, entity(account)), ...int(2, zigzag(amount))];

/**
 * What these bodies would do, all of it. Throws `UnreadableTransfer` when it cannot tell, or when the bodies differ in
 * more than the node.
 * @param {Uint8Array[]} bodies
 * @returns {Description}
 */
export function describe(bodies) {
  const read = bodies.map(readBody);
  const [first] = read;
  if (!first) throw new UnreadableTransfer("there is nothing to sign");
  const alike = (/** @type {{node: string}} */ body) => JSON.stringify({ ...body, node: "" });
  if (read.some((body) => alike(body) !== alike(first))) {
    throw new UnreadableTransfer("the copies for the nodes are not the same payment");
  }
  const { node: _, start, seconds, ...rest } = first;
  const validFrom = new Date(Number(start.seconds) * 1000 + start.nanos / 1e6);
  return {
    ...rest,
    nodes: read.map((body) => body.node),
    validFrom,
    validUntil: new Date(validFrom.getTime() + seconds * 1000),
  };
}

/**
 * The bodies inside wire bytes, so that a wallet can describe a transaction somebody else built.
 * @param {Uint8Array} transaction a `Transaction` or a `TransactionList`
 * @returns {Uint8Array[]}
 */
export function bodiesOf(transaction) {
  const outer = fields(transaction, { 1: LENGTH, 5: LENGTH });
  if (outer[5] && !outer[1]) {
    const signed = fields(one(outer, 5), { 1: LENGTH, 2: LENGTH });
    return [one(signed, 1)];
  }
  if (!outer[1] || outer[5]) throw new UnreadableTransfer("this is not a transaction in signedTransactionBytes");
  return /** @type {Uint8Array[]} */ (outer[1]).flatMap(bodiesOf);
}

/** @param {Uint8Array} body */
function readBody(body) {
  const top = fields(body, { 1: LENGTH, 2: LENGTH, 3: VARINT, 4: LENGTH, 6: LENGTH, 14: LENGTH });
  const id = fields(one(top, 1), { 1: LENGTH, 2: LENGTH });
  const time = fields(one(id, 1), { 1: VARINT, 2: VARINT });
  const start = { seconds: String(count(time, 1)), nanos: Number(count(time, 2)) };
  const payer = readEntity(one(id, 2));
  return {
    transactionId: `${payer}@${start.seconds}.${String(start.nanos).padStart(9, "0")}`,
    payer,
    node: readEntity(one(top, 2)),
    maxFee: String(count(top, 3)),
    memo: top[6] ? text(one(top, 6)) : "",
    start,
    seconds: Number(count(fields(one(top, 4), { 1: VARINT }), 1)),
    ...readTransfer(one(top, 14)),
  };
}

/** @param {Uint8Array} raw */
function readTransfer(raw) {
  const lists = fields(raw, { 1: LENGTH, 2: LENGTH });
  if (Boolean(lists[1]) === Boolean(lists[2])) throw new UnreadableTransfer("a payment moves exactly one asset");
  let asset = HBAR;
  let decimals = null;
  let entries;
  if (lists[1]) {
    entries = fields(one(lists, 1), { 1: LENGTH })[1];
  } else {
    const list = fields(one(lists, 2), { 1: LENGTH, 2: LENGTH, 4: LENGTH });
    asset = readEntity(one(list, 1));
    if (list[4]) decimals = Number(count(fields(one(list, 4), { 1: VARINT }), 1));
    entries = list[2];
  }
  const legs = /** @type {Uint8Array[]} */ (entries ?? []).map((entry) => {
    const leg = fields(entry, { 1: LENGTH, 2: VARINT });
    return { account: readEntity(one(leg, 1)), amount: unzigzag(number(leg, 2)) };
  });
  const total = legs.reduce((sum, leg) => sum + leg.amount, 0n);
  if (legs.length === 0 || total !== 0n) throw new UnreadableTransfer("debits and credits do not add up");
  const payTo = legs.filter((leg) => leg.amount > 0n);
  return {
    asset,
    decimals,
    amount: String(payTo.reduce((sum, leg) => sum + leg.amount, 0n)),
    from: legs.filter((leg) => leg.amount < 0n).map((leg) => ({ account: leg.account, amount: String(-leg.amount) })),
    payTo: payTo.map((leg) => ({ account: leg.account, amount: String(leg.amount) })),
  };
}

/**
 * @typedef {object} Signer whoever holds the key: a wallet, a hardware device, `developmentSigner`
 * @property {string} account
 * @property {Uint8Array} publicKey  32 bytes ed25519, 33 bytes compressed secp256k1
 * @property {"ed25519" | "secp256k1"} keyType
 * @property {(body: Uint8Array) => Promise<Uint8Array>} sign  64 bytes over `body` (secp256k1: over its keccak-256)
 * @property {(description: Description, bodies: Uint8Array[]) => boolean | Promise<boolean>} [approve] asked before anything is signed
 * @property {number} [copies] how many nodes to sign for; 1 where each signature asks its person
 */

/**
 * Signed wire bytes: one `Transaction`, or a `TransactionList` when there are several bodies.
 * @param {Uint8Array[]} bodies
 * @param {Signer} signer
 * @returns {Promise<Uint8Array>}
 */
export async function signTransfers(bodies, signer) {
  const transactions = [];
  for (const body of bodies) {
    const signature = await signer.sign(body);
    const pair = [...bytes(1, signer.publicKey), ...bytes(signer.keyType === "ed25519" ? 3 : 6, signature)];
    const transaction = bytes(5, [...bytes(1, body), ...bytes(2, bytes(1, pair))]);
    if (transaction.length > MAX_TRANSACTION_BYTES) throw new RangeError("the transaction is too large for the network");
    transactions.push(transaction);
  }
  if (transactions.length === 1) return Uint8Array.from(transactions[0]);
  return Uint8Array.from(transactions.flatMap((transaction) => bytes(1, transaction)));
}

/**
 * The first signature of a SignatureMap, as wallets answer `hedera_signTransaction`.
 * @param {Uint8Array} map
 * @returns {{publicKey: Uint8Array, keyType: "ed25519" | "secp256k1", signature: Uint8Array}} `publicKey` may be a prefix
 */
export function readSignature(map) {
  const [first] = fields(map, { 1: LENGTH })[1] ?? [];
  if (!(first instanceof Uint8Array)) throw new UnreadableTransfer("the wallet answered without a signature");
  const pair = fields(first, { 1: LENGTH, 3: LENGTH, 6: LENGTH });
  const keyType = pair[3] ? "ed25519" : "secp256k1";
  const publicKey = pair[1] ? one(pair, 1) : new Uint8Array();
  return { publicKey, keyType, signature: one(pair, keyType === "ed25519" ? 3 : 6) };
}

// --- protobuf, as much as the above needs ---

const VARINT = 0;
const LENGTH = 2;
/** @typedef {(bigint | Uint8Array)[]} Values */

/** @param {bigint} value */
function varint(value) {
  const out = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 0x80n) return [...out, Number(rest)];
    out.push(Number(rest & 0x7fn) | 0x80);
  }
}

/** A varint field; zero is not written, as proto3 wants. @param {number} field @param {bigint} value */
const int = (field, value) => (value === 0n ? [] : [...varint(BigInt(field << 3 | VARINT)), ...varint(value)]);

/** @param {number} field @param {ArrayLike<number>} value @returns {number[]} */
const bytes = (field, value) => [
  ...varint(BigInt(field << 3 | LENGTH)), ...varint(BigInt(value.length)), ...Array.from(value),
];

/** @param {bigint} value */
const zigzag = (value) => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
/** @param {bigint} value */
const unzigzag = (value) => (value >> 1n) ^ -(value & 1n);

/** AccountID and TokenID have the same three numbers. @param {string} text */
function entity(text) {
  const found = /^(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})$/.exec(text);
  if (!found) throw new RangeError(`${text} is not an id such as 0.0.1001`);
  const num = BigInt(found[3]);
  // accountNum is in a oneof: it is written even when it is zero
  return [...int(1, BigInt(found[1])), ...int(2, BigInt(found[2])), ...(num ? int(3, num) : [0x18, 0])];
}

/** @param {Uint8Array} raw */
function readEntity(raw) {
  const parts = fields(raw, { 1: VARINT, 2: VARINT, 3: VARINT });
  return `${count(parts, 1)}.${count(parts, 2)}.${count(parts, 3)}`;
}

/**
 * All fields of a message. Throws on any that is not in `known` with that wire type.
 * @param {Uint8Array} raw
 * @param {Record<number, number>} known
 * @returns {Record<number, Values>}
 */
function fields(raw, known) {
  /** @type {Record<number, Values>} */
  const found = {};
  let at = 0;
  const next = () => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= raw.length) break;
      const byte = raw[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value >> 64n) break;
        return value;
      }
    }
    throw new UnreadableTransfer("the bytes end in the middle of a number");
  };
  while (at < raw.length) {
    const tag = Number(next());
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (known[field] !== type) throw new UnreadableTransfer(`field ${field} is not one this wallet can show`);
    if (type === VARINT) {
      (found[field] ??= []).push(next());
    } else {
      const length = Number(next());
      if (length > raw.length - at) throw new UnreadableTransfer("the bytes end in the middle of a field");
      (found[field] ??= []).push(raw.subarray(at, at + length));
      at += length;
    }
  }
  return found;
}

/** The only value of a field that must be there. @param {Record<number, Values>} message @param {number} field */
function one(message, field) {
  const values = message[field];
  if (values?.length !== 1) throw new UnreadableTransfer(`field ${field} is ${values ? "repeated" : "missing"}`);
  return /** @type {Uint8Array} */ (values[0]);
}

/** @param {Uint8Array} raw */
function text(raw) {
  try {
    return decoder.decode(raw);
  } catch {
    throw new UnreadableTransfer("the memo is not text");
  }
}

/** A number as it stands on the wire; absent means zero. @param {Record<number, Values>} message @param {number} field */
function number(message, field) {
  const values = message[field] ?? [0n];
  if (values.length !== 1) throw new UnreadableTransfer(`field ${field} is repeated`);
  return /** @type {bigint} */ (values[0]);
}

/** A number that cannot be negative: ids, times, fees. @param {Record<number, Values>} message @param {number} field */
function count(message, field) {
  const value = number(message, field);
  if (value >> 63n) throw new UnreadableTransfer(`field ${field} is negative`);
  return value;
}
