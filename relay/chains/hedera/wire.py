"""Reading protobuf without ambiguity: a message is accepted only if every parser must read the same thing in it.

Parsers merge a repeated singular field, let the last member of a oneof win and skip what they do not know. Bytes that
lean on any of that could say one thing to us and another to a wallet or a node, so they are refused:

  unknown fields · a singular field twice · two members of one oneof · another wire type than the schema's ·
  integers not in their shortest form or wider than their type · text that is not UTF-8

A message that protobuf writes back byte for byte has none of these, which makes the common case three C calls. Bytes
that are merely unusual (fields out of order, zeros written out, as protobuf.js does) are walked by `_plain`, which only
says yes or no; `scan` walks them once more to name what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from relay.errors import InvalidTransfer

M = TypeVar("M", bound=Message)

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types; 3 and 4, groups, exist in no HAPI message


class Field(NamedTuple):
    """One field as it lies on the wire: `raw[start:end]` is its value, without tag and length."""

    number: int
    kind: int  # wire type
    start: int
    end: int
    value: int  # of a varint; 0 for the others


class UnknownField(InvalidTransfer):
    """A field the schema lacks. `path` is where: `TransactionBody`; `number` which."""

    def __init__(self, path: str, number: int) -> None:
        super().__init__(f"unknown field {number} in {path}")
        self.path = path
        self.number = number


def read(kind: type[M], raw: bytes) -> M:
    """Parse `raw` as `kind`; raises `InvalidTransfer` unless it can be read in one way only."""
    message = kind()
    try:
        message.ParseFromString(raw)
    except DecodeError:
        scan(_schema(kind), raw)  # names the trouble more exactly, where it can
        raise InvalidTransfer(f"{kind.__name__} is not a well-formed protobuf message") from None
    message.DiscardUnknownFields()
    if message.SerializeToString() != raw and not _is_plain(_schema(kind), raw):
        scan(_schema(kind), raw)
        raise InvalidTransfer(f"{kind.__name__} is written in a way that could be read in two")
    return message


def fields(raw: bytes, start: int = 0, end: int | None = None, *, path: str = "message") -> Iterator[Field]:
    """The fields of one message in the order they lie on the wire; raises `InvalidTransfer` where it breaks off."""
    end = len(raw) if end is None else end
    at = start
    while at < end:
        tag, at = _varint(raw, at, end, path)
        number, kind = tag >> 3, tag & 7
        if not 0 < number < 1 << 29:
            raise InvalidTransfer(f"{path} is not a well-formed protobuf message: field number {number}")
        if kind == VARINT:
            value, after = _varint(raw, at, end, path)
            yield Field(number, kind, at, after, value)
            at = after
            continue
        if kind == BYTES:
            length, at = _varint(raw, at, end, path)
        elif kind == FIXED64:
            length = 8
        elif kind == FIXED32:
            length = 4
        else:
            raise InvalidTransfer(f"{path} is not a well-formed protobuf message: wire type {kind}")
        if length > end - at:
            raise InvalidTransfer(f"{path} breaks off in field {number}")
        yield Field(number, kind, at, at + length, 0)
        at += length


def scan(schema: Descriptor, raw: bytes, start: int = 0, end: int | None = None, path: str = "") -> None:
    """Raise `InvalidTransfer` if the message can be read in more than one way, `UnknownField` for what is no field."""
    path = path or schema.name
    if path.count(".") > _DEPTH:
        raise InvalidTransfer(f"{schema.name} is nested too deeply")
    seen: set[str] = set()
    for field in fields(raw, start, end, path=path):
        known = schema.fields_by_number.get(field.number)
        if known is None:
            raise UnknownField(path, field.number)
        if field.kind != _WIRE_TYPES[known.type]:
            raise InvalidTransfer(f"{known.name} in {path} has wire type {field.kind}")
        if not known.is_repeated:
            slot = known.containing_oneof.name if known.containing_oneof is not None else known.name
            if slot in seen:
                raise InvalidTransfer(f"{slot} appears twice in {path}")
            seen.add(slot)
        if known.message_type is not None:
            scan(known.message_type, raw, field.start, field.end, f"{path}.{known.name}")
        elif field.kind == VARINT:
            _check_width(known, field.value, path)
        elif known.type == FieldDescriptor.TYPE_STRING:
            try:
                raw[field.start : field.end].decode()
            except UnicodeDecodeError:
                raise InvalidTransfer(f"{known.name} in {path} is not UTF-8") from None


def pack(number: int, value: bytes) -> bytes:
    """One length-delimited field, numbers below 16."""
    size = len(value)
    return bytes((number << 3 | BYTES, size)) + value if size < 0x80 else _packed_long(number, value)


_DEPTH = 16  # a transfer needs 6; keys can hold keys without end

# what the fields of HAPI are made of; a type missing here is in no message we read
_WIRE_TYPES = {
    FieldDescriptor.TYPE_INT64: VARINT,
    FieldDescriptor.TYPE_UINT64: VARINT,
    FieldDescriptor.TYPE_INT32: VARINT,
    FieldDescriptor.TYPE_UINT32: VARINT,
    FieldDescriptor.TYPE_SINT64: VARINT,
    FieldDescriptor.TYPE_BOOL: VARINT,
    FieldDescriptor.TYPE_ENUM: VARINT,
    FieldDescriptor.TYPE_STRING: BYTES,
    FieldDescriptor.TYPE_BYTES: BYTES,
    FieldDescriptor.TYPE_MESSAGE: BYTES,
}


class _Known(NamedTuple):
    """A field as `_plain` needs it: a bit of its own (its oneof's), none if repeated; what is below; its width."""

    bit: int
    below: _Shape | None
    width: int


_Shape = dict[int, _Known]  # by whole tag: number and wire type
_ANY_WIDTH, _BOOL, _UINT32, _INT32 = range(4)
_WIDTHS = {
    FieldDescriptor.TYPE_BOOL: _BOOL,
    FieldDescriptor.TYPE_UINT32: _UINT32,
    FieldDescriptor.TYPE_INT32: _INT32,
    FieldDescriptor.TYPE_ENUM: _INT32,
}
_shapes: dict[str, _Shape] = {}


def _is_plain(schema: Descriptor, raw: bytes) -> bool:
    try:
        return _plain(_shape(schema), raw, 0, len(raw), 0)
    except IndexError:  # it breaks off
        return False


def _shape(schema: Descriptor) -> _Shape:
    shape = _shapes.get(schema.full_name)
    if shape is None:
        shape = _shapes[schema.full_name] = {}  # before its fields: a key may hold keys
        slots: dict[str, int] = {}
        for field in schema.fields:
            slot = field.containing_oneof.name if field.containing_oneof is not None else field.name
            bit = 0 if field.is_repeated else 1 << slots.setdefault(slot, len(slots))
            below = _shape(field.message_type) if field.message_type is not None else None
            shape[field.number << 3 | _WIRE_TYPES[field.type]] = _Known(bit, below, _WIDTHS.get(field.type, _ANY_WIDTH))
    return shape


def _plain(shape: _Shape, raw: bytes, at: int, end: int, depth: int) -> bool:
    """What `scan` checks, in a third of its time, for a message that parsed; may say no to what `scan` lets pass."""
    seen = 0
    while at < end:
        tag = raw[at]
        at += 1
        if tag > 0x7F:
            high = raw[at]
            if not 0 < high < 0x80:
                return False
            tag = tag & 0x7F | high << 7
            at += 1
        known = shape.get(tag)
        if known is None:
            return False
        bit, below, width = known
        if seen & bit:
            return False
        seen |= bit
        value = raw[at]  # of a number, or the length of what follows
        at += 1
        if value > 0x7F:
            value &= 0x7F
            shift, byte = 7, 0x80
            while byte > 0x7F:
                byte = raw[at]
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
            if not byte or shift > 70 or value >> 64:
                return False
        if tag & 7:
            if value > end - at:
                return False
            if below is not None and value and not (depth < _DEPTH and _plain(below, raw, at, at + value, depth + 1)):
                return False
            at += value
        elif width and not _fits(width, value):
            return False
    return at == end


def _fits(width: int, value: int) -> bool:
    if width == _BOOL:
        return value <= 1
    if width == _UINT32:
        return value < 1 << 32
    return value < 1 << 31 or value >= (1 << 64) - (1 << 31)  # a negative int32 is written as 64 bits


def _schema(kind: type[Message]) -> Descriptor:
    return kind.DESCRIPTOR  # type: ignore[return-value]  # the stubs hold the C implementation for another type


def _check_width(known: FieldDescriptor, value: int, path: str) -> None:
    width = _WIDTHS.get(known.type, _ANY_WIDTH)
    if width and not _fits(width, value):
        raise InvalidTransfer(f"{known.name} in {path} is wider than its type")


def _varint(raw: bytes, at: int, end: int, path: str) -> tuple[int, int]:
    value = shift = 0
    while at < end:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if byte == 0 and shift:
                raise InvalidTransfer(f"{path} has an integer that is not in its shortest form")
            if value >> 64:
                break
            return value, at
        shift += 7
        if shift > 63:
            break
    raise InvalidTransfer(f"{path} is not a well-formed protobuf message: it breaks off in an integer")


def _packed_long(number: int, value: bytes) -> bytes:
    out, size = bytearray((number << 3 | BYTES,)), len(value)
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    out.append(size)
    return bytes(out + value)
