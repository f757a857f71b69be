"""The account that pays fees for others: its key, and the signature it adds to what a payer signed.

Only a signature is added: the body stays the payer's bytes, and so do his signatures. The same transaction always gets
the same signature (ed25519; secp256k1 by RFC 6979), so that what is signed again is what was sent before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import coincurve
import msgspec
from eth_hash.auto import keccak
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from relay import hapi_pb2 as pb
from relay.chains.hedera import names
from relay.chains.hedera.wire import fields, pack
from relay.errors import InvalidRequest, Misconfigured
from relay.money import Account

Kind = Literal["ed25519", "ecdsa"]
_DER: dict[str, Kind] = {  # how key tools write a private key: PKCS #8 for either, SEC 1 in it for the latter
    "302e020100300506032b657004220420": "ed25519",
    "3030020100300706052b8104000a04220420": "ecdsa",
}
_BODY, _SIG_MAP = 1, 2  # of SignedTransaction


class FeePayerOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    account: str  # "0.0.x"; used by this relay and by nobody else
    key: str  # private, 64 hex digits or DER in hex; write "$NAME"
    type: Kind = "ed25519"  # of 64 hex digits; DER says it itself


@dataclass(frozen=True, slots=True)
class FeePayer:
    """An account of ours; shown without its key."""

    account: Account
    public: pb.Key
    prefix: bytes  # the whole public key, as it stands beside a signature
    _secret: bytes = field(repr=False)

    @classmethod
    def read(cls, options: FeePayerOptions) -> FeePayer:
        """Raises `Misconfigured`, without repeating the key."""
        try:
            names.entity(options.account)
            digits, kind = options.key.removeprefix("0x").lower(), options.type
            for head, named in _DER.items():
                if digits.startswith(head):
                    digits, kind = digits.removeprefix(head), named
            secret = bytes.fromhex(digits)
            if len(secret) != 32:
                raise ValueError
            if kind == "ed25519":
                prefix = crypto_sign_seed_keypair(secret)[0]
                return cls(Account(options.account), pb.Key(ed25519=prefix), prefix, secret)
            prefix = coincurve.PrivateKey(secret).public_key.format(compressed=True)
            return cls(Account(options.account), pb.Key(ECDSA_secp256k1=prefix), prefix, secret)
        except InvalidRequest as error:
            raise Misconfigured(f"fee_payer: {error.message}") from None
        except ValueError:
            raise Misconfigured(
                'fee_payer: a private key is 64 hex digits, or DER in hex; write it as "$NAME"'
            ) from None

    def cosign(self, signed: bytes) -> bytes:
        """The same SignedTransaction, which `exact` has let pass, with our signature after the others."""
        parts = {field.number: signed[field.start : field.end] for field in fields(signed)}
        body = parts[_BODY]
        pairs = parts[_SIG_MAP] + pack(1, self._pair(body).SerializeToString())
        return pack(_BODY, body) + pack(_SIG_MAP, pairs)

    def _pair(self, body: bytes) -> pb.SignaturePair:
        if self.public.WhichOneof("key") == "ed25519":
            whole = crypto_sign_seed_keypair(self._secret)[1]
            return pb.SignaturePair(pubKeyPrefix=self.prefix, ed25519=crypto_sign(body, whole)[:64])
        signature = coincurve.PrivateKey(self._secret).sign_recoverable(body, hasher=keccak)[:64]
        return pb.SignaturePair(pubKeyPrefix=self.prefix, ECDSA_secp256k1=signature)
