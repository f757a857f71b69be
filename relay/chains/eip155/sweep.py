"""Receipts by one sweep per block: each new block's list of hashes is compared with those we are asked about, and only
for what is in both the receipts are fetched. So a payment under way costs the nodes nothing until it is mined.

A hash is asked about one by one (in batches) only where sweeps cannot tell: it may have been mined before we began to
look for it. Absence is told by a node that has our head, or not at all: one that lags would deny what is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from relay.chains.eip155.answers import Block, Mined, block_of, mined_of
from relay.chains.eip155.blocks import KEEP
from relay.chains.eip155.finality import Marks, Patience
from relay.chains.eip155.head import Ahead, Head
from relay.chains.eip155.rpc import Rpc
from relay.errors import RelayError, Unreachable

WANTED = 50_000  # hashes looked for at once; past that the one asked about least lately is forgotten, and asked anew
UNSETTLED = 10_000  # blocks with something in them that is not final yet
FEW = 8  # receipts of one block worth asking one by one; a whole block's may be megabytes
TOGETHER = 100  # questions in one batch
GATHER_SECONDS = 0.005  # for questions to come together in one batch
TRUST_SECONDS = 60.0  # how long "it is not there" stands without asking again, beside the sweeps
FRESH_SECONDS = 2.0  # the same for a hash that was never sent before: by then it is mined, or worth a question

Call = tuple[str, Sequence[object]]

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Want:
    hash: str
    ask_at: float = 0.0  # by the loop's clock; until then what sweeps have seen is the whole truth
    mined: Mined | None = None
    waiting: set[asyncio.Event] = field(default_factory=set)

    def wake(self) -> None:
        for event in self.waiting:
            event.set()


class Sweep:
    """`run` in a task of its own; any number may ask meanwhile. `tokens`: the contracts whose events are kept."""

    def __init__(self, rpc: Rpc, patience: Patience, tokens: Collection[str], poll_seconds: float) -> None:
        self.head = Head(rpc, patience)
        self._rpc = rpc
        self._rules = patience.rules
        self._tokens = frozenset(tokens)
        self._poll_seconds = poll_seconds
        self._wants: OrderedDict[str, _Want] = OrderedDict()
        self._ours: OrderedDict[str, None] = OrderedDict()
        self._plain: OrderedDict[str, None] = OrderedDict()  # hashes of blocks with nothing but ours in them
        self._unsettled: dict[int, set[str]] = {}  # by block, what was found there and is not final by every rule
        self._asking: dict[str, asyncio.Future[None]] = {}
        self._asked = asyncio.Event()
        self._news = asyncio.Event()
        self._stepping = asyncio.Lock()
        self._whole_blocks = True  # until a node says it has no eth_getBlockReceipts

    async def run(self) -> None:
        """Follow the head and answer questions, for ever."""
        await asyncio.gather(self._follow(), self._answer())

    def wake(self) -> None:
        """Somebody says that there is a new block."""
        self._news.set()

    def expect(self, hash: str) -> None:
        """A transaction goes out that nobody has sent before: from now on sweeps see whether it is mined."""
        self._want(hash).ask_at = asyncio.get_running_loop().time() + FRESH_SECONDS

    def carry(self, hash: str) -> None:
        """`expect` one with a key of ours: what it moves is a payment on record, and only that."""
        self.expect(hash)
        self._ours[hash] = None
        if len(self._ours) > WANTED:
            self._ours.popitem(last=False)

    def made_by_us(self, hash: str) -> bool:
        """Whether this process sent it with a key of ours, so that no search need look into it. A no tells nothing."""
        return hash in self._ours

    def block_of_ours(self, height: int) -> Block | None:
        """The block there, if it is known to have nothing in it but what `made_by_us`."""
        block = self.head.blocks.at(height)
        return block if block is not None and block.hash in self._plain else None

    async def mined(self, hashes: Iterable[str], *, afresh: bool = False) -> Mined | None:
        """Where the ledger has one of these transactions; None: nowhere up to our head. Raises `Unreachable`.

        Of several, one that went through.
        `afresh` asks a node in any case.
        """
        if self.head.blocks.head is None:
            await self.step()
        wants = [self._want(hash) for hash in hashes]
        now = asyncio.get_running_loop().time()
        await asyncio.gather(
            *(self._ask(want.hash) for want in wants if want.mined is None and (afresh or now >= want.ask_at))
        )
        found = [want.mined for want in wants if want.mined is not None]
        return next((mined for mined in found if mined.ok), found[0] if found else None)

    async def changed(self, hashes: Iterable[str]) -> None:
        """Return once one of these was mined, is gone from its block, or may have become final."""
        event, wants = asyncio.Event(), [self._want(hash) for hash in hashes]
        for want in wants:
            want.waiting.add(event)
        try:
            await event.wait()
        finally:
            for want in wants:
                want.waiting.discard(event)

    async def step(self) -> None:
        """Read what is new at the head, and the receipts in it that we are asked about; raises `Unreachable`."""
        async with self._stepping:
            ahead = await self.head.look()
            found: dict[str, Mined] = {}
            # Again until nothing is missing: while receipts were fetched, somebody may have asked about more.
            while missing := self._missing(ahead.blocks, found):
                for mined in await self._receipts(missing):
                    found[mined.hash] = self._kept(mined)
            self._adopt(ahead, found)

    # --- of a step ---

    def _missing(self, blocks: Sequence[Block], found: dict[str, Mined]) -> dict[Block, list[str]]:
        missing = {b: [h for h in b.transactions if h in self._wants and h not in found] for b in blocks}
        return {block: hashes for block, hashes in missing.items() if hashes}

    async def _receipts(self, missing: dict[Block, list[str]]) -> list[Mined]:
        calls: list[Call] = []
        for block, hashes in missing.items():
            if self._whole_blocks and len(hashes) > FEW:
                calls.append(("eth_getBlockReceipts", (hex(block.number),)))
            else:
                calls += [("eth_getTransactionReceipt", (hash,)) for hash in hashes]
        answers = [answer for each in pieces(calls) for answer in await self._rpc.batch(each)]
        found: list[Mined] = []
        for (method, _), answer in zip(calls, answers, strict=True):
            if method == "eth_getTransactionReceipt":
                found.append(mined_of(answer))
            elif isinstance(answer, list):
                found += map(mined_of, answer)
            else:
                self._whole_blocks = False
                raise Unreachable("a node has no receipts of whole blocks; asking for each")
        places = {(hash, block.hash) for block, hashes in missing.items() for hash in hashes}
        found = [mined for mined in found if (mined.hash, mined.block_hash) in places]
        if len(found) < len(places):  # it has the block and not yet its receipts, or the block was replaced meanwhile
            raise Unreachable("a node lacks the receipts of a block that it has")
        return found

    def _adopt(self, ahead: Ahead, found: dict[str, Mined]) -> None:
        before = self.head.marks
        replaced = self.head.adopt(ahead)
        for block in ahead.blocks:
            if all(map(self.made_by_us, block.transactions)):
                self._plain[block.hash] = None
                if len(self._plain) > KEEP:
                    self._plain.popitem(last=False)
        if ahead.anew:
            self._unsettled.clear()
            for want in self._wants.values():
                want.mined, want.ask_at = None, 0.0
                want.wake()
        elif replaced is not None:
            for number in [number for number in self._unsettled if number >= replaced]:
                del self._unsettled[number]
            for want in self._wants.values():
                if want.mined is not None and want.mined.block >= replaced:
                    want.mined = None
                    want.wake()
        for mined in found.values():
            self._find(mined)
        self._wake_final(before, self.head.marks)

    def _find(self, mined: Mined) -> None:
        want = self._wants.get(mined.hash)
        if want is not None:
            want.mined = mined
            self._unsettled.setdefault(mined.block, set()).add(mined.hash)
            if len(self._unsettled) > UNSETTLED:  # who waits for these looks now and then all the same
                del self._unsettled[min(self._unsettled)]
            want.wake()

    def _wake_final(self, before: Marks, after: Marks) -> None:
        steps = [(before.final(rule), after.final(rule)) for rule in self._rules]
        lowest = min(final for _, final in steps)
        for number in list(self._unsettled):
            if any(old < number <= new for old, new in steps):
                for hash in self._unsettled[number]:
                    if (want := self._wants.get(hash)) is not None:
                        want.wake()
            if number <= lowest:
                del self._unsettled[number]

    # --- of a question ---

    def _want(self, hash: str) -> _Want:
        want = self._wants.get(hash)
        if want is None:
            want = self._wants[hash] = _Want(hash)
            if len(self._wants) > WANTED:
                self._wants.popitem(last=False)[1].wake()
        self._wants.move_to_end(hash)
        return want

    async def _ask(self, hash: str) -> None:
        answer = self._asking.get(hash)
        if answer is None:
            answer = self._asking[hash] = asyncio.get_running_loop().create_future()
            self._asked.set()
        await asyncio.shield(answer)

    async def _answer(self) -> None:
        while True:
            await self._asked.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._asked.clear()
            while questions := list(self._asking)[:TOGETHER]:
                try:
                    await self._look_up(questions)
                except RelayError as error:
                    self._tell(questions, error)
                except Exception:
                    _log.exception("what nodes answered was not understood")
                    self._tell(questions, Unreachable("what nodes answered was not understood"))
                else:
                    self._tell(questions, None)

    def _tell(self, questions: Iterable[str], error: RelayError | None) -> None:
        for hash in questions:
            answer = self._asking.pop(hash)
            if error is None:
                answer.set_result(None)
            else:
                answer.set_exception(error)
                answer.exception()  # every asker may have gone: nobody need hear of it

    async def _look_up(self, hashes: Sequence[str]) -> None:
        head = self.head.blocks.head
        if head is None:
            raise Unreachable("no node told where the chain's head is")
        calls = [("eth_getTransactionReceipt", (hash,)) for hash in hashes]
        first, *answers = await self._rpc.batch([("eth_getBlockByNumber", (hex(head.number), False)), *calls])
        if block_of(first).hash != head.hash or not self.head.blocks.has(head.number, head.hash):
            raise Unreachable("a node does not have the chain's head, so it cannot tell what is not there")
        for hash, answer in zip(hashes, answers, strict=True):
            want = self._wants.get(hash)
            if want is None:
                continue
            if answer is None:
                want.ask_at = asyncio.get_running_loop().time() + TRUST_SECONDS
                continue
            mined = mined_of(answer)
            if mined.block <= self._newest() and want.mined is None and self._stands(mined):
                self._find(self._kept(mined))

    def _newest(self) -> int:
        return -1 if self.head.blocks.head is None else self.head.blocks.head.number

    def _stands(self, mined: Mined) -> bool:
        """Whether its block is one of ours, or older than those we know."""
        blocks = self.head.blocks
        return mined.block < blocks.oldest or blocks.has(mined.block, mined.block_hash)

    def _kept(self, mined: Mined) -> Mined:
        logs = tuple(log for log in mined.logs if log.address in self._tokens)
        return msgspec.structs.replace(mined, logs=logs)

    async def _follow(self) -> None:
        while True:
            try:
                await self.step()
            except RelayError as error:
                _log.debug("the head was not read", extra={"detail": error.message})
            except Exception:  # the next look may be better, and without this loop nothing is ever found
                _log.exception("the head was not read")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await self._news.wait()
            self._news.clear()


def pieces(calls: Sequence[Call]) -> Iterable[Sequence[Call]]:
    """Calls in batches that a node takes."""
    return (calls[at : at + TOGETHER] for at in range(0, len(calls), TOGETHER))
