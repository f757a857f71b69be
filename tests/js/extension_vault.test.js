// The wallet extension's keys: the vault they are sealed in, and the ways they are written.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accountOf, developmentAccounts, evmAddressOf, hederaSigner, newSecret, publicKeyOf, readPrivateKey } from "../../plugins/extension/accounts.js";
import { Book } from "../../plugins/extension/book.js";
import { ITERATIONS, Locked, Vault, WrongPassphrase } from "../../plugins/extension/vault.js";
import { memory } from "./extension_area.js";

const PASSPHRASE = "four unrelated words here";
const ONES = new Uint8Array(32).fill(0x11);
const HEX = "11".repeat(32);

/** @param {() => number} [now] */
function parts(now) {
  const [kept, fleeting] = [memory(), memory()];
  const vault = new Vault(kept, fleeting, now);
  return { kept, fleeting, vault, book: new Book(kept, vault) };
}

test("what is on disk holds no key in any spelling", async () => {
  const { kept, vault } = parts();
  await vault.create(PASSPHRASE);
  await vault.put("a", ONES);
  const disk = JSON.stringify(kept.everything());
  for (const spelling of [HEX, Buffer.from(ONES).toString("base64"), PASSPHRASE]) assert.ok(!disk.includes(spelling));
  assert.equal(kept.everything().vault.iterations, ITERATIONS);
  assert.ok(ITERATIONS >= 600_000);
});

test("a locked vault gives no key and takes none; the passphrase opens it, another does not", async () => {
  const { vault } = parts();
  await vault.create(PASSPHRASE);
  await vault.put("a", ONES);
  await vault.lock();
  await assert.rejects(vault.secret("a"), Locked);
  await assert.rejects(vault.put("b", ONES), Locked);
  await assert.rejects(vault.unlock("four unrelated words"), WrongPassphrase);
  assert.equal(await vault.isOpen(), false);
  await vault.unlock(PASSPHRASE);
  assert.deepEqual(await vault.secret("a"), ONES);
});

test("the next life of the worker finds it open, the next start of the browser does not", async () => {
  const { kept, fleeting, vault } = parts();
  await vault.create(PASSPHRASE);
  await vault.put("a", ONES);
  assert.deepEqual(await new Vault(kept, fleeting).secret("a"), ONES);
  await assert.rejects(new Vault(kept, memory()).secret("a"), Locked);
});

test("it locks when nobody was here for long enough, counted from the last touch", async () => {
  let now = 0;
  const { vault } = parts(() => now);
  await vault.create(PASSPHRASE);
  now = 14 * 60_000;
  await vault.touch();
  now = 28 * 60_000;
  assert.equal(await vault.lockAfter(15), false);
  now = 29 * 60_000;
  assert.equal(await vault.lockAfter(15), true);
  assert.equal(await vault.isOpen(), false);
});

test("one changed letter of the box, and it opens for nobody", async () => {
  const { kept, vault } = parts();
  await vault.create(PASSPHRASE);
  const { vault: box } = kept.everything();
  const flipped = (box.sealed[3] === "A" ? "B" : "A") + box.sealed.slice(4);
  await kept.set({ vault: { ...box, sealed: box.sealed.slice(0, 3) + flipped } });
  await assert.rejects(vault.unlock(PASSPHRASE), WrongPassphrase);
});

test("a new passphrase makes the old one worthless, and short ones are refused", async () => {
  const { vault } = parts();
  await assert.rejects(vault.create("seven77"), /at least 8/);
  await vault.create(PASSPHRASE);
  await vault.put("a", ONES);
  await assert.rejects(vault.changePassphrase("wrong wrong", "another one"), WrongPassphrase);
  await vault.changePassphrase(PASSPHRASE, "another one");
  await assert.rejects(vault.unlock(PASSPHRASE), WrongPassphrase);
  await vault.unlock("another one");
  assert.equal(await vault.reveal("a", "another one"), HEX);
});

test("a backup brings accounts back elsewhere, and what the file says of them is not believed", async () => {
  const { book, vault } = parts();
  await vault.create(PASSPHRASE);
  await book.import({ name: "mine", network: "hedera:testnet", account: "0.0.7", keyType: "secp256k1", privateKey: HEX });
  const file = await book.backup();
  file.accounts[0].publicKey = "0x00";
  const elsewhere = parts();
  await assert.rejects(elsewhere.book.restore({ ...file, vault: { ...file.vault, iterations: 1 } }, PASSPHRASE), /not a backup/);
  await assert.rejects(elsewhere.book.restore(file, "wrong wrong"), WrongPassphrase);
  await elsewhere.book.restore(file, PASSPHRASE);
  const [account] = await elsewhere.book.all();
  assert.equal(account.publicKey, await publicKeyOf("secp256k1", ONES));
  assert.deepEqual(await elsewhere.vault.secret(account.id), ONES);
});

test("a key is used on one Hedera network only, because the bytes do not name the network", async () => {
  const { book, vault } = parts();
  await vault.create(PASSPHRASE);
  const wish = { name: "", account: "0.0.7", keyType: /** @type {const} */ ("ed25519"), privateKey: HEX };
  await book.import({ ...wish, network: "hedera:testnet" });
  await assert.rejects(book.import({ ...wish, network: "hedera:mainnet" }), /one key per network/);
  await assert.rejects(book.import({ ...wish, network: "hedera:testnet" }), /already/);
});

const POINT = `044f355bdcb7cc0af728ef3cceb9615d90684bb5b2ca5f859ab0f0b704075871aa385b6b1b8ead809ca67454d9683fcf2ba03456d6fe2c4abe2b07f0fbdbb2f1c1`;
const WRITTEN = {
  "ed25519 in PKCS 8": ["302e020100300506032b657004220420" + HEX, "ed25519"],
  "secp256k1 as Hedera's tools print it": ["3030020100300706052b8104000a04220420" + HEX, "secp256k1"],
  "secp256k1 in PKCS 8": [`308184020100301006072a8648ce3d020106052b8104000a046d306b0201010420${HEX}a144034200${POINT}`, "secp256k1"],
  "secp256k1 in SEC 1": [`30740201010420${HEX}a00706052b8104000aa144034200${POINT}`, "secp256k1"],
  "64 digits with 0x": [`0x${HEX}`, "ed25519"],
  "seed and public key, as in 2019": [`${HEX}d04ab232742bb4ab3a1368bd4615e4e6d0224ab71a016baf8520a332c9778737`, "ed25519"],
};
for (const [name, [text, keyType]] of Object.entries(WRITTEN)) {
  test(`a private key is read: ${name}`, async () => {
    const found = await readPrivateKey(`  ${text.toUpperCase().replace("0X", "0x")}\n`, "ed25519");
    assert.equal(found.keyType, keyType);
    assert.deepEqual(Uint8Array.from(found.secret), ONES);
  });
}

test("what is no private key is refused: too short, too long, zero, beyond the curve, another's public key behind the seed", async () => {
  for (const text of ["", "11", HEX + "11", "zz".repeat(32), HEX + "22".repeat(32), "302e020100300506032b657004220420" + "11".repeat(31)]) {
    await assert.rejects(readPrivateKey(text, "ed25519"), { name: "UnreadableKey" });
  }
  for (const text of ["00".repeat(32), "ff".repeat(32)]) await assert.rejects(readPrivateKey(text, "secp256k1"), { name: "UnreadableKey" });
});

test("accounts are written right or not at all; an EVM address is the key's own", async () => {
  const secret = newSecret("secp256k1");
  const evm = await accountOf({ name: "", network: "eip155", account: "0x00", keyType: "secp256k1" }, secret);
  assert.equal(evm.account, evmAddressOf(secret));
  for (const account of ["0.0.0", "0.0.01", "1", "0.0.1 ", "0.0.-1"]) {
    await assert.rejects(accountOf({ name: "", network: "hedera:testnet", account, keyType: "ed25519" }, ONES), { name: "UnreadableKey" });
  }
  await assert.rejects(accountOf({ name: "", network: "eip155", account: null, keyType: "ed25519" }, ONES), { name: "UnreadableKey" });
});

test("development accounts are those of relay devnet and anvil, and both kinds of keys sign", async () => {
  const accounts = await developmentAccounts();
  assert.deepEqual(accounts.map(({ wish }) => wish.account), ["0.0.1001", "0.0.1002", "0.0.1003", null]);
  assert.equal(evmAddressOf(accounts[3].secret), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
  for (const { wish, secret } of accounts.slice(0, 2)) {
    const signer = await hederaSigner(await accountOf(wish, secret), secret);
    assert.equal((await signer.sign(ONES)).length, 64);
    assert.equal(signer.publicKey.length, wish.keyType === "ed25519" ? 32 : 33);
  }
});
