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
export function verifyToken(jws: string, jwks: {
    keys: JsonWebKey[];
}, { issuer, audience, scope, now, revoked }: {
    issuer: string;
    audience: string;
    scope: string;
    now?: Date | number;
    revoked?: Iterable<string>;
}): Promise<Verdict>;
/**
 * The payments on `/.well-known/revoked.jwt` of a relay: tokens made for them open nothing any more. Throws for what is
 * no such list, or an old one: without a fresh list nobody can tell.
 * @param {string} jws
 * @param {{keys: JsonWebKey[]}} jwks
 * @param {{issuer: string, now?: Date | number}} expected
 * @returns {Promise<Set<string>>}
 */
export function readRevoked(jws: string, jwks: {
    keys: JsonWebKey[];
}, { issuer, now }: {
    issuer: string;
    now?: Date | number;
}): Promise<Set<string>>;
export type Claims = {
    iss: string;
    aud: string;
    sub: string;
    scope: string[];
    inv: string;
    pay: string;
    iat: number;
    exp: number;
};
export type TokenFault = "malformed" | "unknown_key" | "bad_signature" | "wrong_issuer" | "wrong_audience" | "wrong_scope" | "expired" | "revoked";
export type Verdict = {
    ok: true;
    claims: Claims;
} | {
    ok: false;
    code: TokenFault;
};
