"""What nodes answer, as far as we read it: blocks, receipts and logs. Anything of another shape is no answer.

Field names are those of the Ethereum JSON-RPC specification (execution-apis); quantities and bytes are hex there.
Hashes and addresses are compared as text, so they are lower case here, however a node writes them.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec

from relay.errors import Unreachable

T = TypeVar("T", bound=msgspec.Struct)
Hex = Annotated[str, msgspec.Meta(pattern=r"\A0x(?:[0-9a-fA-F]{2})*\Z")]

# The first topic of the events we read: the keccak-256 of `Transfer(address,address,uint256)`, and of EIP-3009's two,
# `AuthorizationUsed(address,bytes32)` and the same with Canceled.
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
AUTHORIZATION_USED = "0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5"
AUTHORIZATION_CANCELED = "0x1cdd46ff242716cdaa72d159d339a485b3438398348d68f09d7c8c0a59353d81"


class Block(msgspec.Struct, frozen=True):
    """A block's place in its chain, and the hashes of what is in it."""

    number: int
    hash: str
    parent: str
    time: int  # Unix seconds
    transactions: tuple[str, ...] = ()
    bodies: tuple[Transaction, ...] = ()  # the same whole, where it was asked for so


class Transaction(msgspec.Struct, frozen=True):
    hash: str
    sender: str
    nonce: int
    to: str | None  # None: it creates a contract
    value: int
    data: bytes


class Log(msgspec.Struct, frozen=True):
    """An event of a contract. `topics[0]` says which; indexed arguments follow, 32 bytes each."""

    address: str
    topics: tuple[str, ...]
    data: str
    transaction: str
    block: int
    block_hash: str
    position: int = -1  # among the events of its transaction, where that is known


class Mined(msgspec.Struct, frozen=True):
    """A transaction's receipt: where it is, whether it went through, and the events it caused, in order."""

    hash: str
    block: int
    block_hash: str
    ok: bool
    idle: bool = False  # its sender calls himself: it moves nothing, and takes a place in his row
    logs: tuple[Log, ...] = ()


class _Block(msgspec.Struct, frozen=True, rename="camel"):
    number: str
    hash: str
    parent_hash: str
    timestamp: str
    transactions: tuple[str | _Transaction, ...] = ()


class _Transaction(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """Chains have kinds of their own, which lack what an account's transaction has: they move nothing we look for."""

    hash: str
    sender: str
    nonce: str = "0x0"
    value: str = "0x0"
    input: str = "0x"
    to: str | None = None


class _Log(msgspec.Struct, frozen=True, rename="camel"):
    address: Hex
    topics: tuple[Hex, ...]
    data: Hex
    transaction_hash: str
    block_number: str
    block_hash: str
    removed: bool = False


class _Receipt(msgspec.Struct, frozen=True, rename="camel"):
    transaction_hash: str
    block_number: str
    block_hash: str
    status: str
    sender: str = msgspec.field(name="from")
    to: str | None = None
    logs: tuple[_Log, ...] = ()


def block_of(answer: object) -> Block:
    """A block, asked for with hashes or with whole transactions; raises `Unreachable` for what is none."""
    raw = _read(answer, _Block)
    whole = tuple(_transaction(each) for each in raw.transactions if isinstance(each, _Transaction))
    hashes = tuple(each.lower() if isinstance(each, str) else each.hash.lower() for each in raw.transactions)
    return Block(number(raw.number), raw.hash.lower(), raw.parent_hash.lower(), number(raw.timestamp), hashes, whole)


def transaction_of(answer: object) -> Transaction:
    """A transaction; raises `Unreachable` for what is none."""
    return _transaction(_read(answer, _Transaction))


def mined_of(answer: object) -> Mined:
    """A receipt; raises `Unreachable` for what is none."""
    raw = _read(answer, _Receipt)
    logs = tuple(_log(each, position) for position, each in enumerate(raw.logs))
    place = number(raw.block_number), raw.block_hash.lower()
    idle = raw.to is not None and raw.to.lower() == raw.sender.lower()
    return Mined(raw.transaction_hash.lower(), *place, number(raw.status) == 1, idle, logs)


def logs_of(answer: object) -> tuple[Log, ...]:
    """What `eth_getLogs` found; raises `Unreachable` for what is no list of logs."""
    try:
        raw = msgspec.convert(answer, tuple[_Log, ...])
    except msgspec.ValidationError as error:
        raise _unreadable(error) from None
    return tuple(_log(each) for each in raw if not each.removed)


def number(text: object) -> int:
    """A quantity such as 0x1b4; raises `Unreachable` for what is none."""
    try:
        if not isinstance(text, str) or not text.startswith("0x") or len(text) > 66:
            raise ValueError
        return int(text, 16)
    except ValueError:
        raise Unreachable(f"a node answered {str(text)[:30]!r} for a number") from None


def word(topic_or_data: str) -> str:
    """The address in an event's argument: the last twenty of 32 bytes."""
    return "0x" + topic_or_data[-40:].lower()


def padded(address: str) -> str:
    """An address as an event's argument."""
    return "0x" + "0" * 24 + address.removeprefix("0x").lower()


def _transaction(raw: _Transaction) -> Transaction:
    try:
        data = bytes.fromhex(raw.input.removeprefix("0x"))
    except ValueError as error:
        raise _unreadable(error) from None
    to = None if raw.to is None else raw.to.lower()
    return Transaction(raw.hash.lower(), raw.sender.lower(), number(raw.nonce), to, number(raw.value), data)


def _log(raw: _Log, position: int = -1) -> Log:
    return Log(
        raw.address.lower(),
        tuple(topic.lower() for topic in raw.topics),
        raw.data,
        raw.transaction_hash.lower(),
        number(raw.block_number),
        raw.block_hash.lower(),
        position,
    )


def _read(answer: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as error:
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> Unreachable:
    return Unreachable(f"what a node answered cannot be read: {str(error)[:200]}")
