// What the wallet extension may do without asking.

import assert from "node:assert/strict";
import { test } from "node:test";

import { contentKey, DAY_MS, decide, newSite, spent } from "../../plugins/extension/policy.js";

const [NOW, ORIGIN, SERVER, ASSET] = [1_700_000_000_000, "https://blog.example", "https://pay.example", "hedera:testnet/0.0.0"];
const ASK = { origin: ORIGIN, server: SERVER, asset: ASSET, amount: 100n, content: "post-1" };
const always = (limit = "250", change = {}) => ({ ...newSite(), consent: /** @type {const} */ ("always"), server: SERVER, limits: { [ASSET]: limit }, ...change });
/** @returns {any} */
const paid = (change = {}) => ({ origin: ORIGIN, asset: ASSET, amount: "100", content: "other", status: "settled", time: NOW - 1000, token: null, ...change });
/** @param {number} seconds */
const token = (seconds) => `e30.${Buffer.from(JSON.stringify({ exp: seconds })).toString("base64url")}.x`;

test("a site nobody decided about is asked about, and its payment server is news", () => {
  assert.deepEqual(decide(ASK, newSite(), [], NOW), { verdict: "ask", reasons: ["first_server"] });
});

test("never is never, whatever else is allowed", () => {
  assert.deepEqual(decide(ASK, always("250", { consent: "never" }), [], NOW), { verdict: "refuse" });
});

test("always pays up to the last unit of the limit and not one more", () => {
  assert.deepEqual(decide(ASK, always("100"), [], NOW), { verdict: "pay" });
  assert.deepEqual(decide(ASK, always("99"), [], NOW), { verdict: "ask", reasons: ["limit_reached"] });
  assert.deepEqual(decide(ASK, always("299"), [paid(), paid()], NOW), { verdict: "ask", reasons: ["limit_reached"] });
  assert.deepEqual(decide(ASK, always("300"), [paid(), paid()], NOW), { verdict: "pay" });
});

test("what was allowed for one payment is asked about above it, whatever is left of the day", () => {
  assert.deepEqual(decide(ASK, always("300", { most: { [ASSET]: "100" } }), [], NOW), { verdict: "pay" });
  assert.deepEqual(decide(ASK, always("300", { most: { [ASSET]: "99" } }), [], NOW), { verdict: "ask", reasons: ["over_most"] });
  assert.deepEqual(decide(ASK, always("300", { most: undefined }), [], NOW), { verdict: "pay" }, "sites remembered before there was one");
});

test("what may have moved money counts as spent, what is proven not to does not", () => {
  for (const status of ["signed", "submitted", "settled", "unknown", "handed"]) assert.equal(spent(ORIGIN, ASSET, [paid({ status })], NOW), 100n, status);
  for (const status of ["refused", "failed", "expired"]) assert.equal(spent(ORIGIN, ASSET, [paid({ status })], NOW), 0n, status);
});

test("a limit is of one site and one asset, and slides: the last 24 hours at any hour", () => {
  assert.equal(spent(ORIGIN, ASSET, [paid({ origin: "https://other.example" }), paid({ asset: "hedera:testnet/0.0.5001" })], NOW), 0n);
  assert.equal(spent(ORIGIN, ASSET, [paid({ time: NOW - DAY_MS + 1 }), paid({ time: NOW - DAY_MS })], NOW), 100n);
});

test("a coin without a limit is asked about although the site may pay in another", () => {
  assert.deepEqual(decide({ ...ASK, asset: "hedera:testnet/0.0.5001" }, always(), [], NOW), { verdict: "ask", reasons: ["no_limit"] });
});

test("another payment server is asked about, whatever is allowed", () => {
  assert.deepEqual(decide({ ...ASK, server: "https://evil.example" }, always(), [], NOW), { verdict: "ask", reasons: ["server_changed"] });
});

test("the same content is not paid again: not while it is under way, not after, not when nobody knows", () => {
  for (const status of ["signed", "submitted", "unknown", "settled"]) {
    const before = paid({ status, content: "post-1" });
    assert.deepEqual(decide(ASK, always(), [before], NOW), { verdict: "paid", payment: before }, status);
  }
  assert.deepEqual(decide(ASK, always(), [paid({ status: "failed", content: "post-1" })], NOW), { verdict: "pay" });
});

test("a token that still opens is told again; one that has run out is asked about with the reason", () => {
  const good = paid({ content: "post-1", token: token(NOW / 1000 + 60) });
  assert.deepEqual(decide(ASK, always(), [good], NOW), { verdict: "paid", payment: good });
  const over = paid({ content: "post-1", token: token(NOW / 1000 - 60) });
  assert.deepEqual(decide(ASK, always(), [over], NOW), { verdict: "ask", reasons: ["paid_before"] });
});

test("content is one site's, one server's and one payee's; without a name each invoice is its own", () => {
  const of = { origin: ORIGIN, server: SERVER, contentId: "1", invoice: "inv_1", payTo: [{ account: "0.0.7" }] };
  const key = contentKey(of);
  assert.equal(contentKey({ ...of, invoice: "inv_2" }), key);
  for (const other of [{ origin: "https://other.example" }, { server: "https://evil.example" }, { contentId: "2" }, { payTo: [{ account: "0.0.8" }] }]) {
    assert.notEqual(contentKey({ ...of, ...other }), key);
  }
  assert.notEqual(contentKey({ ...of, contentId: null }), contentKey({ ...of, contentId: null, invoice: "inv_2" }));
  assert.equal(contentKey({ ...of, contentId: null, invoice: null }), null);
});
