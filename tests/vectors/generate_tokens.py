"""Write tokens.json: access tokens that open content and many that must not, for Python, JavaScript and PHP to replay.

.venv/bin/python -m tests.vectors.generate_tokens           rewrites the file
.venv/bin/python -m tests.vectors.generate_tokens --check   exit 1 when the committed file is stale

    {"jwks": …, "cases": [{"name", "token", "issuer", "audience", "scope", "now", "expect"}]}

Tokens are put together here from RFC 7515 and RFC 8037 alone, without relay.access, so that the two check each other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

VECTORS = Path(__file__).parent / "tokens.json"

ISSUER, AUDIENCE, SCOPE = "https://pay.example.com", "https://blog.example.com", "content:post-42"
NOW, ISSUED, EXPIRES = "2026-11-20T12:00:00Z", 1795176000, 1795262400  # issued now, for a day
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493  # of Ed25519 (RFC 8032, 5.1)
MAX_TOKEN_BYTES = 8192

SEED = hashlib.sha256(b"relay token vectors").digest()
CURRENT = SigningKey(SEED)
PREVIOUS = SigningKey(hashlib.sha256(b"relay token vectors, the key before").digest())
STRANGER = SigningKey(hashlib.sha256(b"relay token vectors, a stranger").digest())


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def jwk(key: SigningKey) -> dict[str, str]:
    public = {"crv": "Ed25519", "kty": "OKP", "x": b64(key.verify_key.encode())}
    return {**public, "kid": kid(key), "alg": "EdDSA", "use": "sig"}


def kid(key: SigningKey) -> str:
    """RFC 7638: the hash of the required members in alphabetical order."""
    required = {"crv": "Ed25519", "kty": "OKP", "x": b64(key.verify_key.encode())}
    return b64(hashlib.sha256(compact(required)).digest())


RSA = {"kty": "RSA", "kid": "an-rsa-key", "alg": "RS256", "use": "sig", "e": "AQAB", "n": b64(b"\xc5" * 256)}
P256 = {"kty": "EC", "crv": "P-256", "kid": "a-p256-key", "alg": "ES256", "use": "sig"}
P256 |= {  # the generator point: any valid key will do
    "x": b64(bytes.fromhex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")),
    "y": b64(bytes.fromhex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")),
}
JWKS = {"keys": [RSA, jwk(PREVIOUS), P256, jwk(CURRENT)]}  # another algorithm must not confuse a verifier

HEAD: dict[str, Any] = {"alg": "EdDSA", "kid": kid(CURRENT), "typ": "JWT"}
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "AAECAwQFBgcICQoLDA0ODw",
    "scope": [SCOPE],
    "inv": "inv_01KAGX5M00000000000000000A",
    "pay": "pay_01KAGX5M00000000000000000B",
    "iat": ISSUED,
    "exp": EXPIRES,
}


def without(source: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in source.items() if name not in names}


def signed(head: str, body: str, key: SigningKey = CURRENT) -> str:
    """The two parts as they are, and a true signature over them."""
    return f"{head}.{body}.{b64(key.sign(f'{head}.{body}'.encode()).signature)}"


def token(claims: object = CLAIMS, head: object = HEAD, key: SigningKey = CURRENT) -> str:
    return signed(b64(compact(head)), b64(compact(claims)), key)


GOOD = token()
GOOD_HEAD, GOOD_BODY, GOOD_SIGNATURE = GOOD.split(".")
RAW_SIGNATURE = base64.urlsafe_b64decode(GOOD_SIGNATURE + "==")


def with_signature(raw: bytes) -> str:
    return f"{GOOD_HEAD}.{GOOD_BODY}.{b64(raw)}"


def hs256(secret: bytes) -> str:
    signing_input = f"{b64(compact(HEAD | {'alg': 'HS256'}))}.{GOOD_BODY}"
    return f"{signing_input}.{b64(hmac.digest(secret, signing_input.encode(), 'sha256'))}"


def flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def trailing_bits(part: str) -> str:
    """Another spelling of the same bytes: the unused low bits of the last character set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(part) % 4 in (2, 3), "this part has no unused bits"
    return part[:-1] + alphabet[alphabet.index(part[-1]) | 1]


def unused_bits(source: dict[str, Any], name: str) -> str:
    """A part that ends in unused bits: the value of `name` grown until it does."""
    while len(b64(compact(source))) % 4 not in (2, 3):
        source = source | {name: f"{source[name]}x"}
    return b64(compact(source))


def with_standard_alphabet() -> str:
    """A token whose signature has a - or _ in it, written with + and / instead."""
    for number in range(1000):
        head, body, signature = token(CLAIMS | {"pay": f"pay_{number}"}).split(".")
        if "-" in signature and "_" in signature:
            return f"{head}.{body}.{signature.replace('-', '+').replace('_', '/')}"
    raise AssertionError("not in a thousand")


def sized(length: int) -> str:
    """A good token of exactly that many characters, or one more where base64 cannot."""
    filler = 0
    while len(token(CLAIMS | {"filler": "x" * filler})) < length:
        filler += 1 if len(token(CLAIMS | {"filler": "x" * (filler + 40)})) >= length else 40
    return token(CLAIMS | {"filler": "x" * filler})


def malleable() -> bytes:
    """The signature with S + L for S: the same equation holds, RFC 8032 5.1.7 says refuse."""
    s = int.from_bytes(RAW_SIGNATURE[32:], "little") + GROUP_ORDER
    return RAW_SIGNATURE[:32] + s.to_bytes(32, "little")


def case(name: str, jws: str, claims: dict[str, Any] | None = None, **asked: str) -> dict[str, Any]:
    return {
        "name": name,
        "token": jws,
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "scope": SCOPE,
        "now": NOW,
        **asked,
        "expect": {"ok": False} if claims is None else {"ok": True, "claims": claims},
    }


def opens(name: str, claims: dict[str, Any], **asked: str) -> dict[str, Any]:
    return case(name, token(claims), claims, **asked)


def good() -> list[dict[str, Any]]:
    several = CLAIMS | {"scope": ["content:post-41", SCOPE, "content:post-43"]}
    beyond_ascii = CLAIMS | {"scope": ["content:käse-🧀"]}
    raw_utf8 = b64(json.dumps(beyond_ascii, ensure_ascii=False).encode())
    largest = CLAIMS | {"exp": 2**53 - 1}
    at_limit = sized(MAX_TOKEN_BYTES)
    assert len(at_limit) == MAX_TOKEN_BYTES
    extra = CLAIMS | {"nbf": ISSUED, "custom": {"a": [1, None, True]}}
    return [
        opens("good", CLAIMS),
        opens("a millisecond before it expires", CLAIMS, now="2026-11-21T11:59:59.999Z"),
        opens("now in another time zone", CLAIMS, now="2026-11-21T13:59:59+02:00"),
        case(
            "signed with the key before, still in the set",
            token(head=HEAD | {"kid": kid(PREVIOUS)}, key=PREVIOUS),
            CLAIMS,
        ),
        opens("several scopes, this among them", several),
        opens("a scope beyond ASCII, escaped", beyond_ascii, scope="content:käse-🧀"),
        case("a scope beyond ASCII, as UTF-8", signed(GOOD_HEAD, raw_utf8), beyond_ascii, scope="content:käse-🧀"),
        case("no typ", token(head=without(HEAD, "typ")), CLAIMS),
        case("an unknown member of the head", token(head=HEAD | {"x-note": "hi"}), CLAIMS),
        case("white space in the JSON", signed(b64(json.dumps(HEAD, indent=1).encode()), GOOD_BODY), CLAIMS),
        opens("claims nobody asked for", extra),
        opens("it expires in the year 285 million", largest),
        case(
            "as long as a token may be", at_limit, json.loads(base64.urlsafe_b64decode(at_limit.split(".")[1] + "=="))
        ),
    ]


def bad_algorithm() -> list[dict[str, Any]]:
    embedded = {name: value for name, value in jwk(STRANGER).items() if name != "kid"}
    return [
        case("alg none, no signature", f"{b64(compact(HEAD | {'alg': 'none'}))}.{GOOD_BODY}."),
        case("alg none, a true signature", token(head=HEAD | {"alg": "none"})),
        case("alg None", f"{b64(compact(HEAD | {'alg': 'None'}))}.{GOOD_BODY}."),
        case("HS256 keyed with the public key", hs256(CURRENT.verify_key.encode())),
        case("HS256 keyed with the public key's base64url", hs256(jwk(CURRENT)["x"].encode())),
        case("HS256 keyed with the public key's JWK", hs256(compact(jwk(CURRENT)))),
        case("alg ES256 over a true signature", token(head=HEAD | {"alg": "ES256"})),
        case("alg in lower case", token(head=HEAD | {"alg": "eddsa"})),
        case("alg a list", token(head=HEAD | {"alg": ["EdDSA"]})),
        case("no alg", token(head=without(HEAD, "alg"))),
        case("no kid", token(head=without(HEAD, "kid"))),
        case("kid null", token(head=HEAD | {"kid": None})),
        case("kid a list", token(head=HEAD | {"kid": [kid(CURRENT)]})),
        case("kid of a stranger, signed by him", token(head=HEAD | {"kid": kid(STRANGER)}, key=STRANGER)),
        case("kid of ours, signed by a stranger", token(key=STRANGER)),
        case("kid of the key before, signed by the current", token(head=HEAD | {"kid": kid(PREVIOUS)})),
        case("kid of a P-256 key in the set", token(head=HEAD | {"kid": P256["kid"]})),
        case("kid of an RSA key in the set", token(head=HEAD | {"kid": RSA["kid"]})),
        case("brings its own key", token(head=without(HEAD, "kid") | {"jwk": embedded}, key=STRANGER)),
        case("brings its own key beside our kid", token(head=HEAD | {"jwk": embedded}, key=STRANGER)),
        case("crit, which nobody understands", token(head=HEAD | {"crit": ["b64"], "b64": True})),
        case("crit, empty", token(head=HEAD | {"crit": []})),
    ]


def bad_claims() -> list[dict[str, Any]]:
    requirements = {"iss": ISSUER, "inv": CLAIMS["inv"], "iat": ISSUED, "exp": EXPIRES, "requirements": []}
    changed = {
        "expired": {"exp": ISSUED - 1},
        "exp with a fraction": {"exp": EXPIRES + 0.5},
        "exp true": {"exp": True},
        "exp as text": {"exp": str(EXPIRES)},
        "exp null": {"exp": None},
        "exp negative": {"exp": -1},
        "another site's": {"aud": "https://other.example.com"},
        "aud with a slash": {"aud": AUDIENCE + "/"},
        "aud in upper case": {"aud": AUDIENCE.upper()},
        "aud a list with ours in it": {"aud": [AUDIENCE]},
        "aud null": {"aud": None},
        "another issuer's": {"iss": "https://evil.example.com"},
        "iss with a slash": {"iss": ISSUER + "/"},
        "iss a list": {"iss": [ISSUER]},
        "another article's": {"scope": ["content:post-43"]},
        "scope the start of ours": {"scope": ["content:post-4"]},
        "scope longer than ours": {"scope": ["content:post-421"]},
        "scope as text": {"scope": SCOPE},
        "scopes as text with spaces": {"scope": f"content:post-41 {SCOPE}"},
        "scope an object": {"scope": {SCOPE: True}},
        "scope in a list in a list": {"scope": [[SCOPE]]},
        "scope empty": {"scope": []},
        "scope of true": {"scope": [True]},
        "scope null": {"scope": None},
    }
    return [
        case("at the instant it expires", GOOD, now="2026-11-21T12:00:00Z"),
        case("a year later", GOOD, now="2027-11-20T12:00:00Z"),
        *(case(name, token(CLAIMS | change)) for name, change in changed.items()),
        *(case(f"no {name}", token(without(CLAIMS, name))) for name in ("exp", "aud", "iss", "scope")),
        case("asked for by another site", GOOD, audience="https://other.example.com"),
        case("asked of another issuer", GOOD, issuer="https://other.example.com"),
        case("asked for other content", GOOD, scope="content:post-4"),
        case("asked for a scope by prototype", GOOD, scope="length"),
        case("an invoice's signed requirements", token(requirements, HEAD | {"typ": "requirements+jwt"})),
        case("claims a list", token([CLAIMS])),
        case("claims a text", token("claims")),
        case("claims null", token(None)),
        case("claims not JSON", signed(GOOD_HEAD, b64(b"iss=https://pay.example.com"))),
        case("claims not UTF-8", signed(GOOD_HEAD, b64(compact(CLAIMS).replace(b"post-42", b"post-42\xff")))),
        case("claims in UTF-16", signed(GOOD_HEAD, b64(json.dumps(CLAIMS).encode("utf-16")))),
    ]


def bad_bytes() -> list[dict[str, Any]]:
    other = token(CLAIMS | {"sub": "somebody-else"}).split(".")
    tampered_body = b64(compact(CLAIMS | {"exp": EXPIRES + 1}))
    tampered_head = b64(compact(HEAD | {"typ": "jwt"}))
    head_to_bend, body_to_bend = unused_bits(HEAD, "typ"), unused_bits(CLAIMS, "sub")
    too_long = sized(MAX_TOKEN_BYTES + 1)
    return [
        case("body changed", f"{GOOD_HEAD}.{tampered_body}.{GOOD_SIGNATURE}"),
        case("head changed", f"{tampered_head}.{GOOD_BODY}.{GOOD_SIGNATURE}"),
        case("body of another token", f"{GOOD_HEAD}.{other[1]}.{GOOD_SIGNATURE}"),
        case("signature of another token", f"{GOOD_HEAD}.{GOOD_BODY}.{other[2]}"),
        case("a bit of R changed", with_signature(flipped(RAW_SIGNATURE, 0))),
        case("a bit of S changed", with_signature(flipped(RAW_SIGNATURE, 32))),
        case("S + L, the same signature in another form", with_signature(malleable())),
        case("signature a byte short", with_signature(RAW_SIGNATURE[:-1])),
        case("signature a byte long", with_signature(RAW_SIGNATURE + b"\0")),
        case("signature of zeros", with_signature(bytes(64))),
        case("signature empty", f"{GOOD_HEAD}.{GOOD_BODY}."),
        case("signature with trailing bits", f"{GOOD_HEAD}.{GOOD_BODY}.{trailing_bits(GOOD_SIGNATURE)}"),
        case("head with trailing bits, signed", signed(trailing_bits(head_to_bend), GOOD_BODY)),
        case("body with trailing bits, signed", signed(GOOD_HEAD, trailing_bits(body_to_bend))),
        case("signature padded", f"{GOOD}=="),
        case("body padded, signed", signed(GOOD_HEAD, body_to_bend + "=" * (-len(body_to_bend) % 4))),
        case("signature in the standard alphabet", with_standard_alphabet()),
        case("a dot at the end", f"{GOOD}."),
        case("a dot in front", f".{GOOD}"),
        case("four parts", f"{GOOD}.{GOOD_SIGNATURE}"),
        case("two parts", f"{GOOD_HEAD}.{GOOD_BODY}"),
        case("two dots", ".."),
        case("empty", ""),
        case("one part", "abc"),
        case("a space in front", f" {GOOD}"),
        case("a line end behind", f"{GOOD}\n"),
        case("a line break inside", f"{GOOD_HEAD}.{GOOD_BODY[:20]}\n{GOOD_BODY[20:]}.{GOOD_SIGNATURE}"),
        case("a zero byte behind", f"{GOOD}\0"),
        case("beyond ASCII", f"{GOOD_HEAD}.{GOOD_BODY}.{GOOD_SIGNATURE[:-1]}é"),
        case("the scheme in front", f"Bearer {GOOD}"),
        case(
            "JWS in JSON",
            compact({"protected": GOOD_HEAD, "payload": GOOD_BODY, "signature": GOOD_SIGNATURE}).decode(),
        ),
        case("longer than a token may be", too_long),
        case("four times as long", token(CLAIMS | {"filler": "x" * 3 * MAX_TOKEN_BYTES})),
        case("head nested six thousand deep", f"{b64(b'[' * 6000)}.{GOOD_BODY}.{GOOD_SIGNATURE}"),
        case("body nested five thousand deep, signed", signed(GOOD_HEAD, b64(b"[" * 5000))),
        case("head a list", token(head=["EdDSA", kid(CURRENT)])),
        case("head null", token(head=None)),
        case("head a number", token(head=1)),
        case("head not JSON", signed(b64(b"EdDSA"), GOOD_BODY)),
        case("head empty", signed("", GOOD_BODY)),
        case("body empty, signed", signed(GOOD_HEAD, "")),
    ]


def vectors() -> dict[str, Any]:
    cases = [*good(), *bad_algorithm(), *bad_claims(), *bad_bytes()]
    assert len({each["name"] for each in cases}) == len(cases)
    return {"jwks": JWKS, "cases": cases}


def text() -> str:
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    if "--check" in sys.argv:
        return 0 if VECTORS.read_text() == text() else 1
    VECTORS.write_text(text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
