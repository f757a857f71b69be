"""What a wallet signs to prove that it holds an account: EIP-4361 on EVM chains, the same text elsewhere (CAIP-122).

Nothing is stored for a challenge that was only asked for. Its nonce is random bytes and a keyed hash of the whole text,
so a text that comes back is known to be ours, word for word; what must be remembered is which nonces were used.

    pay.example.com wants you to sign in with your Hedera account:
    0.0.2001

    Sign in to the relay as the merchant this account pays.

    URI: https://pay.example.com/v1/auth/verify
    Version: 1
    Chain ID: hedera:testnet
    Nonce: 5f0c…
    Issued At: 2026-11-20T12:00:00Z
    Expiration Time: 2026-11-20T12:05:00Z
    Resources:
    - urn:relay:scope:invoices:read
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from relay.errors import Unauthorized
from relay.money import Account, ChainId

LIFETIME = timedelta(minutes=5)
MAX_TEXT = 4096  # characters of a challenge that comes back
_URN = "urn:relay:"
_NAMES = {"eip155": "Ethereum", "hedera": "Hedera"}
_NONCE = re.compile(r"^Nonce: ([0-9a-f]{48})$", re.MULTILINE)
_SALT = 16  # hex digits of a nonce that are random; 32 more are the keyed hash
_SHAPE = re.compile(
    r"(?P<domain>\S+) wants you to sign in with your \w+ account:\n(?P<account>\S+)\n\n(?P<words>[^\n]+)\n\n"
    r"URI: (?P<uri>\S+)\nVersion: 1\nChain ID: (?P<chain>\S+)\nNonce: (?P<nonce>[0-9a-f]{48})\n"
    r"Issued At: (?P<issued>\S+)\nExpiration Time: (?P<expires>\S+)(?P<resources>(?:\nResources:(?:\n- \S+)+)?)"
)


class Purpose(StrEnum):
    """What a signature is for; its value is the route that takes it, so it serves no other."""

    SIGN_IN = "/v1/auth/verify"
    RESTORE = "/v1/access/restore"


_WORDS = {
    Purpose.SIGN_IN: "Sign in to the relay as the merchant this account pays.",
    Purpose.RESTORE: "Open again what this account has paid for. This moves no money.",
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a signed text says. `resources` are `scope:…`, `invoice:…`, `content:merchant/…`."""

    purpose: Purpose
    chain: ChainId
    account: Account
    resources: tuple[str, ...]
    expires: datetime
    nonce: str


class Challenges:
    """Writes challenges and reads them back. `key` is the relay's own, `url` what the world calls it."""

    def __init__(self, key: bytes, url: str) -> None:
        self._key = key
        self._url = url
        self._domain = urlsplit(url).netloc

    def text(
        self, purpose: Purpose, chain: ChainId, account: Account, resources: Sequence[str], now: datetime
    ) -> tuple[str, datetime]:
        """A fresh challenge, and when it ends."""
        expires = now + LIFETIME
        salt = secrets.token_hex(_SALT // 2)
        number = chain.reference if chain.namespace == "eip155" else str(chain)
        lines = [
            f"{self._domain} wants you to sign in with your {_NAMES.get(chain.namespace, chain.namespace)} account:",
            account,
            "",
            _WORDS[purpose],
            "",
            f"URI: {self._url}{purpose}",
            "Version: 1",
            f"Chain ID: {number}",
            f"Nonce: {salt}",
            f"Issued At: {_stamp(now)}",
            f"Expiration Time: {_stamp(expires)}",
        ]
        if resources:
            lines += ["Resources:", *(f"- {_URN}{resource}" for resource in resources)]
        text = "\n".join(lines)
        return text.replace(f"Nonce: {salt}", f"Nonce: {salt}{self._seal(text)}", 1), expires

    def read(self, text: str, purpose: Purpose, now: datetime) -> Challenge:
        """What a challenge of ours says; raises `Unauthorized` for any other text, and past its end."""
        found = _SHAPE.fullmatch(text) if len(text) <= MAX_TEXT else None
        if found is None:
            raise Unauthorized("the message is no challenge of this relay; ask for a new one and sign it unchanged")
        if found["domain"] != self._domain:
            raise Unauthorized(f"the message is for {found['domain'][:100]}, not for {self._domain}")
        salt, seal = found["nonce"][:_SALT], found["nonce"][_SALT:]
        original = _NONCE.sub(f"Nonce: {salt}", text, count=1)
        if not hmac.compare_digest(seal, self._seal(original)):
            raise Unauthorized("the message is no challenge of this relay; ask for a new one and sign it unchanged")
        if found["uri"] != f"{self._url}{purpose}":
            raise Unauthorized("the message was signed for another purpose")
        expires = datetime.fromisoformat(found["expires"])
        if now >= expires:
            raise Unauthorized("the challenge has expired; ask for a new one")
        chain = found["chain"] if ":" in found["chain"] else f"eip155:{found['chain']}"
        resources = tuple(line.removeprefix(f"- {_URN}") for line in found["resources"].splitlines()[2:])
        return Challenge(purpose, ChainId.parse(chain), Account(found["account"]), resources, expires, found["nonce"])

    def _seal(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()[: 48 - _SALT]


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
