"""What the mirror shows of accounts, as far as a payment needs it: their key, what they hold, what they can receive.

Answers are kept for seconds: a payment is verified and then settled, and public mirrors take 50 requests a second. Who
asks for the same at the same time shares one request.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

import msgspec

from relay import hapi_pb2 as pb
from relay.chains.hedera import names
from relay.chains.hedera.mirror import Mirror, ShownKey
from relay.money import Account, Asset

MAX_KNOWN = 10_000
_PAGE = 100  # the most a mirror gives at once


@dataclass(frozen=True, slots=True)
class Holding:
    """An account with regard to one asset. `takes` is whether it can receive it, `why` what it lacks for that."""

    key: pb.Key
    units: int
    takes: bool
    why: str
    signs_receipts: bool  # nobody is paid there without its own signature


class _Balance(msgspec.Struct, frozen=True):
    balance: int = 0


class _Shown(msgspec.Struct, frozen=True):
    key: ShownKey | None = None
    balance: _Balance | None = None
    deleted: bool | None = False
    receiver_sig_required: bool | None = False
    max_automatic_token_associations: int | None = 0


class _Relation(msgspec.Struct, frozen=True):
    balance: int = 0
    automatic_association: bool = False
    freeze_status: str = "NOT_APPLICABLE"
    kyc_status: str = "NOT_APPLICABLE"


class _Relations(msgspec.Struct, frozen=True):
    tokens: list[_Relation] = []


class Accounts:
    """Looks accounts up. Raises `Unreachable` where the mirror does not tell."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._known: OrderedDict[tuple[Account, Asset], tuple[float, asyncio.Task[Holding | None]]] = OrderedDict()

    async def of(self, account: Account, asset: Asset, seconds: float) -> Holding | None:
        """The account as it was within the last `seconds`; None where there is none, or it was deleted."""
        known = self._known.get((account, asset))
        if known is None or time.monotonic() - known[0] > seconds or _failed(known[1]):
            known = time.monotonic(), asyncio.create_task(self._look(account, asset))
            self._known[account, asset] = known
            self._known.move_to_end((account, asset))
            if len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)
        return await asyncio.shield(known[1])

    def forget(self, account: Account, asset: Asset) -> None:
        """What is known is not true any more."""
        self._known.pop((account, asset), None)

    async def close(self) -> None:
        """Ask nothing any more."""
        looks = [look for _, look in self._known.values() if not look.done()]
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)

    async def _look(self, account: Account, asset: Asset) -> Holding | None:
        path = f"/api/v1/accounts/{account}"
        of_token = None if asset == names.HBAR else f"{path}/tokens?token.id={asset}"
        shown, listed = await asyncio.gather(
            self._mirror.read(f"{path}?transactions=false", _Shown),
            _nothing() if of_token is None else self._mirror.read(of_token, _Relations),
        )
        if shown is None or shown.deleted:
            return None
        key = pb.Key() if shown.key is None else shown.key.read()
        units, why = 0 if shown.balance is None else shown.balance.balance, ""
        if of_token is not None:
            related = listed.tokens[0] if listed is not None and listed.tokens else None
            units = 0 if related is None else related.balance
            why = await self._lacks(path, shown, related)
        return Holding(key, units, not why, why, bool(shown.receiver_sig_required))

    async def _lacks(self, path: str, shown: _Shown, related: _Relation | None) -> str:
        """What an account lacks to hold a token; empty where it is nothing."""
        if related is not None:
            frozen, revoked = related.freeze_status == "FROZEN", related.kyc_status == "REVOKED"
            return "is frozen for it" if frozen else "was not granted KYC for it" if revoked else ""
        slots = shown.max_automatic_token_associations or 0
        if slots > 0:
            listed = await self._mirror.read(f"{path}/tokens?limit={_PAGE}", _Relations)
            slots -= sum(each.automatic_association for each in listed.tokens) if listed is not None else 0
        return "" if slots else "is not associated with it, and has no free slot for that"  # -1 is without limit


async def _nothing() -> None:
    """HBAR is everybody's."""


def _failed(look: asyncio.Task[Holding | None]) -> bool:
    return look.done() and (look.cancelled() or look.exception() is not None)
