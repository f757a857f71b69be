"""A Hedera network as the relay sees it: `Chain`, and the abilities `Answers`, `Watches` and `Describes`."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from relay.chain import SIGNED, WATCHED, AssetKind, Node, Sight, SignedTransfer, Stretch, Submission, Transfer
from relay.chains.hedera import names
from relay.chains.hedera.attest import attests
from relay.chains.hedera.mirror import Mirror
from relay.chains.hedera.nodes import Nodes
from relay.chains.hedera.queries import Pace, Queries
from relay.chains.hedera.receipts import look
from relay.chains.hedera.submit import submit
from relay.chains.hedera.transfer import Copy, decode
from relay.chains.hedera.watch import receipt, watch
from relay.errors import InvalidTransfer, Unreachable, UnsupportedNetwork
from relay.money import Account, ChainId, TxId

MAX_REMEMBERED = 20_000  # transfers and the node they went to: three minutes at 100 a second


class Hedera:
    """One network; made by `open_chain`."""

    def __init__(
        self,
        id: ChainId,
        nodes: Nodes,
        mirror: Mirror | None,
        assets: tuple[AssetKind, ...],
        contracts: frozenset[str],
        pace: Pace,
        watch_seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._id = id
        self._nodes = nodes
        self._mirror = mirror
        self._assets = assets
        self._decimals = {kind.asset: kind.decimals for kind in assets}
        self._clock = clock
        self._watch_seconds = watch_seconds
        self._next_watch = 0.0
        self._call_seconds = pace.call
        self._sent_to: OrderedDict[TxId, Account] = OrderedDict()
        self._queries = Queries(nodes, contracts, self._sent_to, pace)

    @property
    def id(self) -> ChainId:
        return self._id

    def decode(self, signed: SignedTransfer) -> Transfer:
        """Read and check; an old envelope comes back as today's. Pure, some 60 µs with one signature."""
        if signed.chain != self._id:
            raise UnsupportedNetwork(f"this is {self._id}, not {signed.chain}")
        if signed.scheme != SIGNED:
            raise InvalidTransfer(
                f"scheme {signed.scheme[:50]!r} is not taken on Hedera, only 'signed'", code="unsupported_transaction"
            )
        return decode(signed, self._decimals)

    async def submit(self, signed: SignedTransfer) -> Submission:
        """Hand the bytes to a node they are signed for; at most 10 seconds (submit.py)."""
        return await submit(self._id, self._nodes, signed.raw, self._clock, self._remember, self._call_seconds)

    async def receipt(self, signed: SignedTransfer) -> Sight:
        """Ask nodes, and the mirror once they cannot know any more; at most half a minute (receipts.py)."""
        if signed.scheme == WATCHED:
            if self._mirror is None:
                raise Unreachable("no mirror node is configured, and only it can tell of a transfer made elsewhere")
            return await receipt(self._mirror, signed.raw)
        return await look(self._nodes, self._mirror, signed.raw, self._clock, self._sent_to)

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
        return f"{len(nodes) - len(away)} of {len(nodes)} nodes answer, {reached}"

    def account(self, text: str) -> Account:
        """An account by number, `shard.realm.num`; raises `InvalidRequest`."""
        names.entity(text)
        return Account(text)

    def _remember(self, copy: Copy) -> None:
        self._sent_to[copy.id] = copy.node
        if len(self._sent_to) > MAX_REMEMBERED:
            self._sent_to.popitem(last=False)
