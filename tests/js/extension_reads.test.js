// What the wallet extension reads of strangers: text, typed data, messages, the tag of 2019, addresses of servers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { buildAuthorization } from "../../plugins/js/eip155.js";
import { hashTypedData } from "../../plugins/js/typed-data.js";
import { readMessage, readRestore } from "../../plugins/extension/message.js";
import { kindOf } from "../../plugins/extension/networks.js";
import { serverOf } from "../../plugins/extension/servers.js";
import { readTag } from "../../plugins/extension/tag.js";
import { isOdd, plain, readUnits, showUnits } from "../../plugins/extension/text.js";
import { readAuthorization } from "../../plugins/extension/typed.js";

const ORIGIN = "https://blog.example";
const ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const PAYEE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

test("amounts are exact, both ways", () => {
  assert.equal(showUnits("150000000", 8), "1.5");
  assert.equal(showUnits("1", 8), "0.00000001");
  assert.equal(showUnits("1234567800000000", 8), "12,345,678");
  assert.equal(readUnits("1.5", 8), 150000000n);
  assert.equal(readUnits("0,5", 2), 50n);
  for (const text of ["", "-1", "1e3", "1.123", "١", "0x1", "1 000"]) assert.equal(readUnits(text, 2), null, text);
});

test("text of strangers cannot turn, hide or pretend", () => {
  assert.equal(plain("pay \u202e05.0 \u202c"), "pay \\u{202e}05.0 \\u{202c}");
  assert.equal(plain("a\u200bb\u0000c\nd"), "a\\u{200b}b\\u{0}c\\u{a}d");
  assert.equal(plain("１００ and ١"), "\\u{ff11}\\u{ff10}\\u{ff10} and \\u{661}");
  assert.equal(plain(`e${"\u0301".repeat(40)}`), `e${"\u0301".repeat(3)}`);
  assert.equal(plain("x".repeat(5_000), 10), "xxxxxxxxxx… (4990 more characters)");
  assert.equal(plain("Grüße, 世界 🎉"), "Grüße, 世界 🎉");
  assert.ok(isOdd("a\u2066b") && !isOdd("a\nb"));
});

test("a token's decimals are the wallet's own or the bytes', never a server's", () => {
  assert.deepEqual(kindOf("hedera:mainnet", "0.0.0", 2), { symbol: "HBAR", decimals: 8, known: true });
  assert.deepEqual(kindOf("hedera:mainnet", "0.0.99", 4), { symbol: "of token 0.0.99", decimals: 4, known: false });
  assert.deepEqual(kindOf("eip155:8453", PAYEE), { symbol: `units of ${PAYEE}`, decimals: 0, known: false });
  assert.equal(kindOf("eip155:1", "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913").known, false, "Base's USDC is nothing on Ethereum");
});

const typed = (change = {}) => {
  const extra = { name: "USDC", version: "2" };
  return { ...buildAuthorization({ network: "eip155:8453", asset: "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", extra, from: ACCOUNT, to: PAYEE, value: "50000", now: 1_700_000_000_000 }), ...change };
};

test("an authorization is read into one that hashes the same, whatever the page's spelling of numbers", () => {
  const given = typed();
  const spelled = { ...given, domain: { ...given.domain, chainId: "0x2105" }, message: { ...given.message, value: 50000, validBefore: `0x${BigInt(given.message.validBefore).toString(16)}` } };
  const { EIP712Domain: _, ...withoutDomain } = given.types;
  for (const one of [given, JSON.stringify(given), spelled, { ...given, types: withoutDomain }]) {
    assert.deepEqual(hashTypedData(readAuthorization(one)), hashTypedData(given));
  }
});

const { types, domain, message } = typed();
/** @type {Record<string, any>} */
const UNSHOWABLE = {
  "a permit": { primaryType: "Permit" },
  "another shape under the name": { types: { ...types, TransferWithAuthorization: [...types.TransferWithAuthorization].reverse() } },
  "a further type": { types: { ...types, Order: [] } },
  "a domain with salt": { types: { ...types, EIP712Domain: [...types.EIP712Domain, { name: "salt", type: "bytes32" }] } },
  "a further field of the domain": { domain: { ...domain, salt: "0x00" } },
  "a further field of the message": { message: { ...message, tip: "1" } },
  "a missing field": { message: { ...message, nonce: undefined } },
  "a fraction": { message: { ...message, value: 0.5 } },
  "a negative amount": { message: { ...message, value: "-1" } },
  "an amount beyond 256 bits": { message: { ...message, value: (1n << 256n).toString() } },
  "an amount in other digits": { message: { ...message, value: "５" } },
  "no address": { message: { ...message, to: "vitalik.eth" } },
  "a chain that is none": { domain: { ...domain, chainId: 0 } },
  "a long name": { domain: { ...domain, name: "x".repeat(101) } },
};
for (const [name, change] of Object.entries(UNSHOWABLE)) {
  test(`typed data is refused: ${name}`, () => assert.throws(() => readAuthorization(typed(change)), { name: "Unshowable" }));
}
test("what is no typed data at all is refused", () => {
  for (const given of [null, "", "{", 7, [], "x".repeat(30_000)]) assert.throws(() => readAuthorization(given), { name: "Unshowable" });
});

/** @param {string} host @param {string} uri */
const signIn = (host, uri, account = ACCOUNT) => `${host} wants you to sign in with your Ethereum account:\n${account}\n\nHello.\n\nURI: ${uri}\nVersion: 1\nChain ID: 1\nNonce: 12345678\nIssued At: 2026-01-01T00:00:00Z`;
const BY = { origin: ORIGIN, server: "https://pay.example", account: ACCOUNT };

test("a sign-in is signed for the site that asks, as text or as bytes", () => {
  const text = signIn("blog.example", `${ORIGIN}/login`);
  assert.deepEqual(readMessage(text, BY), { text, signIn: true });
  assert.deepEqual(readMessage(`0x${Buffer.from(text).toString("hex")}`, BY), { text, signIn: true });
});

test("a sign-in to anywhere else is not signed, nor one of another account, nor the server's own sign-in", () => {
  const elsewhere = [
    signIn("bank.example", "https://bank.example"), signIn("blog.example", "https://bank.example"), signIn("blog.example.evil.example", ORIGIN),
    signIn("blog.example", ORIGIN, PAYEE), signIn("pay.example", "https://pay.example/v1/auth/verify"),
  ];
  for (const text of elsewhere) assert.throws(() => readMessage(text, BY), { name: "WrongDomain" }, text);
});

test("a token is asked back from the server the site is paid through, and from no other", () => {
  const text = signIn("pay.example", "https://pay.example/v1/access/restore");
  assert.equal(readMessage(text, BY).signIn, true);
  assert.throws(() => readMessage(text, { ...BY, server: null }), { name: "WrongDomain" });
});

test("a payment server gets its own text for access signed, and no other it might write", () => {
  const by = { server: "https://pay.example", account: ACCOUNT };
  readRestore(signIn("pay.example", "https://pay.example/v1/access/restore"), by);
  const other = [signIn("pay.example", "https://pay.example/v1/auth/verify"), signIn("bank.example", "https://bank.example"), signIn("nowhere.invalid", "https://nowhere.invalid"), "I owe you"];
  for (const text of other) assert.throws(() => readRestore(text, by), Error, text);
});

test("a text that only looks like a sign-in, hides characters, or is none, is not signed", () => {
  const bad = [` ${signIn("bank.example", "https://bank.example")}`, "bank.example\nwants you to sign in with your Ethereum account", "a\u202eb", "a\u200bb", "0xff00", "", "x".repeat(5_000), 7];
  for (const text of bad) assert.throws(() => readMessage(text, BY), { name: "Unshowable" }, String(text));
  assert.deepEqual(readMessage("Hello\nthere", BY), { text: "Hello\nthere", signIn: false });
});

const TAG = { paymentserver: "https://pay.example/", recipientlist: '[{"to":"0.0.7","tinybars":"444"},{"to":"0.0.8","tinybars":6}]', contentid: "138", memo: "383,138", type: "article" };
const AT = { path: "/a/post" };
const DEFAULTS = { nonPayingAccount: "/non-paying-account", noAccount: "/no-account", homePage: "/" };

test("the tag of 2019 is read with all it says", () => {
  const redirect = '{"nonPayingAccount":"/no","noAccount":"/none","homePage":"/"}';
  const { wish, type, total, redirect: found } = readTag({ ...TAG, redirect, extensionid: "x", time: "1557116906" }, AT);
  assert.deepEqual(wish.payTo, [{ account: "0.0.7", amount: "444" }, { account: "0.0.8", amount: "6" }]);
  assert.deepEqual([wish.server, wish.memo, wish.contentId, type, total], ["https://pay.example", "383,138", "138", "charge", 450n]);
  assert.deepEqual(found, JSON.parse(redirect));
  assert.equal(readTag({ ...TAG, contentid: undefined }, AT).wish.contentId, "/a/post");
  for (const type of ["maximum", "402"]) assert.equal(readTag({ ...TAG, type }, AT).type, type);
  assert.equal(readTag({ ...TAG, redirect }, { path: "/no" }).type, "402", "nothing is charged on the page for who did not pay");
});

test("a redirect leads nowhere but over the same site, or the whole attribute is ignored", () => {
  for (const redirect of ['{"homePage":"https://evil.example"}', '{"homePage":"//evil.example"}', '{"homePage":"javascript:alert(1)"}', '{"other":"/"}', "{", "[]"]) {
    assert.deepEqual(readTag({ ...TAG, redirect }, AT).redirect, DEFAULTS, redirect);
  }
});

test("a tag that is not right pays nothing", () => {
  const bad = [
    { recipientlist: "[]" }, { recipientlist: "nonsense" }, { recipientlist: '[{"to":"0.0.7","tinybars":"-5"}]' }, { recipientlist: '[{"to":"0.0.7","tinybars":"1e9"}]' },
    { recipientlist: '[{"to":"alice","tinybars":"5"}]' }, { recipientlist: JSON.stringify(Array(10).fill({ to: "0.0.7", tinybars: 1 })) }, { memo: "x".repeat(100) },
  ];
  for (const change of bad) assert.throws(() => readTag({ ...TAG, ...change }, AT), { name: "BadTag" }, JSON.stringify(change));
  for (const paymentserver of ["", "pay.example", "http://pay.example", "ftp://pay.example", "https://user:pass@pay.example"]) {
    assert.throws(() => readTag({ ...TAG, paymentserver }, AT), { name: "BadServer" }, paymentserver);
  }
});

test("payment servers are https, or on this machine, and nothing that looks like it", () => {
  assert.equal(serverOf("https://pay.example:8443/path?x#y"), "https://pay.example:8443");
  assert.equal(serverOf("http://127.0.0.1:8099"), "http://127.0.0.1:8099");
  assert.equal(serverOf("http://localhost:8099"), "http://localhost:8099");
  for (const url of ["http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://192.168.0.1", "http://0.0.0.0", null, {}]) assert.throws(() => serverOf(url), { name: "BadServer" });
});
