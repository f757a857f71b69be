"""Secrets at rest: AES-256-GCM envelopes under the operator's master key, each bound to the row it stands in.

    e1 . key id . wrapped data key . secret        the last two: base64url of 12 bytes of nonce, ciphertext, tag

Every secret has a data key of its own, and the master key encrypts only those. Both layers carry the row's identity
as associated data: a sealed text copied to another row does not open there. Who reads the database without the master
key reads nothing; who changes it is found out.

    keyring.seal(b"whsec…", "endpoints/we_1/secret_sealed")     a row is table/key/column; see relay.store.sealed
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from relay.errors import Misconfigured

KEY_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D: 96 random bits; a data key seals once, a master key far less than 2^32 data keys
_VERSION = "e1"
_SEPARATORS = re.compile(r"[\s,]+")


class Keyring:
    """The master keys of a relay: the first one seals, all of them open. Its `repr` shows the first one's id only."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise Misconfigured("a master key is 32 bytes as 64 hex digits; `relay key signing` prints a new one")
        self._keys = {key_id(key): AESGCM(key) for key in keys}
        self.id = key_id(keys[0])

    def __repr__(self) -> str:
        return f"Keyring(id={self.id})"

    def seal(self, secret: bytes, row: str) -> str:
        """Encrypt `secret` for this row; never the same text twice."""
        data_key = os.urandom(KEY_BYTES)
        wrapped = _encrypt(self._keys[self.id], data_key, f"{row}\nkey")
        return ".".join((_VERSION, self.id, wrapped, _encrypt(AESGCM(data_key), secret, row)))

    def open(self, sealed: str, row: str) -> bytes:
        """The secret; raises `Misconfigured` when its key is not on the ring, or the text is not this row's own."""
        data_key, secret = self._unwrap(sealed, row)
        return _decrypt(AESGCM(data_key), secret, row)

    def renew(self, sealed: str, row: str) -> str:
        """The same secret under the first key. Only its data key is encrypted anew."""
        data_key, secret = self._unwrap(sealed, row)
        wrapped = _encrypt(self._keys[self.id], data_key, f"{row}\nkey")
        return ".".join((_VERSION, self.id, wrapped, secret))

    def is_current(self, sealed: str) -> bool:
        """Whether it is sealed under the first key."""
        return sealed.startswith(f"{_VERSION}.{self.id}.")

    def _unwrap(self, sealed: str, row: str) -> tuple[bytes, str]:
        version, id, wrapped, secret = [*sealed.split("."), "", "", "", ""][:4]
        if version != _VERSION or not secret:
            raise Misconfigured(f"{row} is not a sealed secret")
        if id not in self._keys:
            raise Misconfigured(f"{row} is sealed under master key {id[:16]}, which this relay was not given")
        return _decrypt(self._keys[id], wrapped, f"{row}\nkey"), secret


def key_id(key: bytes) -> str:
    """A name for a master key that tells nothing of it."""
    return hmac.digest(key, b"relay master key id", hashlib.sha256).hex()[:12]


def read_keys(text: str) -> list[bytes]:
    """Master keys as an operator writes them: hex, the current one first, separated by commas or white space."""
    try:
        keys = [bytes.fromhex(word) for word in _SEPARATORS.split(text) if word]
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError
    except ValueError:
        raise Misconfigured("master_key: expected 64 hex digits, or several such keys, the current one first") from None
    return keys


def _encrypt(key: AESGCM, plain: bytes, row: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + key.encrypt(nonce, plain, row.encode())).rstrip(b"=").decode()


def _decrypt(key: AESGCM, text: str, row: str) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], row.encode())
    except (InvalidTag, ValueError, binascii.Error):
        raise Misconfigured(f"{row} was changed, or moved there from another row") from None
