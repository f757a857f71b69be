"""RLP, read strictly: every value has one spelling, so what hashes to a transaction id is what was signed.

Yellow Paper, appendix B. A reader that took a second spelling of a length or a number would let the same transaction
come back under another hash.
"""

from __future__ import annotations

from typing import NamedTuple

from relay.errors import InvalidTransfer

MAX_DEPTH = 4  # transaction → access list → entry → storage keys

_STRING, _LONG_STRING, _LIST, _LONG_LIST = 0x80, 0xB7, 0xC0, 0xF7


class Item(NamedTuple):
    """A byte string or a list, and where it ends in the bytes it was read from."""

    value: bytes | tuple[Item, ...]
    end: int


def read_list(raw: bytes, start: int = 0) -> tuple[Item, ...]:
    """The members of the one list that `raw` is from `start` on; raises `InvalidTransfer`, also for bytes after it."""
    item = _item(raw, start, len(raw), MAX_DEPTH)
    if item.end != len(raw):
        raise InvalidTransfer(f"{len(raw) - item.end} bytes follow the end of the transaction")
    if isinstance(item.value, bytes):
        raise InvalidTransfer("the transaction is not a list of fields (RLP)")
    return item.value


def number(item: Item, bits: int, name: str) -> int:
    """An unsigned integer: big-endian, no leading zero, zero as the empty string."""
    value = item.value
    if not isinstance(value, bytes):
        raise InvalidTransfer(f"{name}: a list where a number belongs")
    if value[:1] == b"\0":
        raise InvalidTransfer(f"{name}: a number with a leading zero byte, which RLP does not have")
    if len(value) * 8 > bits:
        raise InvalidTransfer(f"{name}: {len(value)} bytes, more than {bits} bits")
    return int.from_bytes(value, "big")


def string(item: Item, name: str) -> bytes:
    """A byte string."""
    if not isinstance(item.value, bytes):
        raise InvalidTransfer(f"{name}: a list where bytes belong")
    return item.value


def members(item: Item, name: str) -> tuple[Item, ...]:
    """A list."""
    if isinstance(item.value, bytes):
        raise InvalidTransfer(f"{name}: bytes where a list belongs")
    return item.value


def list_header(length: int) -> bytes:
    """What stands before the members of a list when they take `length` bytes."""
    if length <= _LONG_STRING - _STRING:
        return bytes([_LIST + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([_LONG_LIST + len(size)]) + size


def encode_number(value: int) -> bytes:
    """An unsigned integer of at most 55 bytes."""
    if 0 < value < _STRING:
        return bytes([value])
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([_STRING + len(digits)]) + digits


def _item(raw: bytes, at: int, end: int, depth: int) -> Item:
    if at >= end:
        raise InvalidTransfer("the transaction is cut off (RLP)")
    first = raw[at]
    if first < _STRING:
        return Item(raw[at : at + 1], at + 1)
    if first <= _LONG_STRING:
        start, length = at + 1, first - _STRING
    elif first < _LIST:
        start, length = _long(raw, at, end, first - _LONG_STRING)
    elif first <= _LONG_LIST:
        start, length = at + 1, first - _LIST
    else:
        start, length = _long(raw, at, end, first - _LONG_LIST)
    stop = start + length
    if stop > end:
        raise InvalidTransfer("the transaction is cut off (RLP)")
    if first < _LIST:
        value = raw[start:stop]
        if length == 1 and value[0] < _STRING:
            raise InvalidTransfer("a single byte is written the long way, which RLP does not have")
        return Item(value, stop)
    if not depth:
        raise InvalidTransfer("the transaction nests deeper than any transaction does")
    found = []
    at = start
    while at < stop:
        item = _item(raw, at, stop, depth - 1)
        found.append(item)
        at = item.end
    return Item(tuple(found), stop)


def _long(raw: bytes, at: int, end: int, size: int) -> tuple[int, int]:
    start = at + 1 + size
    digits = raw[at + 1 : min(start, end)]
    if len(digits) < size:
        raise InvalidTransfer("the transaction is cut off (RLP)")
    length = int.from_bytes(digits, "big")
    if digits[0] == 0 or length <= _LONG_STRING - _STRING:
        raise InvalidTransfer("a length is written the long way, which RLP does not have")
    return start, length
