"""Access tokens and signed requirements: compact JWS with EdDSA (RFC 7515, RFC 8037), verifiable offline by JWKS.

One ed25519 seed per relay. From it come the token key and, by label, keyed hashes that keep secrets and pseudonyms out
of the database: an invoice's secret and a payer's name at one merchant are recomputed, not looked up.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError

from relay.errors import Misconfigured, Unauthorized
from relay.webhook import Keys

SEED_BYTES = 32
SIGNATURE_BYTES = 64
MAX_LIST_BYTES = 1 << 20  # of revoked payments: some 25,000
MAX_TOKEN_BYTES = 8192  # a token travels in one HTTP header, and servers commonly cap those at 8 KiB


class Signer:
    """Holds the relay's signing seed. Its `repr` shows the key id only."""

    def __init__(self, seed: bytes, issuer: str) -> None:
        if len(seed) != SEED_BYTES:
            raise Misconfigured("signing_key must be 32 bytes as 64 hex digits; `relay key signing` prints a new one")
        self.issuer = issuer
        self._public, self._secret = crypto_sign_seed_keypair(seed)
        self._secrets_key = hmac.digest(seed, b"relay invoice secrets", "sha256")
        self._pages_key = hmac.digest(seed, b"relay invoice pages", "sha256")
        self._pseudonyms_key = hmac.digest(seed, b"relay payer pseudonyms", "sha256")
        self._webhooks_key = hmac.digest(seed, b"relay invoice webhooks", "sha256")
        self.challenge_key = hmac.digest(seed, b"relay challenges", "sha256")
        self._jwk = {"crv": "Ed25519", "kty": "OKP", "x": _b64(self._public)}
        thumbprint = hashlib.sha256(json.dumps(self._jwk, separators=(",", ":"), sort_keys=True).encode()).digest()
        self.kid = _b64(thumbprint)  # RFC 7638

    def __repr__(self) -> str:
        return f"Signer(kid={self.kid})"

    @property
    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """What `/.well-known/jwks.json` serves."""
        return {"keys": [self._jwk | {"kid": self.kid, "alg": "EdDSA", "use": "sig"}]}

    def sign(self, claims: Mapping[str, object], typ: str = "JWT") -> str:
        """A compact JWS over `claims`; the same claims give the same token (Ed25519 is deterministic)."""
        head = json.dumps({"alg": "EdDSA", "kid": self.kid, "typ": typ}, separators=(",", ":")).encode()
        body = json.dumps(claims, separators=(",", ":")).encode()
        signing_input = f"{_b64(head)}.{_b64(body)}".encode()
        signature = crypto_sign(signing_input, self._secret)[:SIGNATURE_BYTES]
        return f"{signing_input.decode()}.{_b64(signature)}"

    def access_token(
        self,
        *,
        audience: str,
        merchant: str,
        payer: str,
        content: str,
        invoice: str,
        payment: str,
        now: datetime,
        lifetime: timedelta,
    ) -> str:
        """What a reader who paid shows the site. `sub` names the payer to this merchant only."""
        issued = int(now.timestamp())
        return self.sign(
            {
                "iss": self.issuer,
                "aud": audience,
                "sub": self.pseudonym(merchant, payer),
                "scope": [f"content:{content}"],
                "inv": invoice,
                "pay": payment,
                "iat": issued,
                "exp": issued + int(lifetime.total_seconds()),
            }
        )

    def pseudonym(self, merchant: str, payer: str) -> str:
        """The same payer at the same merchant, always; at two merchants, two names nobody else can join."""
        return _b64(hmac.digest(self._pseudonyms_key, f"{merchant}\n{payer}".encode(), "sha256")[:16])

    def invoice_secret(self, invoice: str) -> str:
        """What a page needs to hear of this invoice."""
        return "ivs_" + _b64(hmac.digest(self._secrets_key, invoice.encode(), "sha256")[:24])

    def webhook_keys(self, merchant: str) -> Keys:
        """What the messages to an invoice's own `webhookUrl` are signed with: the same for all of a merchant's."""
        secret = hmac.digest(self._webhooks_key, f"{merchant}\nsecret".encode(), "sha256")
        seed = hmac.digest(self._webhooks_key, f"{merchant}\ned25519".encode(), "sha256")
        return Keys("wk_invoices", secret, seed)

    def knows_invoice_secret(self, invoice: str, secret: str) -> bool:
        return hmac.compare_digest(self.invoice_secret(invoice).encode(), secret.encode())

    def page_key(self, invoice: str) -> str:
        """What the pay page needs to hear of this invoice; less than its secret: it never brings an access token."""
        return "ivp_" + _b64(hmac.digest(self._pages_key, invoice.encode(), "sha256")[:24])

    def knows_page_key(self, invoice: str, key: str) -> bool:
        return hmac.compare_digest(self.page_key(invoice).encode(), key.encode())


def verify(
    token: str,
    jwks: Mapping[str, Sequence[Mapping[str, str]]],
    *,
    issuer: str,
    audience: str,
    scope: str,
    now: datetime,
    revoked: Collection[str] = frozenset(),
) -> dict[str, object]:
    """The claims of a token that opens `scope` at `audience` now; offline. Raises `Unauthorized` naming what is wrong.

    Only EdDSA, only a `kid` of the key set, whatever the header says. No leeway: the issuer dates tokens in its past.
    `revoked` are payments the chain took back, as `read_revoked` tells them.
    """
    claims = _signed(token, jwks, MAX_TOKEN_BYTES)
    if claims.get("iss") != issuer:
        raise Unauthorized("the access token is from another issuer")
    if claims.get("aud") != audience:
        raise Unauthorized("the access token is for another site")
    scopes = claims.get("scope")
    if not isinstance(scopes, list) or scope not in scopes:
        raise Unauthorized("the access token is for other content")
    _not_expired(claims, now)
    payment = claims.get("pay")
    if isinstance(payment, str) and payment in revoked:
        raise Unauthorized("the payment of this access token was taken back by its chain")
    return claims


def read_signed(jws: str, jwks: Mapping[str, Sequence[Mapping[str, str]]], now: datetime) -> dict[str, object]:
    """The claims of anything this issuer signed that is not over; what they are for, the caller looks at."""
    claims = _signed(jws, jwks, MAX_TOKEN_BYTES)
    _not_expired(claims, now)
    return claims


def read_revoked(
    jws: str, jwks: Mapping[str, Sequence[Mapping[str, str]]], *, issuer: str, now: datetime
) -> frozenset[str]:
    """The payments on a relay's `/.well-known/revoked.jwt`, for `verify`; offline. Raises `Unauthorized`.

    A list that is past its `exp` is refused: fetch a fresh one. A token of another kind is no list.
    """
    claims = _signed(jws, jwks, MAX_LIST_BYTES)
    payments = claims.get("revoked")
    if claims.get("iss") != issuer:
        raise Unauthorized("the list of revoked payments is from another issuer")
    if not isinstance(payments, list) or not all(isinstance(payment, str) for payment in payments):
        raise Unauthorized("this is no list of revoked payments")
    _not_expired(claims, now)
    return frozenset(payments)


def _not_expired(claims: Mapping[str, object], now: datetime) -> None:
    expires = claims.get("exp")
    if not isinstance(expires, int) or isinstance(expires, bool) or now.timestamp() >= expires:
        raise Unauthorized("the access token has expired")


def _signed(token: str, jwks: Mapping[str, Sequence[Mapping[str, str]]], most: int) -> dict[str, object]:
    """The claims under a signature of one of these keys."""
    try:
        if len(token) > most:
            raise ValueError
        head_text, body_text, signature_text = token.split(".")
        head = _object(head_text)
        signature = _unb64(signature_text)
        kid, alg = head["kid"], head["alg"]
        if "crit" in head or len(signature) != SIGNATURE_BYTES:  # RFC 7515 4.1.11: not understood, not accepted
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unauthorized("the access token is malformed") from None
    key = next((key for key in jwks["keys"] if key.get("kid") == kid and key.get("crv") == "Ed25519"), None)
    if alg != "EdDSA" or key is None:
        raise Unauthorized("the access token is not signed by a key of this issuer")
    try:
        crypto_sign_open(signature + f"{head_text}.{body_text}".encode(), _unb64(key["x"]))
        claims = _object(body_text)
    except (BadSignatureError, ValueError):
        raise Unauthorized("the access token's signature does not fit its content") from None
    return claims


def _object(text: str) -> dict[str, object]:
    """The JSON object in one part of a token; `ValueError` for anything else, however deep it nests."""
    try:
        value = json.loads(_unb64(text).decode())  # decoded first: json.loads of bytes would guess UTF-16 too
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _b64(raw) != text:  # one spelling per value, so that a token cannot be altered and still verify
        raise ValueError("not canonical base64url")
    return raw
