"""A Hedera network as the relay sees it: `Chain`, and those of its abilities that Hedera has."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from datetime import datetime
from typing import Any

from relay.abilities import Ask, AssetKind, Node, Stretch
from relay.chain import EXACT, SIGNED, WATCHED, Refused, Sight, SignedTransfer, Submission, Transfer
from relay.chains.hedera import names
from relay.chains.hedera.attest import attests
from relay.chains.hedera.delivery import as_exact
from relay.chains.hedera.handed import Handed
from relay.chains.hedera.mirror import Mirror
from relay.chains.hedera.nodes import Nodes
from relay.chains.hedera.queries import Pace, Queries
from relay.chains.hedera.receipts import as_signed, look
from relay.chains.hedera.sponsored import Sponsored
from relay.chains.hedera.submit import submit
from relay.chains.hedera.transfer import decode
from relay.chains.hedera.watch import receipt, watch
from relay.errors import InvalidTransfer, Unreachable, UnsupportedNetwork
from relay.money import Account, ChainId, TxId


class Hedera:
    """One network; made by `open_chain`."""

    def __init__(
        self,
        id: ChainId,
        nodes: Nodes,
        mirror: Mirror | None,
        sponsored: Sponsored | None,
        assets: tuple[AssetKind, ...],
        contracts: frozenset[str],
        pace: Pace,
        watch_seconds: float,
        clock: Callable[[], datetime],
        handed: Handed,
    ) -> None:
        self._id = id
        self._nodes = nodes
        self._mirror = mirror
        self._sponsored = sponsored
        self._assets = assets
        self._decimals = {kind.asset: kind.decimals for kind in assets}
        self._clock = clock
        self._watch_seconds = watch_seconds
        self._next_watch = 0.0
        self._call_seconds = pace.call
        self._handed = handed
        self._queries = Queries(nodes, contracts, handed, pace)

    @property
    def id(self) -> ChainId:
        return self._id

    def decode(self, signed: SignedTransfer) -> Transfer:
        """Read and check; an old envelope comes back as today's. Pure, some 45 µs with one signature."""
        if signed.chain != self._id:
            raise UnsupportedNetwork(f"this is {self._id}, not {signed.chain}")
        if signed.scheme == EXACT and self._sponsored is not None:
            return self._sponsored.decode(signed)
        if signed.scheme == EXACT:
            raise _unsupported(f"scheme {EXACT!r}: this relay has no account that pays the fee on {self._id}")
        if signed.scheme != SIGNED:
            raise _unsupported(f"scheme {signed.scheme[:50]!r} is not taken on Hedera, only {SIGNED!r} and {EXACT!r}")
        return decode(signed, self._decimals)

    def compare(self, signed: SignedTransfer, ask: Ask) -> None:
        """With what x402's requirements ask (asked.py)."""
        if self._sponsored is not None:
            self._sponsored.compare(signed, ask)

    @property
    def verified(self) -> frozenset[str]:
        return frozenset({EXACT})

    async def verify(self, transfer: Transfer, merchant: str) -> None:
        """What only the network can tell of a payment whose fee is ours (preflight.py)."""
        if self._sponsored is not None:
            await self._sponsored.verify(transfer, merchant)

    def submit(self, signed: SignedTransfer) -> Coroutine[Any, Any, Submission]:
        """Hand the bytes to a node they are signed for, co-signed where the fee is ours; at most 10 seconds."""
        if signed.scheme != EXACT:
            return submit(self._id, self._nodes, signed.raw, self._clock, self._handed.note, self._call_seconds)
        return self._submit_exact(signed)

    def receipt(self, signed: SignedTransfer) -> Coroutine[Any, Any, Sight]:
        """Ask nodes, and the mirror once they cannot know any more; at most half a minute (receipts.py)."""
        if signed.scheme == SIGNED:
            return look(self._nodes, self._mirror, signed.raw, self._clock, self._handed, as_signed)
        return self._receipt_of_other(signed)

    async def watch(self, accounts: Collection[Account], cursor: str | None) -> Stretch:
        """Search what the mirror recorded, at most every `watch_seconds` (watch.py); without a mirror nothing."""
        idle = Stretch((), cursor or "", more=False)
        if self._mirror is None or not self._watch_seconds or time.monotonic() < self._next_watch:
            return idle
        stretch = await watch(self._id, self._mirror, accounts, cursor or None)
        self._next_watch = time.monotonic() + (0 if stretch.more else self._watch_seconds)
        return stretch

    async def attests(self, account: Account, text: str, signature: bytes) -> bool:
        """By the key the mirror shows for the account (attest.py)."""
        return await attests(self._mirror, account, text, signature)

    async def answer(self, event: str, request: bytes | Mapping[str, object]) -> dict[str, object]:
        """The other requests of 2019 (queries.py)."""
        return await self._queries.answer(event, request)

    def sponsors(self) -> tuple[Account, ...]:
        return () if self._sponsored is None else (self._sponsored.account,)

    def nodes(self) -> tuple[Node, ...]:
        return self._nodes.all()

    def assets(self) -> tuple[AssetKind, ...]:
        return self._assets

    @property
    def payees(self) -> int:
        return 9  # a transfer lists ten accounts, and one of them pays

    def finality(self) -> str:
        return "final at consensus, after 3 to 5 seconds; a receipt cannot be undone"

    def transaction(self, text: str) -> TxId:
        """`payer@seconds.nanos`, with or without leading zeros, or the mirror's form; raises `InvalidRequest`."""
        id = names.transaction_id(text)
        return names.tx_id_of(id, names.account_of(id.accountID, "the payer"))

    async def check(self) -> str:
        """Nodes and the mirror; raises `Unreachable`."""
        nodes = self.nodes()
        away = [f"{node.address}: {node.detail or 'no answer'}" for node in nodes if not node.healthy]
        if len(away) == len(nodes):
            raise Unreachable(f"no node answers: {'; '.join(away[:5])}")
        reached = "no mirror is configured"
        if self._mirror is not None:
            reached = f"the mirror has come to {(await self._mirror.reached()).isoformat(timespec='seconds')}"
        purse = "" if self._sponsored is None else f"; {await self._sponsored.purse.words()}"
        return f"{len(nodes) - len(away)} of {len(nodes)} nodes answer, {reached}{purse}"

    def account(self, text: str) -> Account:
        """An account by number, `shard.realm.num`; raises `InvalidRequest`."""
        names.entity(text)
        return Account(text)

    async def _submit_exact(self, signed: SignedTransfer) -> Submission:
        if self._sponsored is None:  # it was configured when the payment was taken
            return Refused("sponsor_unavailable", f"this relay has no account that pays the fee on {self._id} any more")
        return await self._sponsored.submit(signed)

    async def _receipt_of_other(self, signed: SignedTransfer) -> Sight:
        if signed.scheme == WATCHED:
            if self._mirror is None:
                raise Unreachable("no mirror node is configured, and only it can tell of a transfer made elsewhere")
            return await receipt(self._mirror, signed.raw)
        if signed.scheme == EXACT and self._sponsored is not None:
            return await self._sponsored.receipt(signed)
        judging = as_exact if signed.scheme == EXACT else as_signed
        return await look(self._nodes, self._mirror, signed.raw, self._clock, self._handed, judging)


def _unsupported(message: str) -> InvalidTransfer:
    return InvalidTransfer(message, code="unsupported_transaction")
