"""Searching the ledger for transfers that credit given accounts, by whatever way they were made.

The mirror node is asked account by account for what was recorded since the cursor, which is a consensus time. A cursor
never passes the time up to which the mirror has everything, so that nothing can appear behind it later.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Collection

from relay import hapi_pb2 as pb
from relay.abilities import Seen, Stretch
from relay.chain import WATCHED, Leg, Receipt, SignedTransfer, Transfer
from relay.chains.hedera import names
from relay.chains.hedera.mirror import Mirror, Recorded, receipt_named
from relay.errors import InvalidRequest, InvalidTransfer, Unreachable
from relay.money import Account, Asset, ChainId, TxId

AT_ONCE = 8  # requests under way at the mirror
PAGE = 100  # the most a mirror gives at once
SYSTEM_ACCOUNTS = 1_000  # below are nodes and the network's own: what they receive in a transfer is its fee


async def watch(id: ChainId, mirror: Mirror, accounts: Collection[Account], cursor: str | None) -> Stretch:
    """What credited `accounts` since `cursor`, oldest first; raises `Unreachable`."""
    reached = await mirror.reached_stamp()
    if cursor is None or not accounts or _order(cursor) >= _order(reached):
        return Stretch((), reached if cursor is None or not accounts else cursor, more=False)
    gate = asyncio.Semaphore(AT_ONCE)

    async def page(account: Account) -> list[Recorded]:
        async with gate:
            return await mirror.recorded(account, cursor, reached, PAGE)

    pages = await asyncio.gather(*(page(account) for account in accounts))
    full = [found[-1].consensus_timestamp for found in pages if len(found) >= PAGE]
    upto = min([reached, *full], key=_order)
    found = {each.key: each for page in pages for each in page if _order(each.consensus_timestamp) <= _order(upto)}
    watched = frozenset(accounts)
    seen = (_seen(id, each, watched) for each in sorted(found.values(), key=lambda e: _order(e.consensus_timestamp)))
    return Stretch(tuple(each for each in seen if each is not None), upto, more=bool(full))


async def receipt(mirror: Mirror, raw: bytes) -> Receipt:
    """The receipt of a transfer `watch` found; raises `Unreachable`."""
    for each in await mirror.all_of(names.transaction_id(raw.decode().partition("?")[0].partition("/")[0])):
        if tx_id(each) == raw.decode():
            return receipt_named(each.result)
    raise Unreachable("the mirror node does not show a transfer that it showed before")


def tx_id(recorded: Recorded) -> TxId:
    """The id as our own transfers have it; what a schedule or a contract moved under the same id is told apart."""
    id = names.transaction_id(recorded.transaction_id)
    text = names.tx_id_of(id, names.account_of(id.accountID, "the payer"))
    return TxId(text + ("?scheduled" if recorded.scheduled else "") + (f"/{recorded.nonce}" if recorded.nonce else ""))


def _seen(chain: ChainId, recorded: Recorded, watched: Collection[Account]) -> Seen | None:
    """None for what moves nothing to a watched account: a failure, a reward, someone's own payment."""
    changes = {(Account(each.account), Asset(each.token_id)): 0 for each in recorded.changes() if each.account}
    for each in recorded.changes():
        if each.account:
            changes[Account(each.account), Asset(each.token_id)] += each.amount
    for reward in recorded.staking_reward_transfers:
        if reward.account:
            changes[Account(reward.account), names.HBAR] -= reward.amount
    _without_fee(changes, recorded.charged_tx_fee, watched)
    legs = tuple(Leg(who, asset, amount) for (who, asset), amount in changes.items() if amount)
    paid = {leg.asset for leg in legs if leg.amount > 0 and leg.account in watched}
    if recorded.result != "SUCCESS" or not paid:
        return None
    try:
        id = names.transaction_id(recorded.transaction_id)
        payer = names.account_of(id.accountID, "the payer")
        duration = pb.Duration(seconds=recorded.valid_seconds())
        span = names.window(pb.TransactionBody(transactionID=id, transactionValidDuration=duration))
    except (InvalidRequest, InvalidTransfer):
        return None
    text = tx_id(recorded)
    signed = SignedTransfer(chain, WATCHED, text.encode())
    payer = _payer(payer, legs, paid, recorded.charged_tx_fee)
    return Seen(Transfer(text, signed, payer, legs, _memo(recorded), *span), receipt_named(recorded.result))


def _payer(named: Account, legs: Collection[Leg], paid: Collection[Asset], fee: int) -> Account:
    """Whose money it is. The account in the id pays the fee, and may do so for somebody else: then who gave most."""
    given: dict[Account, int] = {}
    for leg in legs:
        if leg.amount < 0 and leg.asset in paid:
            amount = -leg.amount - (fee if (leg.account, leg.asset) == (named, names.HBAR) else 0)
            given[leg.account] = given.get(leg.account, 0) + amount
    return named if given.get(named, 0) > 0 or not given else max(given, key=lambda account: given[account])


def _without_fee(changes: dict[tuple[Account, Asset], int], fee: int, watched: Collection[Account]) -> None:
    """Take out what the network itself received: nodes and system accounts; a private network has one collector."""
    left = fee
    strangers = {who: got for (who, asset), got in changes.items() if asset == names.HBAR and who not in watched}
    for who, got in strangers.items():
        if got > 0 and names.entity(who)[2] < SYSTEM_ACCOUNTS:
            left -= changes.pop((who, names.HBAR))
    for who, got in strangers.items():
        if 0 < got == left:
            del changes[who, names.HBAR]
            break


def _memo(recorded: Recorded) -> str:
    try:
        return base64.b64decode(recorded.memo_base64).decode().replace("\0", "")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _order(stamp: str) -> tuple[int, int]:
    """Stamps in order of time; the mirror writes nine decimals, or none."""
    seconds, _, nanos = stamp.partition(".")
    try:
        return int(seconds), int(nanos.ljust(9, "0")[:9] or 0)
    except ValueError:
        raise Unreachable("the mirror node gives a time that is none") from None
