"""How Hedera's identities are written: accounts as `shard.realm.num`, transactions as `payer@seconds.nanos`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol

from relay import hapi_pb2 as pb
from relay.errors import InvalidRequest, InvalidTransfer
from relay.money import Account, Asset, TxId

HBAR = Asset("0.0.0")  # what x402 calls it; no token has this id
NANOS = 1_000_000_000
MAX_VALID_SECONDS = 180  # hedera.transaction.maxValidDuration; its minimum, 15 on public networks, is the node's to say

_ENTITY = re.compile(r"(0|[1-9][0-9]{0,18})\.(0|[1-9][0-9]{0,18})\.(0|[1-9][0-9]{0,18})")
_TX_ID = re.compile(r"(?P<payer>[0-9.]{5,59})(?:@(?P<s>[0-9]{1,12})\.|-(?P<s2>[0-9]{1,12})-)(?P<nanos>[0-9]{1,9})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = int((datetime.max.replace(tzinfo=UTC) - _EPOCH).total_seconds()) - 86_400
_INT64 = 1 << 63
_MICROSECOND = timedelta(0, 0, 1)


class Entity(Protocol):
    """What AccountID, TokenID, FileID and ContractID have in common."""

    @property
    def shardNum(self) -> int: ...  # noqa: N802  # HAPI's spelling
    @property
    def realmNum(self) -> int: ...  # noqa: N802


def account_of(id: pb.AccountID, role: str) -> Account:
    """The canonical text of an account known by number; `role` names it in the refusal."""
    num = id.accountNum
    if num > 0 and not id.shardNum and not id.realmNum:  # nearly all of them; a number above zero rules out an alias
        return Account(f"0.0.{num}")
    if id.WhichOneof("account") == "alias":
        raise InvalidTransfer(
            f"{role} is given by alias; only accounts by number are relayed", code="unsupported_transaction"
        )
    return Account(_entity(id, num, role))


def token_of(id: pb.TokenID) -> Asset:
    """The canonical text of a token."""
    return Asset(_entity(id, id.tokenNum, "the token"))


def tx_id_of(id: pb.TransactionID, payer: Account) -> TxId:
    """The canonical text, nanoseconds as nine digits, so that equal ids are equal text."""
    start = id.transactionValidStart
    return tx_id(payer, start.seconds, start.nanos)


def tx_id(payer: Account, seconds: int, nanos: int) -> TxId:
    """The same of what is in it."""
    return TxId(f"{payer}@{seconds}.{nanos:09d}")


def instant(seconds: int, nanos: int) -> datetime:
    """The instant, rounded down to microseconds; raises `InvalidTransfer` when no calendar has it."""
    if not 0 < seconds < _LAST_SECOND or not 0 <= nanos < NANOS:
        raise InvalidTransfer("the valid start is not a point in time")
    return _EPOCH + timedelta(0, seconds, nanos // 1000)


def window(body: pb.TransactionBody) -> tuple[datetime, datetime]:
    """From when to when the network takes it. The end is rounded up to the microsecond: never too early."""
    start, seconds = body.transactionID.transactionValidStart, body.transactionValidDuration.seconds
    if not 0 < seconds <= MAX_VALID_SECONDS:
        raise InvalidTransfer(f"the valid duration is {seconds} s; the network takes 1 to {MAX_VALID_SECONDS}")
    valid_from = instant(start.seconds, start.nanos)
    return valid_from, until(valid_from, timedelta(0, seconds), start.nanos)


def until(valid_from: datetime, span: timedelta, nanos: int) -> datetime:
    """Where a window ends that begins at `valid_from`, which was rounded down from so many `nanos`."""
    end = valid_from + span
    return end + _MICROSECOND if nanos % 1000 else end


def entity(text: object, what: str = "an account") -> tuple[int, int, int]:
    """Read `shard.realm.num`; raises `InvalidRequest`."""
    found = _ENTITY.fullmatch(text) if isinstance(text, str) else None
    if found is None or any(int(part) >= _INT64 for part in found.groups()):
        raise InvalidRequest(f"{str(text)[:50]!r} is not {what} such as '0.0.1001'")
    return int(found[1]), int(found[2]), int(found[3])


def account_id(text: object) -> pb.AccountID:
    """Read an account as HAPI wants it; raises `InvalidRequest`."""
    shard, realm, num = entity(text)
    return pb.AccountID(shardNum=shard, realmNum=realm, accountNum=num)


def transaction_id(text: object) -> pb.TransactionID:
    """Read `0.0.1001@1700000000.000000001`, its 2019 form without padding, or the mirror's with dashes.

    The digits after the dot are a count of nanoseconds, not a fraction: `.1` and `.000000001` are the same instant.
    """
    found = _TX_ID.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise InvalidRequest(f"{str(text)[:80]!r} is not a transaction id such as '0.0.1001@1700000000.000000001'")
    start = pb.Timestamp(seconds=int(found["s"] or found["s2"]), nanos=int(found["nanos"]))
    return pb.TransactionID(transactionValidStart=start, accountID=account_id(found["payer"]))


def mirror_form(id: TxId) -> str:
    """The spelling of the mirror's REST paths: `0.0.1001-1700000000-000000001`."""
    payer, _, start = id.partition("@")
    return f"{payer}-{start.replace('.', '-')}"


def _entity(id: Entity, num: int, role: str) -> str:
    if num <= 0 or id.shardNum < 0 or id.realmNum < 0:
        raise InvalidTransfer(f"{role} is missing or not an id: {id.shardNum}.{id.realmNum}.{num}")
    return f"{id.shardNum}.{id.realmNum}.{num}"
