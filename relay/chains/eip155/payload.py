"""The JSON around an authorization, read strictly: known members, numbers as decimal strings, hex of one length."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from relay.chain import EXACT
from relay.chains.eip155.address import address
from relay.errors import InvalidRequest, InvalidTransfer, TooLarge
from relay.money import ChainId

MAX_BYTES = 16 * 1024
MAX_SIGNATURE = 4096  # bytes: an ERC-6492 wrapper carries the call that deploys a wallet; an ordinary one has 65

_NUMBER = re.compile(r"0|[1-9][0-9]{0,77}")
_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})+")
_UINT256 = 1 << 256


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    pass


class _Authorization(_Strict, frozen=True, forbid_unknown_fields=True, rename="camel"):
    to: str
    value: str
    valid_after: str
    valid_before: str
    nonce: str
    from_: str = msgspec.field(name="from")


class _Permitted(_Strict, frozen=True, forbid_unknown_fields=True):
    token: str
    amount: str


class _Witness(_Strict, frozen=True, forbid_unknown_fields=True, rename="camel"):
    to: str
    valid_after: str


class _Permit(_Strict, frozen=True, forbid_unknown_fields=True):
    permitted: _Permitted
    spender: str
    nonce: str
    deadline: str
    witness: _Witness
    from_: str = msgspec.field(name="from")


class _Payload(_Strict, frozen=True, forbid_unknown_fields=True, rename="camel"):
    signature: str
    authorization: _Authorization | None = None
    permit2_authorization: _Permit | None = msgspec.field(name="permit2Authorization", default=None)
    asset: str | None = None


class _Accepted(msgspec.Struct, frozen=True):
    """Of x402's PaymentRequirements, echoed: what it says of the price, the match with the invoice says."""

    scheme: str | None = None
    network: str | None = None
    asset: str | None = None


class _Outer(msgspec.Struct, frozen=True):
    """x402's PaymentPayload, or a bare payload: then `payload` is missing, and empty here."""

    payload: msgspec.Raw = msgspec.Raw()
    accepted: _Accepted | None = None


_OUTER = msgspec.json.Decoder(_Outer)
_PAYLOAD = msgspec.json.Decoder(_Payload)


@dataclass(frozen=True, slots=True)
class Fields:
    """The members of either kind, by one set of names. `token` and `spender` only Permit2 has."""

    payer: bytes
    payee: bytes
    amount: int
    after: int
    before: int
    nonce: bytes
    signature: bytes
    asset: bytes | None
    token: bytes | None = None
    spender: bytes | None = None


@lru_cache(maxsize=16)  # read twice in one turn: compared with what was asked, then decoded; each time 40 µs
def open_payload(raw: bytes, chain: ChainId) -> Fields:
    """Read the JSON in `raw`; raises `InvalidTransfer` naming the member, or `TooLarge`."""
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"{len(raw)} bytes; a payload has at most {MAX_BYTES}")
    try:
        outer = _OUTER.decode(raw)
        accepted = outer.accepted or _Accepted()
        payload = _PAYLOAD.decode(bytes(outer.payload) or raw)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidTransfer(f"the payload is not x402's for `exact`: {error}") from None
    if accepted.scheme not in (None, EXACT):
        raise InvalidTransfer(f"accepted.scheme: expected {EXACT}, got {accepted.scheme[:50]!r}")
    if accepted.network not in (None, str(chain)):
        raise InvalidTransfer(
            f"network: expected {chain}, got {accepted.network[:50]!r} in accepted", code="unsupported_network"
        )
    return _fields(payload, payload.asset or accepted.asset)


def _fields(payload: _Payload, asset: str | None) -> Fields:
    signature = _hex(payload.signature, "signature", None)
    at = None if asset is None else _address(asset, "asset")
    match payload.authorization, payload.permit2_authorization:
        case _Authorization() as signed, None:
            return Fields(
                payer=_address(signed.from_, "from"),
                payee=_address(signed.to, "to"),
                amount=_number(signed.value, "value"),
                after=_number(signed.valid_after, "validAfter"),
                before=_number(signed.valid_before, "validBefore"),
                nonce=_hex(signed.nonce, "nonce", 32),
                signature=signature,
                asset=at,
            )
        case None, _Permit() as permit:
            return Fields(
                payer=_address(permit.from_, "from"),
                payee=_address(permit.witness.to, "witness.to"),
                amount=_number(permit.permitted.amount, "permitted.amount"),
                after=_number(permit.witness.valid_after, "witness.validAfter"),
                before=_number(permit.deadline, "deadline"),
                nonce=_number(permit.nonce, "nonce").to_bytes(32, "big"),
                signature=signature,
                asset=at,
                token=_address(permit.permitted.token, "permitted.token"),
                spender=_address(permit.spender, "spender"),
            )
        case _:
            raise InvalidTransfer("the payload has either `authorization` or `permit2Authorization`, and one of them")


def _address(text: str, name: str) -> bytes:
    try:
        return address(text, "an address")
    except InvalidRequest as error:
        raise InvalidTransfer(f"{name}: {error.message}") from None


def _number(text: str, name: str) -> int:
    if _NUMBER.fullmatch(text) is None or int(text) >= _UINT256:
        raise InvalidTransfer(f"{name}: expected a whole number below 2^256 as a decimal string, got {text[:80]!r}")
    return int(text)


def _hex(text: str, name: str, length: int | None) -> bytes:
    if _HEX.fullmatch(text) is None or (length is not None and len(text) != 2 + 2 * length):
        code = "invalid_signature" if length is None else None
        raise InvalidTransfer(f"{name}: expected {length or 'some'} bytes as 0x-hex", code=code)
    if len(text) > 2 + 2 * MAX_SIGNATURE:
        raise TooLarge(f"{name}: more than {MAX_SIGNATURE} bytes")
    return bytes.fromhex(text[2:])
