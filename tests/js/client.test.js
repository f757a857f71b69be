// Subscriptions miss nothing and repeat nothing, and a payment is signed once, whatever the connection does.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { io } from "socket.io-client";

import { bodiesOf, connect, describe, developmentSigner, walletSigner } from "../../plugins/js/index.js";
import { addressOf, DEVELOPMENT_KEYS, pageWallet } from "../../plugins/js/page-wallet.js";
import { FakeRelay, until, USDC } from "./relay.js";

let server;
let relay;
beforeEach(async () => {
  server = await FakeRelay.start();
  relay = connect(server.url, { io });
  await until(() => relay.online);
});
afterEach(async () => {
  relay.close();
  await server.stop();
});

const follow = (target, options) => {
  const heard = [];
  const subscription = relay.subscribe(target, (event) => heard.push(event.seq), options);
  return { heard, subscription };
};
const invoice = { invoice: "inv_1", secret: "s" };
const merchant = { merchant: true };

test("an invoice is heard from its beginning, then live", async () => {
  server.tell();
  const { heard, subscription } = follow(invoice);
  await subscription.ready;
  server.tell();
  await until(() => heard.length === 2);
  assert.deepEqual(heard, [1, 2]);
  assert.equal(subscription.cursor, 2);
});

test("a merchant's stream begins now unless told otherwise", async () => {
  server.tell();
  const now = follow(merchant);
  const earlier = follow(merchant, { after: 0 });
  await earlier.subscription.ready;
  server.tell();
  await until(() => now.heard.length === 1 && earlier.heard.length === 2);
  assert.deepEqual([now.heard, earlier.heard], [[2], [1, 2]]);
});

test("an event that comes twice is handed over once", async () => {
  const { heard, subscription } = follow(merchant, { after: 0 });
  await subscription.ready;
  const event = server.tell();
  server.repeat(event);
  server.repeat(event);
  server.tell();
  await until(() => heard.includes(2));
  assert.deepEqual(heard, [1, 2]);
});

test("what happened while the connection was gone arrives once, in order", async () => {
  const { heard, subscription } = follow(merchant, { after: 0 });
  await subscription.ready;
  server.tell();
  await until(() => heard.length === 1);
  server.drop(); // the library does not come back from this by itself
  await until(() => !relay.online);
  server.tell({}, { live: false });
  server.tell({}, { live: false });
  await until(() => relay.online, "the connection is back").catch(() => until(() => relay.online));
  await until(() => heard.length === 3);
  server.tell();
  await until(() => heard.length === 4);
  assert.deepEqual(heard, [1, 2, 3, 4]);
  assert.deepEqual(server.heard.at(-1), ["SUBSCRIBE", { merchant: true, after: 1 }]);
});

test("a hole in a merchant's stream is told and filled from the cursor", async () => {
  const gaps = [];
  const { heard, subscription } = follow(merchant, { after: 0, onGap: (gap) => gaps.push(gap) });
  await subscription.ready;
  server.tell();
  server.tell({}, { live: false });
  server.tell();
  await until(() => heard.length === 3);
  assert.deepEqual(heard, [1, 2, 3]);
  assert.deepEqual(gaps, [{ after: 1, missed: 1, lost: false }]);
});

test("a hole the relay cannot fill is told as lost and stepped over", async () => {
  const gaps = [];
  server.lost.add(2);
  const { heard, subscription } = follow(merchant, { after: 0, onGap: (gap) => gaps.push(gap) });
  await subscription.ready;
  server.tell();
  server.tell({}, { live: false });
  server.tell();
  server.tell();
  await until(() => heard.includes(4));
  assert.deepEqual(gaps, [
    { after: 1, missed: 1, lost: false },
    { after: 1, missed: 1, lost: true },
  ]);
  assert.deepEqual(heard, [1, 3, 4]);
});

test("other invoices' events are not handed to an invoice's listener", async () => {
  const { heard, subscription } = follow(invoice);
  await subscription.ready;
  server.tell({ invoice: "inv_2" });
  server.tell();
  await until(() => heard.length === 1);
  assert.deepEqual(heard, [2]);
});

test("a refused subscription says why and is over", async () => {
  server.refuseSubscribe = { code: "unauthorized", message: "the invoice and the secret do not belong together" };
  const errors = [];
  const { subscription } = follow(invoice, { onError: (error) => errors.push(error) });
  await assert.rejects(subscription.ready, { code: "unauthorized" });
  assert.deepEqual(errors, [server.refuseSubscribe]);
});

test("a closed subscription hears nothing and is taken back", async () => {
  const { heard, subscription } = follow(invoice);
  await subscription.ready;
  subscription.close();
  server.tell();
  await until(() => server.count("UNSUBSCRIBE") === 1);
  assert.deepEqual(heard, []);
});

test("a wrong API key is told as refused, not retried for ever", async () => {
  const other = connect(server.url, { io, apiKey: "sk_wrong" });
  await until(() => other.state === "refused");
  other.close();
});

// --- paying ---

const sale = {
  id: "inv_1", secret: "s", network: "hedera:devnet", asset: "0.0.0", memo: "relay:m", contentId: "post-1",
  payTo: [{ account: "0.0.2001", amount: "5000000" }],
};
const payment = async (change = {}) => {
  const stages = [];
  const signer = { ...(await developmentSigner("0.0.1001")), ...change.signer };
  const onProgress = ({ stage }) => stages.at(-1) !== stage && stages.push(stage);
  const end = relay.pay({ network: "hedera:devnet", invoice: sale, signer, onProgress, ...change.ask });
  return { end, stages };
};
/** Answer as a relay: submitted at once, the rest by `then`. */
const take = (then = () => {}) => (wish) => {
  const { transactionId } = describe(bodiesOf(new Uint8Array(wish.transaction)));
  const known = server.events.findLast((event) => event.transactionId === transactionId);
  if (known) return known;
  setTimeout(() => then(transactionId), 20);
  return server.tell({ status: "submitted", transactionId });
};

test("a payment resolves with the settled event and its token", async () => {
  server.answer = take((transactionId) => server.tell({ transactionId, accessToken: "t" }));
  const { end, stages } = await payment();
  const event = await end;
  assert.equal(event.accessToken, "t");
  assert.deepEqual(stages, ["preparing", "approving", "signing", "signed", "sending", "submitted", "settled"]);
  assert.equal(server.heard.find(([name]) => name === "CRYPTOTRANSFER")[1].invoice, "inv_1");
});

test("what the signer is shown is what is sent", async () => {
  let shown;
  server.answer = take((transactionId) => server.tell({ transactionId, accessToken: "t" }));
  const { end } = await payment({ signer: { approve: (description) => Boolean((shown = description)) } });
  await end;
  const [, sent] = server.heard.find(([name]) => name === "CRYPTOTRANSFER");
  assert.deepEqual(describe(bodiesOf(new Uint8Array(sent.transaction))), shown);
  assert.deepEqual(shown.payTo, sale.payTo);
});

test("declined: nothing is signed, nothing is sent", async () => {
  const sign = () => assert.fail("signed");
  const { end } = await payment({ signer: { approve: () => false, sign } });
  await assert.rejects(end, { code: "declined" });
  assert.equal(server.count("CRYPTOTRANSFER"), 0);
});

test("one copy is signed for each of up to three healthy nodes, alike but for the node", async () => {
  server.nodes = [3, 4, 5, 6, 7].map((n) => ({ address: `127.0.0.1:${n}`, account: `0.0.${n}`, healthy: n !== 4 }));
  server.answer = take((transactionId) => server.tell({ transactionId, accessToken: "t" }));
  await (await payment()).end;
  const [, sent] = server.heard.find(([name]) => name === "CRYPTOTRANSFER");
  const { nodes } = describe(bodiesOf(new Uint8Array(sent.transaction)));
  assert.equal(nodes.length, 3);
  assert.ok(!nodes.includes("0.0.4"));
});

test("no healthy node: refused before anything is signed", async () => {
  server.nodes = [{ address: "127.0.0.1:1", account: "0.0.3", healthy: false }];
  await assert.rejects((await payment()).end, { code: "node_unreachable" });
});

test("the connection lost before the answer: the same bytes go out again, and it settles once", async () => {
  let first = true;
  server.answer = (wish) => {
    const answer = take((transactionId) => server.tell({ transactionId, accessToken: "t" }))(wish);
    if (!first) return answer;
    first = false;
    server.drop();
  };
  const { end, stages } = await payment();
  await end;
  const sent = server.heard.filter(([name]) => name === "CRYPTOTRANSFER").map(([, wish]) => wish.transaction.toString("hex"));
  assert.ok(sent.length >= 1 && new Set(sent).size === 1);
  assert.ok(stages.includes("waiting"));
  assert.equal(server.events.filter(({ status }) => status === "submitted").length, 1);
});

test("settled while away: heard on return", async () => {
  server.answer = take((transactionId) => {
    server.drop();
    server.tell({ transactionId, accessToken: "t" }, { live: false });
  });
  assert.equal((await (await payment()).end).accessToken, "t");
});

for (const [what, answer, error] of [
  ["a mismatch", { status: "rejected", reason: "wrong_amount", error: "amount: expected 2, got 1", payment: null }, { code: "wrong_amount" }],
  [
    "a node's refusal",
    { status: "rejected", reason: "node_refused", error: "INSUFFICIENT_PAYER_BALANCE", payment: "pay_1", nodePrecheckcode: 10, transactionId: "x" },
    { code: "node_refused", nodePrecheckcode: 10 },
  ],
  ["a failure on the ledger", { status: "failed", error: "no", receiptStatus: 28, transactionId: "x" }, { code: "transfer_failed", receiptStatus: 28 }],
  ["a payment that ran out", { status: "expired", transactionId: "x" }, { code: "transaction_expired" }],
]) {
  test(`${what} rejects with its code`, async () => {
    server.answer = () => answer;
    await assert.rejects((await payment()).end, error);
  });
}

test("too many requests: the same bytes again a little later", async () => {
  const settle = take((transactionId) => server.tell({ transactionId, accessToken: "t" }));
  server.answer = (wish) =>
    server.count("CRYPTOTRANSFER") === 1 ? { status: "rejected", reason: "rate_limited", error: "slower" } : settle(wish);
  await (await payment()).end;
  assert.equal(server.count("CRYPTOTRANSFER"), 2);
});

test("an invoice somebody else pays first rejects", async () => {
  server.answer = take(() => server.tell({ transactionId: "0.0.1009@9.000000009", accessToken: "theirs" }));
  await assert.rejects((await payment()).end, { code: "invoice_paid" });
});

test("an approval that comes too late sends nothing", async () => {
  const approve = () => new Promise((resolve) => setTimeout(resolve, 50, true));
  const { end } = await payment({ signer: { approve }, ask: { validSeconds: 5 } }); // five seconds before now
  await assert.rejects(end, { code: "transaction_expired" });
  assert.equal(server.count("CRYPTOTRANSFER"), 0);
});

test("a payment a reload interrupted goes on with what was signed", async () => {
  let signed;
  server.answer = () => undefined;
  const signer = await developmentSigner("0.0.1001");
  const onProgress = (progress) => (signed ??= progress.signed);
  const end = relay.pay({ network: "hedera:devnet", invoice: sale, signer, onProgress });
  await until(() => server.count("CRYPTOTRANSFER") === 1);
  relay.close();
  await assert.rejects(end, { code: "outcome_unknown" });
  server.answer = take((transactionId) => server.tell({ transactionId, accessToken: "t" }));
  relay = connect(server.url, { io });
  assert.equal((await relay.send(signed)).accessToken, "t");
});

const dollars = {
  ...sale,
  requirements: [
    { network: "eip155:31337", asset: "native", memo: "relay:m", payTo: [{ account: addressOf(DEVELOPMENT_KEYS[2]), amount: "7" }] },
    { network: "eip155:31337", asset: USDC, memo: "relay:m", payTo: [{ account: addressOf(DEVELOPMENT_KEYS[2]), amount: "50000" }] },
  ],
};

test("on EVM the asset that needs no gas is chosen, and its end is heard by the nonce", async () => {
  server.answer = ({ scheme, invoice, network, transaction: { authorization, signature } }) => {
    assert.deepEqual([scheme, invoice, network, authorization.value], ["exact", "inv_1", "eip155:31337", "50000"]);
    assert.match(signature, /^0x[0-9a-f]{130}$/);
    const transactionId = `${authorization.from.toLowerCase()}+${authorization.nonce}@${USDC}`;
    setTimeout(() => server.tell({ transactionId, accessToken: "t" }), 20);
    return server.tell({ status: "submitted", transactionId });
  };
  const signer = await walletSigner(pageWallet());
  const { end, stages } = await payment({ signer: undefined, ask: { network: "eip155:31337", invoice: dollars, signer } });
  assert.equal((await end).accessToken, "t");
  assert.deepEqual(stages, ["preparing", "approving", "signing", "signed", "sending", "submitted", "settled"]);
});

test("a wallet that says no ends the payment as declined, and nothing is sent", async () => {
  const no = { request: async ({ method }) => (method === "eth_requestAccounts" ? [addressOf(DEVELOPMENT_KEYS[0])] : Promise.reject({ code: 4001 })) };
  const { end } = await payment({ ask: { network: "eip155:31337", invoice: dollars, signer: await walletSigner(no) } });
  await assert.rejects(end, { code: "declined" });
  assert.equal(server.count("CRYPTOTRANSFER"), 0);
});

test("an invoice without a gasless asset is refused before anything is signed", async () => {
  const invoice = { ...dollars, requirements: dollars.requirements.slice(0, 1) };
  const { end } = await payment({ ask: { network: "eip155:31337", invoice, signer: await walletSigner(pageWallet()) } });
  await assert.rejects(end, { code: "unsupported_network" });
});
