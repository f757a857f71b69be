// Tokens are judged as every verifier of this project judges them: the shared vectors, and what only WebCrypto meets.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { readRevoked, verifyToken } from "../../plugins/js/token.js";

const { jwks, cases } = JSON.parse(readFileSync(new URL("../vectors/tokens.json", import.meta.url), "utf8"));

for (const { name, token, expect, issuer, audience, scope, now } of cases) {
  test(name, async () => {
    const verdict = await verifyToken(token, jwks, { issuer, audience, scope, now: new Date(now) });
    if (expect.ok) assert.deepEqual(verdict, { ok: true, claims: expect.claims });
    else assert.equal(verdict.ok, false);
  });
}

const [good] = cases;
const judge = (change, token = good.token) => verifyToken(token, jwks, { ...good, now: new Date(good.now), ...change });

for (const [code, change, token] of [
  ["malformed", {}, "x"],
  ["unknown_key", {}, cases.find(({ name }) => name === "alg none, a true signature").token],
  ["bad_signature", {}, good.token.slice(0, -3) + (good.token.endsWith("AAA") ? "BBA" : "AAA")],
  ["wrong_issuer", { issuer: "https://other.example" }],
  ["wrong_audience", { audience: "https://other.example" }],
  ["wrong_scope", { scope: "content:other" }],
  ["expired", { now: 99_999_999_999 }],
  ["expired", { now: new Date("not a time") }], // a clock that cannot tell opens nothing
]) {
  test(`refused as ${code}`, async () => {
    const { ok, code: told } = await judge(change, token);
    assert.deepEqual([ok, told], [false, code]);
  });
}

test("refused as revoked, when the chain took the payment back", async () => {
  const { pay } = good.expect.claims;
  assert.equal((await judge({ revoked: new Set(["pay_other"]) })).ok, true);
  assert.equal((await judge({ revoked: new Set([pay]) })).code, "revoked");
});

test("the list of revoked payments is read, and an old one is not", async () => {
  const { publicKey, privateKey } = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const keys = [{ ...(await crypto.subtle.exportKey("jwk", publicKey)), kid: "k" }];
  const part = (value) => Buffer.from(value).toString("base64url");
  const claims = { iss: good.issuer, exp: 2_000_000_000, revoked: ["pay_1", "pay_2"] };
  const said = [{ alg: "EdDSA", kid: "k" }, claims].map((one) => part(JSON.stringify(one))).join(".");
  const signature = await crypto.subtle.sign("Ed25519", privateKey, new TextEncoder().encode(said));
  const list = `${said}.${part(new Uint8Array(signature))}`;
  const read = (change) => readRevoked(list, { keys }, { issuer: good.issuer, now: 1_999_999_999, ...change });
  assert.deepEqual(await read({}), new Set(["pay_1", "pay_2"]));
  await assert.rejects(read({ now: 2_000_000_000 }), /no fresh list/);
  await assert.rejects(read({ issuer: "https://other.example" }), /no fresh list/);
});

test("an access token is no list of revoked payments", async () => {
  await assert.rejects(readRevoked(good.token, jwks, { ...good, now: new Date(good.now) }), /no fresh list/);
});

for (const missing of ["issuer", "audience", "scope"]) {
  test(`a site that forgets to say its ${missing} gets an error, not a verdict`, async () => {
    await assert.rejects(judge({ [missing]: undefined }), TypeError);
  });
}
