// A good Node relay, written to be measured beside ours: socket.io, grpc-js with one channel, signatures checked, no
// journal. It does for a transfer what ours does: decode, check, hand to the node, ack and event, then the receipt and
// a second event. `node relay.mjs '{"node": "127.0.0.1:50211", "verify": "crypto", "redis": null}'` prints its port;
// `verify` is the library: "crypto" is Node's own, "libsodium" a faster one, null leaves signatures unchecked.

import { createServer } from "node:http";
import { createPublicKey, randomUUID, verify as verifySignature } from "node:crypto";
import grpc from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { Server } from "socket.io";

Error.stackTraceLimit = 0; // grpc-js makes an error for each call, to have its stack
protobuf.util.Long = null; // amounts and numbers of accounts as numbers: exact to 2^53, and quicker than Long's objects
protobuf.configure();
const options = JSON.parse(process.argv[2]);
const EVENT = "CRYPTOTRANSFER_RESPONSE";
const PAYEES = new Map([["0.0.2001", "shop"]]);
const OK = 0, RECEIPT_UNKNOWN = 21, SUCCESS = 22;
const LOOK_MILLISECONDS = [100, 200, 300, 400, 500, 700, 1000];
const REMEMBERED = 100_000; // transaction ids, so that none is sent twice

const { root } = protobuf.parse(`syntax = "proto3";
  message AccountID { int64 shardNum = 1; int64 realmNum = 2; int64 accountNum = 3; }
  message Timestamp { int64 seconds = 1; int32 nanos = 2; }
  message Duration { int64 seconds = 1; }
  message TransactionID { Timestamp transactionValidStart = 1; AccountID accountID = 2; }
  message SignaturePair { bytes pubKeyPrefix = 1; bytes ed25519 = 3; }
  message SignatureMap { repeated SignaturePair sigPair = 1; }
  message SignedTransaction { bytes bodyBytes = 1; SignatureMap sigMap = 2; }
  message Transaction { bytes signedTransactionBytes = 5; }
  message AccountAmount { AccountID accountID = 1; sint64 amount = 2; }
  message TransferList { repeated AccountAmount accountAmounts = 1; }
  message CryptoTransfer { TransferList transfers = 1; }
  message TransactionBody {
    TransactionID transactionID = 1; AccountID nodeAccountID = 2; uint64 transactionFee = 3;
    Duration transactionValidDuration = 4; string memo = 6; CryptoTransfer cryptoTransfer = 14;
  }
  message TransactionResponse { int32 nodeTransactionPrecheckCode = 1; }
  message QueryHeader { int32 responseType = 2; }
  message TransactionGetReceiptQuery { QueryHeader header = 1; TransactionID transactionID = 2; }
  message Query { TransactionGetReceiptQuery transactionGetReceipt = 14; }
  message ResponseHeader { int32 nodeTransactionPrecheckCode = 1; }
  message TransactionReceipt { int32 status = 1; }
  message TransactionGetReceiptResponse { ResponseHeader header = 1; TransactionReceipt receipt = 2; }
  message Response { TransactionGetReceiptResponse transactionGetReceipt = 14; }`);
const [Transaction, SignedTransaction, Body, TransactionResponse, Query, Response] = [
  "Transaction", "SignedTransaction", "TransactionBody", "TransactionResponse", "Query", "Response",
].map((name) => root.lookupType(name));

// --- the node ---

const client = new grpc.Client(options.node, grpc.credentials.createInsecure());
const asIs = (bytes) => bytes;

function ask(method, bytes) {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + 10_000;
    client.makeUnaryRequest(`/proto.CryptoService/${method}`, asIs, asIs, bytes, { deadline }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

// --- a transfer ---

class Refused extends Error {
  constructor(reason, message) {
    super(message);
    this.reason = reason;
  }
}

const sodium = options.verify === "libsodium" ? (await import("sodium-native")).default : null;
const keys = new Map(); // OpenSSL's keys by their hex: making one costs as much as using it
const prefix = Buffer.from("302a300506032b6570032100", "hex"); // of a public ed25519 key in DER

function keyOf(raw) {
  const name = raw.toString("hex");
  let key = keys.get(name);
  if (key === undefined) {
    key = createPublicKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "spki" });
    if (keys.size > 10_000) keys.clear();
    keys.set(name, key);
  }
  return key;
}

function fits(body, raw, signature) {
  if (raw.length !== 32 || signature.length !== 64) return false;
  if (sodium !== null) return sodium.crypto_sign_verify_detached(signature, body, raw);
  return verifySignature(null, body, keyOf(raw), signature);
}

const account = (id) => `${id.shardNum}.${id.realmNum}.${id.accountNum}`;

function read(raw) {
  let signed, body;
  try {
    signed = SignedTransaction.decode(Transaction.decode(raw).signedTransactionBytes);
    body = Body.decode(signed.bodyBytes);
  } catch {
    throw new Refused("invalid_transaction", "these bytes are no transaction");
  }
  const pairs = signed.sigMap?.sigPair ?? [];
  if (pairs.length === 0) throw new Refused("invalid_signature", "the transaction carries no signature");
  if (options.verify) {
    for (const { pubKeyPrefix, ed25519 } of pairs) {
      if (!fits(signed.bodyBytes, pubKeyPrefix, ed25519)) {
        throw new Refused("invalid_signature", "the signature does not fit the transaction");
      }
    }
  }
  const { transactionID: id, cryptoTransfer, transactionValidDuration, memo } = body;
  if (!cryptoTransfer || !id) throw new Refused("unsupported_transaction", "only transfers are taken");
  const start = id.transactionValidStart;
  const until = (Number(start.seconds) + Number(transactionValidDuration.seconds)) * 1000;
  if (Date.now() > until) throw new Refused("transaction_expired", "sign again");
  const legs = cryptoTransfer.transfers.accountAmounts.map((leg) => [account(leg.accountID), Number(leg.amount)]);
  const payTo = legs.filter(([payee]) => PAYEES.has(payee));
  if (payTo.length === 0) throw new Refused("unknown_payee", "this pays nobody known here");
  const payer = account(id.accountID);
  const name = `${payer}@${start.seconds}.${String(start.nanos).padStart(9, "0")}`;
  return { id, name, payer, memo, payTo, merchant: PAYEES.get(payTo[0][0]) };
}

let seen = new Set(), older = new Set(); // two, of which one is dropped whole: to find a Set's first takes ever longer

function once(name) {
  if (seen.has(name) || older.has(name)) throw new Refused("invalid_transaction", "this transfer was sent before");
  if (seen.size >= REMEMBERED) [older, seen] = [seen, new Set()];
  seen.add(name);
}

const heads = new Map(); // the number of each merchant's last event
const newId = (kind) => `${kind}_${randomUUID()}`;

function now() {
  const milliseconds = performance.timeOrigin + performance.now();
  const micros = Math.floor((milliseconds % 1) * 1000);
  return `${new Date(Math.floor(milliseconds)).toISOString().slice(0, -1)}${String(micros).padStart(3, "0")}Z`;
}

function eventOf(payment, status, { precheck = null, receipt = null, error = null, reason = null }) {
  const seq = (heads.get(payment.merchant) ?? 0) + 1;
  heads.set(payment.merchant, seq);
  return {
    id: newId("evt"),
    seq,
    prevSeq: seq - 1,
    stream: `merchant:${payment.merchant}`,
    type: `payment.${status}`,
    time: now(),
    payment: payment.payment,
    invoice: null,
    status,
    network: "hedera:devnet",
    transactionId: payment.name,
    payer: payment.payer,
    payTo: payment.payTo.map(([payee, amount]) => ({ account: payee, amount: String(amount) })),
    asset: "0.0.0",
    amount: String(payment.payTo.reduce((sum, [, amount]) => sum + amount, 0)),
    memo: payment.memo,
    contentId: null,
    nodePrecheckcode: precheck,
    receiptStatus: receipt,
    error,
    reason,
  };
}

// --- sockets ---

const http = createServer((_, answer) => answer.writeHead(404).end());
const io = new Server(http, { serveClient: false, cors: { origin: "*" }, maxHttpBufferSize: 1e6 });
if (options.redis) {
  const [{ createShardedAdapter }, { createClient }] = await Promise.all([
    import("@socket.io/redis-adapter"),
    import("redis"),
  ]);
  const publishing = createClient({ url: options.redis });
  const listening = publishing.duplicate();
  await Promise.all([publishing.connect(), listening.connect()]);
  io.adapter(createShardedAdapter(publishing, listening, { subscriptionMode: "dynamic" }));
}
const { rooms } = io.of("/").adapter;

function tell(socket, event) {
  socket.emit(EVENT, event);
  const room = event.stream;
  if (options.redis || rooms.has(room)) socket.to(room).emit(EVENT, event); // `to` leaves the sender out
}

async function transfer(socket, raw) {
  const payment = { ...read(raw), payment: newId("pay") };
  once(payment.name);
  let precheck;
  try {
    precheck = TransactionResponse.decode(await ask("cryptoTransfer", raw)).nodeTransactionPrecheckCode;
  } catch {
    throw new Refused("node_unreachable", "UNAVAILABLE. Hedera network unreachable.");
  }
  if (precheck !== OK) throw new Refused("node_refused", `the node refused it: ${precheck}`);
  const event = eventOf(payment, "submitted", { precheck });
  tell(socket, event);
  void follow(socket, payment, 0);
  return event;
}

async function follow(socket, payment, looks) {
  const query = Query.encode({ transactionGetReceipt: { header: {}, transactionID: payment.id } }).finish();
  for (const pause of LOOK_MILLISECONDS) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    try {
      const { header, receipt } = Response.decode(await ask("getTransactionReceipts", query)).transactionGetReceipt;
      const status = header?.nodeTransactionPrecheckCode === OK ? (receipt?.status ?? RECEIPT_UNKNOWN) : null;
      if (status !== null && status !== RECEIPT_UNKNOWN) {
        tell(socket, eventOf(payment, status === SUCCESS ? "settled" : "failed", { precheck: OK, receipt: status }));
        return;
      }
    } catch {
      // the next look may be luckier
    }
  }
}

io.use((socket, next) => {
  const { apiKey } = socket.handshake.auth;
  if (apiKey !== undefined && apiKey !== options.apiKey) return next(new Error("unauthorized"));
  socket.data.merchant = apiKey === undefined ? null : "shop";
  return next();
});

io.on("connection", (socket) => {
  socket.on("CRYPTOTRANSFER", async (raw, ack) => {
    try {
      ack?.(await transfer(socket, raw));
    } catch (error) {
      const refusal = { status: "rejected", reason: error.reason ?? "internal", error: error.message };
      socket.emit(EVENT, refusal);
      ack?.(refusal);
    }
  });
  socket.on("SUBSCRIBE", async (wish, ack) => {
    if (wish?.merchant !== true || socket.data.merchant === null) {
      return ack?.({ error: { code: "unauthorized", message: "a merchant's stream needs its API key" } });
    }
    const stream = `merchant:${socket.data.merchant}`;
    await socket.join(stream);
    return ack?.({ stream, seq: heads.get(socket.data.merchant) ?? 0, replayed: 0 });
  });
});

process.on("SIGTERM", () => process.exit(0));
http.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => console.log(http.address().port));
