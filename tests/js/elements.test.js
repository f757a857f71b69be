// What the elements read and say: the tag of 2019, amounts, and every sentence in every language.

import assert from "node:assert/strict";
import { test } from "node:test";

import { known, reason, setMessages, speaker } from "../../plugins/js/elements/messages.js";
import { decimal, HBAR_KIND, isSame, networkName, showPrice, showUnits, showWorth } from "../../plugins/js/elements/money.js";
import { readTag } from "../../plugins/js/elements/tag-2019.js";

const TAG = { paymentserver: "https://pay.example/path", recipientlist: '[{"to":"0.0.7","tinybars":"444"},{"to":"0.0.8","tinybars":6}]' };
const places = (text) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

for (const language of Object.keys(known)) {
  test(`${language} says everything, with the same places to fill in`, () => {
    assert.deepEqual(Object.keys(known[language]).sort(), Object.keys(known.en).sort());
    for (const [name, text] of Object.entries(known[language])) {
      assert.ok(text.trim(), name);
      assert.deepEqual(places(text), places(known.en[name]), `${language}.${name}`);
    }
  });
}

test("words are found by language, filled in, and English where there are none", () => {
  assert.equal(speaker("de-AT")("unlock", { price: "5 ℏ" }), "Für 5 ℏ freischalten");
  assert.equal(speaker("xx")("back"), "Back");
  setMessages("fr", { unlock: "Débloquer pour {price}" });
  assert.equal(speaker("fr-CA")("unlock", { price: "5 ℏ" }), "Débloquer pour 5 ℏ");
  assert.equal(speaker("fr")("back"), "Back");
  delete known.fr;
  assert.equal(reason(speaker("en"), "declined"), "Declined. Nothing was paid.");
  assert.equal(reason(speaker("en"), "a_code_of_tomorrow"), known.en.error_internal);
});

test("amounts are whole, in the reader's spelling", () => {
  assert.equal(showUnits("150000000", HBAR_KIND, "en"), "1.5\u00a0ℏ");
  assert.equal(showUnits("150000000", HBAR_KIND, "de"), "1,5\u00a0ℏ");
  assert.equal(showUnits("1", HBAR_KIND, "en"), "0.00000001\u00a0ℏ");
  assert.equal(showUnits("123456789012345678901", { symbol: "X", decimals: 2 }, "en"), "1,234,567,890,123,456,789.01\u00a0X");
  assert.equal(showUnits(5n, { symbol: "X", decimals: 0 }, "en"), "5\u00a0X");
  assert.equal(decimal("150000000", 8), "1.5");
  assert.equal(decimal("100", 2), "1");
  assert.equal(decimal("5", 0), "5");
});

test("prices in a currency, and in something no browser knows", () => {
  assert.equal(showPrice({ amount: "4.50", currency: "USD" }, "en"), "$4.50");
  assert.equal(showPrice({ amount: "4.50", currency: "not one" }, "en"), "4.50 not one");
  assert.equal(networkName("eip155:8453"), "Base");
  assert.equal(networkName("eip155:5"), "eip155:5");
});

test("what coins come to is about, and never nothing where it is little", () => {
  assert.equal(showWorth("150000000", HBAR_KIND, { currency: "USD", rate: "0.05" }, "en"), "$0.08");
  assert.equal(showWorth("5000000", HBAR_KIND, { currency: "USD", rate: "0.05" }, "en"), "$0.0025");
  assert.equal(showWorth("5000000", HBAR_KIND, { currency: "none", rate: "0.05" }, "en"), "0.0025 none");
});

test("a label says the same as an invoice, or it does not", () => {
  for (const label of ["0.50 USD", "0.5 usd", "00.5", "$0.50"]) assert.ok(isSame(label, "0.5", "USD"), label);
  assert.ok(isSame("5 ℏ", "5.00", "HBAR"));
  for (const label of ["0.05 USD", "0.5 EUR", "0.5 USDC", "", "free", "-0.5", "0.5 to 5 USD", "10.5"]) assert.ok(!isSame(label, "0.5", "USD"), label);
});

test("a tag is read with all it says, and with the usual where it says nothing", () => {
  const redirect = { nonPayingAccount: "/no", noAccount: "/none", homePage: "/home" };
  const said = { ...TAG, contentid: "138", memo: "383,138", type: "video", submissionnode: "0.0.5", redirect: JSON.stringify(redirect), time: "1557116906", extensionid: "gone" };
  const payTo = [{ account: "0.0.7", amount: "444" }, { account: "0.0.8", amount: "6" }];
  assert.deepEqual(readTag(said), { server: "https://pay.example", payTo, total: 450n, memo: "383,138", contentId: "138", node: "0.0.5", type: "charge", redirect, time: 1557116906000 });
  const usual = { nonPayingAccount: "/non-paying-account", noAccount: "/no-account", homePage: "/" };
  assert.deepEqual(readTag(TAG), { server: "https://pay.example", payTo, total: 450n, memo: "", contentId: "", node: undefined, type: "charge", redirect: usual, time: null });
  for (const type of ["maximum", "402"]) assert.equal(readTag({ ...TAG, type })?.type, type);
  for (const time of ["", "soon", "-5", "1e9"]) assert.equal(readTag({ ...TAG, time })?.time, null, time);
  for (const bad of ['{"homePage":"https://evil.example"}', '{"homePage":"//evil.example"}', '{"homePage":"/\\\\evil.example"}', '{"other":"/"}', "{", "[]"]) {
    assert.deepEqual(readTag({ ...TAG, redirect: bad })?.redirect, usual, bad);
  }
});

test("a tag that is not right is none", () => {
  const list = (...payees) => JSON.stringify(payees);
  const seven = { to: "0.0.7", tinybars: 1 };
  const bad = [
    { paymentserver: undefined }, { paymentserver: "pay.example" }, { paymentserver: "javascript:alert(1)" }, { recipientlist: undefined }, { recipientlist: "[]" },
    { recipientlist: "{}" }, { recipientlist: list(seven, seven) }, { recipientlist: list(...Array.from({ length: 10 }, (_, at) => ({ to: `0.0.${at + 7}`, tinybars: 1 }))) },
    { recipientlist: list({ to: "0.0.7", tinybars: "-5" }) }, { recipientlist: list({ to: "0.0.7", tinybars: 0.5 }) }, { recipientlist: list({ to: "me", tinybars: 5 }) },
    { recipientlist: list({ to: "0.0.7", tinybars: "9".repeat(19) }) }, { memo: "ü".repeat(50) }, { submissionnode: "0.0.2" }, { submissionnode: "node" },
  ];
  for (const change of bad) assert.equal(readTag({ ...TAG, ...change }), null, JSON.stringify(change));
});
