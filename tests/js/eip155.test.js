// Typed data is hashed and signed as eth-account does it, wallets are found and asked as EIP-1193 and EIP-6963 say.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { buildAuthorization, describeAuthorization, discoverWallets, walletSigner } from "../../plugins/js/eip155.js";
import { addressOf, DEVELOPMENT_KEYS, pageWallet } from "../../plugins/js/page-wallet.js";
import { hashTypedData, toHex } from "../../plugins/js/typed-data.js";

const read = (path) => readFileSync(new URL(path, import.meta.url));
const vectors = JSON.parse(read("vectors/typed-data.json"));
const [PAYER, , SHOP] = DEVELOPMENT_KEYS.map(addressOf);
const WISH = {
  network: "eip155:31337", asset: addressOf(DEVELOPMENT_KEYS[9]), extra: { name: "USDC", version: "2" },
  from: PAYER, to: SHOP, value: "50000", now: 1_700_000_000_500,
};

for (const { name, account, typedData, digest, signature } of vectors) {
  test(`${name}: hashed and signed as the reference does`, async () => {
    assert.equal(toHex(hashTypedData(typedData)), digest);
    const wallet = pageWallet();
    assert.equal(await wallet.request({ method: "eth_signTypedData_v4", params: [account, JSON.stringify(typedData)] }), signature);
  });
}

test("what is vendored is what the table beside it says", () => {
  const rows = [...String(read("../../plugins/js/vendor/README.md")).matchAll(/^\| `([^`]+\.js)`.*`([0-9a-f]{64})` \|$/gm)];
  assert.equal(rows.length, 5);
  for (const [, file, sha256] of rows) {
    assert.equal(createHash("sha256").update(read(`../../plugins/js/vendor/${file}`)).digest("hex"), sha256, file);
  }
});

test("an authorization pays once, from ten minutes ago until its end", () => {
  const typedData = buildAuthorization({ ...WISH, validSeconds: 300 });
  const { message } = typedData;
  assert.deepEqual([message.validAfter, message.validBefore], ["1699999400", "1700000300"]);
  assert.match(message.nonce, /^0x[0-9a-f]{64}$/);
  assert.notEqual(buildAuthorization(WISH).message.nonce, message.nonce);
  const said = describeAuthorization(typedData);
  assert.deepEqual(said.payTo, [{ account: SHOP, amount: "50000" }]);
  assert.equal(said.transactionId, `${PAYER}+${message.nonce}@${WISH.asset}`);
  assert.equal(said.validUntil.getTime(), 1_700_000_299_000);
});

for (const [what, wrong] of Object.entries({
  "an amount that is none": { value: "0" }, "a fraction": { value: "1.5" }, "a short address": { to: "0x12" },
  "another kind of chain": { network: "hedera:mainnet" }, "a chain without a number": { network: "eip155:0" },
})) {
  test(`${what} is not built`, () => assert.throws(() => buildAuthorization({ ...WISH, ...wrong }), RangeError));
}

test("typed data that is anything else is not described", () => {
  const permit = structuredClone(buildAuthorization(WISH));
  permit.types.TransferWithAuthorization.push({ name: "more", type: "uint256" });
  assert.throws(() => describeAuthorization(permit), TypeError);
  assert.throws(() => describeAuthorization({ ...buildAuthorization(WISH), primaryType: "Permit" }), TypeError);
});

/** A wallet on Ethereum that knows no other chain and writes down what it is asked. */
function stranger({ refuse = {}, stays = false } = {}) {
  const asked = [];
  const known = new Set(["0x1"]);
  const keys = pageWallet();
  let chainId = "0x1";
  const request = async ({ method, params }) => {
    asked.push(method);
    if (refuse[method]) throw refuse[method];
    if (method === "eth_chainId") return chainId;
    if (method === "wallet_addEthereumChain") return void known.add(params[0].chainId);
    if (method !== "wallet_switchEthereumChain") return keys.request({ method, params });
    if (!known.has(params[0].chainId)) throw { code: 4902, message: "Unrecognized chain" };
    if (!stays) chainId = params[0].chainId;
    return null;
  };
  return { request, asked };
}
const CHAIN = { chainName: "Local", rpcUrls: ["http://127.0.0.1:8545"] };

test("a wallet that does not know the chain is told of it, then signs", async () => {
  const wallet = stranger();
  const signer = await walletSigner(wallet, { chain: CHAIN });
  assert.equal(signer.account, PAYER);
  const typedData = buildAuthorization(WISH);
  const signature = await signer.signTypedData(WISH.network, typedData);
  const expected = await pageWallet().request({ method: "eth_signTypedData_v4", params: [PAYER, JSON.stringify(typedData)] });
  assert.equal(signature, expected);
  assert.deepEqual(wallet.asked, [
    "eth_requestAccounts", "eth_chainId", "wallet_switchEthereumChain", "wallet_addEthereumChain",
    "wallet_switchEthereumChain", "eth_chainId", "eth_signTypedData_v4",
  ]);
});

test("nothing is signed on another chain than the payment's", async () => {
  const wallet = stranger({ stays: true });
  const signer = await walletSigner(wallet, { chain: CHAIN });
  await assert.rejects(signer.signTypedData(WISH.network, buildAuthorization(WISH)), { code: "wallet_refused" });
  assert.ok(!wallet.asked.includes("eth_signTypedData_v4"));
});

test("a person's no is told from a wallet that cannot", async () => {
  const no = stranger({ refuse: { eth_requestAccounts: { code: 4001, message: "User rejected" } } });
  await assert.rejects(walletSigner(no), { code: "declined" });
  const busy = stranger({ refuse: { eth_requestAccounts: { code: -32002, message: "Already pending" } } });
  await assert.rejects(walletSigner(busy), { code: "wallet_refused", message: "Already pending" });
  await assert.rejects(walletSigner(stranger(), { account: "0x0000000000000000000000000000000000000001" }), {
    code: "wallet_refused",
  });
});

test("each wallet that announces itself is found once; window.ethereum where none does", (t) => {
  const target = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) {
    globalThis[name] = target[name].bind(target);
  }
  t.after(() => ["addEventListener", "removeEventListener", "dispatchEvent", "ethereum"].forEach((name) => delete globalThis[name]));
  const announce = (uuid, provider) =>
    dispatchEvent(Object.assign(new Event("eip6963:announceProvider"), { detail: { info: { uuid, name: uuid, icon: "", rdns: "" }, provider } }));
  const found = [];
  globalThis.ethereum = stranger();
  discoverWallets(({ info }) => found.push(info.uuid))();
  assert.deepEqual(found, ["injected"]);

  found.length = 0;
  const one = stranger();
  addEventListener("eip6963:requestProvider", () => announce("one", one));
  const stop = discoverWallets(({ info }) => found.push(info.uuid));
  announce("one", one);
  announce("later", stranger());
  announce("broken", {});
  stop();
  announce("too late", stranger());
  assert.deepEqual(found, ["one", "later"]);
});
