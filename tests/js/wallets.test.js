// Wallets behind an adapter: whatever form a wallet's signature comes in, the transfer is the one that was asked for.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bodiesOf, buildTransfers, newTransactionId, signTransfers } from "../../plugins/js/hedera.js";
import { adapterSigner, connect, developmentSigner, hederaWallet, relayWalletSigner } from "../../plugins/js/index.js";

const base64 = (raw) => Buffer.from(raw).toString("base64");

/** A SignatureMap of one pair, as a wallet's own library writes it. */
function signatureMap({ publicKey, keyType }, signature) {
  const field = (number, bytes) => [(number << 3) | 2, bytes.length, ...bytes];
  const pair = [...field(1, publicKey), ...field(keyType === "ed25519" ? 3 : 6, signature)];
  return Uint8Array.from(field(1, pair));
}

const FORMS = { bytes: (map) => map, base64: (map) => base64(map), "an object, as HIP-820": (map) => ({ signatureMap: base64(map) }) };

for (const account of ["0.0.1001", "0.0.1002"]) {
  for (const [form, answer] of Object.entries(FORMS)) {
    test(`${account}: a signature that comes as ${form} signs the very bytes that were asked for`, async () => {
      const own = await developmentSigner(account);
      const seen = [];
      const signer = adapterSigner({
        account,
        signTransaction: async (body) => (seen.push(body), answer(signatureMap(own, await own.sign(body)))),
      });
      assert.deepEqual([signer.account, signer.copies], [account, 1], "such a wallet asks its person for each copy");
      const transactionId = newTransactionId(account, new Date(1_700_000_000_000));
      const payment = { transactionId, payTo: [{ account: "0.0.2001", amount: 5n }], asset: "0.0.0", memo: "m", maxFee: 100_000n, validSeconds: 120 };
      const bodies = buildTransfers(payment, ["0.0.3"]);
      const signed = await signTransfers(bodies, signer);
      assert.deepEqual(bodiesOf(signed), bodies);
      assert.deepEqual(seen, bodies);
      assert.deepEqual(signed, await signTransfers(bodies, own));
    });
  }
}

test("what is no SignatureMap signs nothing", async () => {
  for (const answer of [new Uint8Array(), "", "AAAA", { signatureMap: "" }]) {
    const signer = adapterSigner({ account: "0.0.1001", signTransaction: async () => answer });
    await assert.rejects(signer.sign(new Uint8Array([1])), Error, JSON.stringify(answer));
  }
});

test("a wallet made of a signer says where it pays, does only what it knows, and opens only to pay", async () => {
  let opened = 0;
  const { provider } = hederaWallet({ name: "Mine", networks: ["hedera:testnet"], open: async () => (opened++, developmentSigner("0.0.1001")) });
  assert.deepEqual(await provider.request({ method: "relay_accounts" }), ["hedera:testnet"]);
  await assert.rejects(provider.request({ method: "eth_sign" }), { code: 4200 });
  assert.equal(opened, 0);
});

test("a wallet that pays by itself is a signer: asked for the payment whole, its words passed on", async () => {
  const relay = connect("https://pay.example/path", { io: () => ({ on: () => {}, disconnect: () => {}, io: { on: () => {} } }) });
  const asked = [];
  const stages = [];
  const provider = {
    request: async (ask, { onProgress }) => {
      asked.push(ask);
      onProgress({ stage: "submitted" });
      if (asked.length > 1) throw asked.length > 2 ? { code: "insufficient_funds", message: "too little" } : { code: 4001, message: "no" };
      return { status: "settled" };
    },
  };
  const signer = relayWalletSigner(/** @type {any} */ ({ info: {}, provider }));
  const wish = { network: "hedera:testnet", invoice: { id: "inv_1", secret: "s" }, signer, onProgress: ({ stage }) => stages.push(stage) };
  assert.deepEqual(await relay.pay(wish), { status: "settled" });
  assert.deepEqual(stages, ["preparing", "submitted"]);
  assert.equal(asked[0].method, "relay_pay");
  assert.deepEqual([asked[0].params.server, asked[0].params.network, asked[0].params.invoice], ["https://pay.example", "hedera:testnet", wish.invoice]);
  await assert.rejects(relay.pay(wish), { name: "PaymentError", code: "declined" });
  await assert.rejects(relay.pay(wish), { name: "PaymentError", code: "insufficient_funds" });
});
