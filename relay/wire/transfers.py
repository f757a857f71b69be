"""Signed bytes in any of the forms clients send them, bounded before anything looks into them. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence

import msgspec

from relay.chain import EXACT, SIGNED, SignedTransfer
from relay.errors import InvalidRequest, TooLarge
from relay.invoice import InvoiceId
from relay.money import ChainId

MAX_OBJECT_BYTES = 16 * 1024  # of an authorization: typed data and a signature
MAX_RAW_BYTES = 64 * 1024  # ten full-size Hedera transactions; one chain's own limit is checked by its module


def read_transfer(argument: object, default_chain: ChainId) -> tuple[SignedTransfer, InvoiceId | None]:
    """The argument of a `CRYPTOTRANSFER`: bytes in any of the forms clients send, or the object around them."""
    if isinstance(argument, bytes) or not isinstance(argument, Mapping):  # the first is quick, and most are
        return SignedTransfer(default_chain, SIGNED, read_bytes(argument)), None
    unknown = argument.keys() - {"network", "transaction", "scheme", "invoice"}
    if unknown:
        raise InvalidRequest(f"unknown field {sorted(map(str, unknown))[0][:50]!r} in CRYPTOTRANSFER")
    scheme = argument.get("scheme", SIGNED)
    invoice = argument.get("invoice")
    network = argument.get("network", str(default_chain))
    if not isinstance(scheme, str) or not isinstance(network, str) or not isinstance(invoice, str | None):
        raise InvalidRequest("network, scheme and invoice are strings")
    if "transaction" not in argument:
        raise InvalidRequest("transaction: missing; it is the signed bytes, as binary, base64 or 0x-hex")
    raw = _read_object(argument["transaction"]) if scheme == EXACT else read_bytes(argument["transaction"])
    return SignedTransfer(ChainId.parse(network), scheme, raw), None if invoice is None else InvoiceId(invoice)


def read_bytes(value: object) -> bytes:
    """Bytes as clients send them: binary, base64 (also URL-safe or unpadded), 0x-hex, or an array of byte values."""
    if isinstance(value, bytes):
        raw = value
    elif isinstance(value, bytearray):
        raw = bytes(value)
    elif isinstance(value, str):
        if len(value) > 2 * MAX_RAW_BYTES + 2:
            raise TooLarge(f"the transaction is larger than {MAX_RAW_BYTES} bytes")
        raw = _bytes_of_text(value)
    elif isinstance(value, Sequence):
        if len(value) > MAX_RAW_BYTES:
            raise TooLarge(f"the transaction is larger than {MAX_RAW_BYTES} bytes")
        if any(type(item) is not int or not 0 <= item <= 255 for item in value):
            raise InvalidRequest("an array of bytes holds whole numbers from 0 to 255")
        raw = bytes(value)
    else:
        raise InvalidRequest("expected the signed bytes as binary, base64, 0x-hex or an array of byte values")
    if not raw:
        raise InvalidRequest("the transaction is empty")
    if len(raw) > MAX_RAW_BYTES:
        raise TooLarge(f"the transaction is {len(raw)} bytes, larger than {MAX_RAW_BYTES}")
    return raw


def _read_object(value: object) -> bytes:
    """What scheme `exact` carries: an object becomes its JSON, and JSON as text is taken as it is; or bytes as ever."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        body = value.encode()
    elif isinstance(value, Mapping):
        try:
            body = msgspec.json.encode(value, order="sorted")
        except (TypeError, ValueError, OverflowError, RecursionError):
            raise InvalidRequest("transaction: the object holds what JSON does not, or nests too deep") from None
    else:
        return read_bytes(value)
    if len(body) > MAX_OBJECT_BYTES:
        raise TooLarge(f"the transaction is {len(body)} bytes as JSON, larger than {MAX_OBJECT_BYTES}")
    return body


def _bytes_of_text(text: str) -> bytes:
    try:
        if text.startswith("0x"):  # base64 of bytes that begin d3 1 does too; no transaction of any chain begins so
            return bytes.fromhex(text[2:])
        padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        return base64.b64decode(padded.translate({ord("-"): "+", ord("_"): "/"}), validate=True)
    except (ValueError, binascii.Error):
        raise InvalidRequest("the text is neither base64 nor 0x-hex") from None
