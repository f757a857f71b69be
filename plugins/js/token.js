// Access tokens: verified offline, the way relay/access.py and the PHP plugin do (tests/vectors/tokens.json).

const MAX_TOKEN_LENGTH = 8192; // servers commonly cap one header at 8 KiB
const MAX_LIST_LENGTH = 1 << 20; // of revoked payments: some 25,000

/**
 * @typedef {{iss: string, aud: string, sub: string, scope: string[], inv: string, pay: string, iat: number, exp: number}} Claims
 * @typedef {"malformed" | "unknown_key" | "bad_signature" | "wrong_issuer" | "wrong_audience" | "wrong_scope" | "expired" | "revoked"} TokenFault
 * @typedef {{ok: true, claims: Claims} | {ok: false, code: TokenFault}} Verdict
 */

/**
 * Whether a token opens `scope` at `audience` now. Only EdDSA and only keys of `jwks`, whatever the header says; no
 * leeway, because the issuer dates tokens in its past.
 * @param {string} jws
 * @param {{keys: JsonWebKey[]}} jwks `/.well-known/jwks.json` of the relay
 * @param {{issuer: string, audience: string, scope: string, now?: Date | number, revoked?: Iterable<string>}} expected
 *   `now` as Date or Unix seconds; `revoked` are payments the chain took back, as `readRevoked` tells them
 * @returns {Promise<Verdict>}
 */
export async function verifyToken(jws, jwks, { issuer, audience, scope, now = new Date(), revoked = [] }) {
  // An undefined expectation would equal an absent claim.
  if (![issuer, audience, scope].every((one) => typeof one === "string" && one)) {
    throw new TypeError("verifyToken needs the issuer, audience and scope to expect");
  }
  const verdict = await opened(jws, jwks, MAX_TOKEN_LENGTH);
  if (!verdict.ok) return verdict;
  const { claims } = verdict;
  if (claims.iss !== issuer) return { ok: false, code: "wrong_issuer" };
  if (claims.aud !== audience) return { ok: false, code: "wrong_audience" };
  if (!Array.isArray(claims.scope) || !claims.scope.includes(scope)) return { ok: false, code: "wrong_scope" };
  if (expired(claims, now)) return { ok: false, code: "expired" };
  if (new Set(revoked).has(claims.pay)) return { ok: false, code: "revoked" };
  return { ok: true, claims: /** @type {Claims} */ (claims) };
}

/**
 * The payments on `/.well-known/revoked.jwt` of a relay: tokens made for them open nothing any more. Throws for what is
 * no such list, or an old one: without a fresh list nobody can tell.
 * @param {string} jws
 * @param {{keys: JsonWebKey[]}} jwks
 * @param {{issuer: string, now?: Date | number}} expected
 * @returns {Promise<Set<string>>}
 */
export async function readRevoked(jws, jwks, { issuer, now = new Date() }) {
  const verdict = await opened(jws, jwks, MAX_LIST_LENGTH);
  const list = verdict.ok ? verdict.claims.revoked : null;
  const good = Array.isArray(list) && list.every((payment) => typeof payment === "string");
  if (!verdict.ok || !good || !issuer || verdict.claims.iss !== issuer || expired(verdict.claims, now)) {
    throw new Error("this is no fresh list of revoked payments of that relay");
  }
  return new Set(list);
}

/** @param {Record<string, any>} claims @param {Date | number} now */
function expired(claims, now) {
  const seconds = now instanceof Date ? now.getTime() / 1000 : now;
  return !Number.isInteger(claims.exp) || !(seconds < claims.exp);
}

/**
 * The claims under a signature of one of these keys.
 * @param {string} jws
 * @param {{keys: JsonWebKey[]}} jwks
 * @param {number} longest
 * @returns {Promise<{ok: true, claims: Record<string, any>} | {ok: false, code: TokenFault}>}
 */
async function opened(jws, jwks, longest) {
  const parts = typeof jws === "string" && jws.length <= longest ? jws.split(".") : [];
  if (parts.length !== 3) return { ok: false, code: "malformed" };
  const [header, body, signature] = parts.map(fromBase64url);
  const head = asObject(header);
  if (!head || !body || !signature || typeof head.kid !== "string" || "crit" in head) {
    return { ok: false, code: "malformed" };
  }
  const jwk = jwks.keys.find((key) => /** @type {any} */ (key).kid === head.kid && key.crv === "Ed25519");
  if (head.alg !== "EdDSA" || !jwk) return { ok: false, code: "unknown_key" };
  const { kty, crv, x } = jwk;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x }, "Ed25519", false, ["verify"]);
  const signed = new TextEncoder().encode(`${parts[0]}.${parts[1]}`);
  if (!(await crypto.subtle.verify("Ed25519", key, /** @type {BufferSource} */ (signature), signed))) {
    return { ok: false, code: "bad_signature" };
  }
  const claims = asObject(body);
  return claims ? { ok: true, claims } : { ok: false, code: "malformed" };
}

/** Canonical base64url without padding, or null: one spelling per value. @param {string} text */
function fromBase64url(text) {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    if (btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") !== text) return null;
    return Uint8Array.from(binary, (c) => c.charCodeAt(0));
  } catch {
    return null;
  }
}

/** @param {Uint8Array | null | undefined} raw @returns {Record<string, any> | null} */
function asObject(raw) {
  if (!raw) return null;
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
