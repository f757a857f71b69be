"""Payments that were not made through us: transfers of the coin and of listed tokens to the merchants' accounts.

A cursor says how far the chain was searched. From there to the head it is read block by block, in stretches as large as
the nodes bear, so any downtime is caught up, however long. Blocks are compared by hash: where the chain was replaced
since, the search goes back to the last block that still stands.

Coins that a contract sends on (internal transfers) are in no transaction and no event; they are not found.

The id of what is found is the one it would have had through us, so that no transfer is credited twice: see `found.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence

from relay.abilities import Seen, Stretch
from relay.chains.eip155.answers import (
    TRANSFER,
    Block,
    Log,
    Mined,
    Transaction,
    block_of,
    logs_of,
    mined_of,
    padded,
    transaction_of,
    word,
)
from relay.chains.eip155.arrivals import Arrivals
from relay.chains.eip155.cursor import Cursor, Place, read_cursor, thinned
from relay.chains.eip155.delivery import moves, receipt_of
from relay.chains.eip155.finality import Patience
from relay.chains.eip155.found import transfers_in
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.sweep import Sweep, pieces
from relay.errors import Unreachable
from relay.money import Account

FIRST_SPAN, MOST_SPAN = 128, 512  # blocks in one stretch: it grows while nodes answer, and halves when they do not
GROWS_AFTER = 8  # stretches that went well
TRIES = 3  # each half as long as the one before
WHOLE_BLOCKS = 25  # in one batch; a busy one is some hundred kilobytes
ACCOUNTS = 200  # in one filter of events
DOUBT_SECONDS = 30.0  # after a reorganisation: longer than any process takes to notice it


class Watcher:
    def __init__(self, spec: Spec, rpc: Rpc, sweep: Sweep, patience: Patience, arrivals: Arrivals) -> None:
        self._spec = spec
        self._rpc = rpc
        self._sweep = sweep
        self._patience = patience
        self._arrivals = arrivals
        self._tokens = {"0x" + address.hex() for address in spec.tokens}
        self._span = FIRST_SPAN
        self._well = 0  # stretches in a row

    async def watch(self, accounts: Collection[Account], cursor: str | None) -> Stretch:
        """The next stretch past `cursor`; None begins at the head. Raises `Unreachable`."""
        if self._sweep.head.blocks.head is None:
            await self._sweep.step()
        head = self._sweep.head.blocks.head
        if head is None:
            raise Unreachable("no node told where the chain's head is")
        if cursor is None:
            return Stretch((), Cursor((Place(head.number, head.hash),)).text(), more=False)
        stretch = await self._bearable({account.lower() for account in accounts}, read_cursor(cursor), head)
        self._well += 1
        if self._well % GROWS_AFTER == 0:
            self._span = min(MOST_SPAN, self._span * 2)
        return stretch

    async def _bearable(self, accounts: Collection[str], cursor: Cursor, head: Block) -> Stretch:
        """A stretch that nodes do not find too much to ask."""
        tries = TRIES
        while True:
            try:
                return await self._stretch(accounts, cursor, head)
            except Unreachable:
                self._span, self._well = max(1, self._span // 2), 0
                tries -= 1
                if not tries:
                    raise

    async def _stretch(self, accounts: Collection[str], cursor: Cursor, head: Block) -> Stretch:
        now = self._spec.clock().timestamp()
        places = await self._standing(cursor, head)
        doubted, until = (cursor.doubted, cursor.doubt_until) if now < cursor.doubt_until else (None, 0.0)
        if (
            places != cursor.places
        ):  # replaced since: a process that does not know it yet may still settle what was there
            lowest = places[-1].number + 1 if places else cursor.places[0].number
            doubted, until = min(lowest, lowest if doubted is None else doubted), now + DOUBT_SECONDS
        first = places[-1].number + 1 if places else cursor.places[0].number
        last = min(head.number, first + self._span - 1)
        if last < first:
            return Stretch((), Cursor(places, doubted, until).text(), more=False, undone_from=doubted)
        blocks = await self._read(range(first, last + 1), places, head)
        seen = await self._search(accounts, blocks)
        after = Cursor(thinned(places, blocks), doubted, until)
        # What settled before the search came by may have settled in a block that was replaced unseen: looked at again.
        undone_from = first if doubted is None else min(first, doubted)
        return Stretch(seen, after.text(), more=last < head.number, undone_from=undone_from)

    async def _standing(self, cursor: Cursor, head: Block) -> tuple[Place, ...]:
        """The places of the cursor up to the last that is still on the chain."""
        if cursor.end.number > head.number:
            raise Unreachable(f"the nodes are at block {head.number}, the search was at {cursor.end.number} before")
        if self._sweep.head.blocks.has(*cursor.end):
            return cursor.places
        calls = [("eth_getBlockByNumber", (hex(place.number), False)) for place in cursor.places]
        hashes = [block_of(answer).hash for some in pieces(calls) for answer in await self._rpc.batch(some)]
        standing = [
            at for at, (place, hash) in enumerate(zip(cursor.places, hashes, strict=True)) if place.hash == hash
        ]
        return cursor.places[: standing[-1] + 1] if standing else ()

    async def _read(self, numbers: range, places: Sequence[Place], head: Block) -> list[Block]:
        """The blocks of these heights: one unbroken row from the last place to our head, or part of the way."""
        whole = self._spec.options.watch_native
        known = {number: block for number in numbers if (block := self._sweep.block_of_ours(number)) is not None}
        missing = [number for number in numbers if number not in known]
        for at in range(0, len(missing), WHOLE_BLOCKS):
            some = missing[at : at + WHOLE_BLOCKS]
            known |= zip(some, await self._sweep.head.fetch(some, whole=whole), strict=True)
        blocks = [known[number] for number in numbers]
        row = [*places[-1:], *(Place(block.number, block.hash) for block in blocks)]
        parents = [block.parent for block in blocks][-len(row) + 1 :]
        broken = any(parent != place.hash for parent, place in zip(parents, row, strict=False))
        if broken or (numbers.stop - 1 == head.number and blocks[-1].hash != head.hash):
            raise Unreachable("the chain was reorganised while it was searched")
        return blocks

    async def _search(self, accounts: Collection[str], blocks: Sequence[Block]) -> tuple[Seen, ...]:
        hashes = {block.number: block.hash for block in blocks}
        paying = {each.hash for block in blocks for each in block.bodies if each.value and each.to in accounts} | {
            log.transaction for log in await self._logs(accounts, blocks)
        }
        unknown = sorted(hash for hash in paying if not self._sweep.made_by_us(hash))
        calls = [(method, (hash,)) for hash in unknown for method in _WHOLE_TRANSACTION]
        answers = [answer for some in pieces(calls) for answer in await self._rpc.batch(some)]
        seen: list[tuple[int, Seen]] = []
        for at in range(0, len(answers), len(_WHOLE_TRANSACTION)):
            sent, mined = transaction_of(answers[at]), mined_of(answers[at + 1])
            if hashes.get(mined.block) != mined.block_hash:
                raise Unreachable("the chain was reorganised while it was searched")
            seen += [(mined.block, each) async for each in self._seen(sent, mined, accounts)]
        return tuple(each for _, each in sorted(seen, key=lambda pair: pair[0]))

    async def _seen(self, sent: Transaction, mined: Mined, accounts: Collection[str]) -> AsyncIterator[Seen]:
        if not mined.ok:
            return
        for id, found in transfers_in(sent, mined, self._spec):
            if found.payee in accounts:
                transfer, claim = found.transfer(self._spec.id, id), found.claim()
                rule = self._patience.of(claim.asset, claim.amount)
                receipt = receipt_of(claim, mined, self._sweep.head.marks, rule)
                if (await self._arrivals.checked(claim, mined, receipt)).ok:
                    yield Seen(transfer, receipt)

    async def _logs(self, accounts: Collection[str], blocks: Sequence[Block]) -> list[Log]:
        """Events of listed tokens that say an account was credited."""
        if not self._tokens or not accounts:
            return []
        topics, at = (
            sorted(map(padded, accounts)),
            {"fromBlock": hex(blocks[0].number), "toBlock": hex(blocks[-1].number)},
        )
        filters = [
            at | {"address": sorted(self._tokens), "topics": [TRANSFER, None, topics[start : start + ACCOUNTS]]}
            for start in range(0, len(topics), ACCOUNTS)
        ]
        found = [log for each in filters for log in logs_of(await self._rpc.call("eth_getLogs", each))]
        return [log for log in found if log.address in self._tokens and moves(log) and word(log.topics[2]) in accounts]


_WHOLE_TRANSACTION = "eth_getTransactionByHash", "eth_getTransactionReceipt"
