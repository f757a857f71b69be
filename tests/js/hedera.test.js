// Transfers come out byte for byte as Google's protobuf library writes them, and descriptions tell all of it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { bodiesOf, buildTransfers, describe, newTransactionId, signTransfers } from "../../plugins/js/hedera.js";
import { developmentSigner } from "../../plugins/js/keys.js";

const { payments, unreadable } = JSON.parse(readFileSync(new URL("vectors/transfers.json", import.meta.url), "utf8"));
const hex = (raw) => Buffer.from(raw).toString("hex");
const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));

for (const { name, payment, nodes, bodies, publicKey, transaction } of payments) {
  test(`${name}: built as the reference builds it`, () => {
    assert.deepEqual(buildTransfers(payment, nodes).map(hex), bodies);
  });

  test(`${name}: signed as the reference signs it`, async () => {
    const signer = await developmentSigner(payment.transactionId.split("@")[0]);
    assert.equal(hex(signer.publicKey), publicKey);
    assert.equal(hex(await signTransfers(bodies.map(unhex), signer)), transaction);
  });

  test(`${name}: described from the signed bytes`, () => {
    const found = bodiesOf(unhex(transaction));
    assert.deepEqual(found.map(hex), bodies);
    const { payTo, ...description } = describe(found);
    const total = String(payment.payTo.reduce((sum, { amount }) => sum + BigInt(amount), 0n));
    const [payer, start] = payment.transactionId.split("@");
    assert.deepEqual(payTo, payment.payTo);
    assert.deepEqual(description, {
      transactionId: payment.transactionId,
      payer,
      from: [{ account: payer, amount: total }],
      asset: payment.asset,
      amount: total,
      decimals: payment.decimals ?? null,
      memo: payment.memo,
      maxFee: payment.maxFee,
      nodes,
      validFrom: new Date(Math.floor(Number(start) * 1000)),
      validUntil: new Date(Math.floor(Number(start) * 1000) + payment.validSeconds * 1000),
    });
  });
}

const [plain] = payments;
const body = plain.bodies[0];

test("a payee named twice is credited once, with the sum", () => {
  const payTo = [{ account: "0.0.2001", amount: "2" }, { account: "0.0.2001", amount: "3" }];
  assert.deepEqual(describe(buildTransfers({ ...plain.payment, payTo }, ["0.0.3"])).payTo, [
    { account: "0.0.2001", amount: "5" },
  ]);
});

for (const [what, change] of Object.entries({
  "an amount that is not whole units": { payTo: [{ account: "0.0.2001", amount: "1.5" }] },
  "a negative amount": { payTo: [{ account: "0.0.2001", amount: "-1" }] },
  "a payee that is the payer": { payTo: [{ account: "0.0.1001", amount: "1" }] },
  "no payee": { payTo: [] },
  "a memo over 100 bytes": { memo: "ü".repeat(51) },
  "an account that is none": { payTo: [{ account: "alice", amount: "1" }] },
  "a transaction id that is none": { transactionId: "0.0.1001@now" },
})) {
  test(`not built: ${what}`, () => {
    assert.throws(() => buildTransfers({ ...plain.payment, ...change }, ["0.0.3"]), RangeError);
  });
}

for (const [what, bodies] of Object.entries({
  ...Object.fromEntries(unreadable.map(({ name, body }) => [name, [body]])),
  "an unknown field": [`${body}7801`],
  "a second transfer body": [body + body.slice(body.indexOf("72"))],
  "a batch key": [`${body}ca0400`],
  "nothing": [],
  "copies that pay different amounts": [
    body,
    hex(buildTransfers({ ...plain.payment, payTo: [{ account: "0.0.2001", amount: "9" }] }, ["0.0.4"])[0]),
  ],
  "copies with different memos": [body, hex(buildTransfers({ ...plain.payment, memo: "x" }, ["0.0.4"])[0])],
})) {
  test(`not described, so not signed: ${what}`, () => {
    assert.throws(() => describe(bodies.map(unhex)), { name: "UnreadableTransfer" });
  });
}

test("no cut of the bytes is described as something else", () => {
  for (let length = 0; length < body.length / 2; length++) {
    assert.throws(() => describe([unhex(body).subarray(0, length)]), { name: "UnreadableTransfer" });
  }
});

test("one flipped bit is either not described or described as what it then is", () => {
  const raw = unhex(body);
  for (let bit = 0; bit < raw.length * 8; bit++) {
    const flipped = raw.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    let described;
    try {
      described = describe([flipped]);
    } catch (error) {
      assert.equal(error.name, "UnreadableTransfer");
      continue;
    }
    const { transactionId, payTo, asset, memo, maxFee, validFrom, validUntil, nodes, decimals } = described;
    if (described.from.length > 1 || !transactionId.startsWith(`${described.from[0].account}@`)) continue; // shown as it is
    const validSeconds = (validUntil - validFrom) / 1000;
    const again = { transactionId, payTo, asset, memo, maxFee, validSeconds, ...(decimals !== null && { decimals }) };
    try {
      assert.deepEqual(describe(buildTransfers(again, nodes)), described);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // it names what a builder would refuse
    }
  }
});

test("transaction ids made in one millisecond differ", () => {
  const ids = new Set(Array.from({ length: 50 }, () => newTransactionId("0.0.1001", 1_700_000_000_123)));
  assert.ok(ids.size > 45);
  for (const id of ids) assert.match(id, /^0\.0\.1001@1700000000\.123\d{6}$/);
});
