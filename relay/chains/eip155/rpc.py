"""The nodes of one chain: several endpoints asked as one.

    call batch    questions: the first endpoint that is well and not behind answers, else the next
    join          the same, in one request with what others ask just now
    send          bytes: the same, but what happened to them is told apart (`Heard`, `Lost`), for money is at stake

An endpoint is probed all the time: which chain it serves, and which block it is at. One that serves another chain is
never asked; one that tells of a block it cannot show, or is behind the best, is left out until it has caught up, so
that a laggard cannot deny what is there.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from relay.abilities import Node
from relay.chains.eip155.endpoint import Call, Endpoint, Fault, Http, NoAnswer, Transport, label_of
from relay.chains.eip155.group import Group
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.websocket import WebSocket
from relay.errors import Misconfigured, Unreachable
from relay.money import ChainId

__all__ = ["Fault", "Heard", "Lost", "Rpc", "open_rpc"]

PROBE_ALONE = 5.0  # seconds between two probes of an only endpoint: there is none to compare it with
LAST_PROBE = 15.0  # of one that is away, doubling up to this
JOINED = 5  # who share a request; each asks four questions or so, and nodes bound how many one may have
JOIN_SECONDS = 0.003  # that they wait for each other, while a request is out
BEHIND = 3  # blocks an endpoint may lag: they hear of a block one after the other

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """A node answered. `before`: another one may have got the bytes earlier, whatever this one says of them."""

    answer: object  # a hash, or a Fault
    before: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """No node answered. `sent`: one of them may have got the bytes."""

    sent: bool


class Rpc:
    """Every question bounded in time; raises `Unreachable` when no endpoint answers."""

    def __init__(self, spec: Spec, endpoints: Sequence[Endpoint], report: Callable[[ChainId, Node], None]) -> None:
        self._spec = spec
        self._endpoints = endpoints
        self._report = report
        self._sending = Group(self._send)
        self._joining = Group(self._join, most=JOINED, seconds=JOIN_SECONDS)

    @property
    def head(self) -> int:
        """The highest block an endpoint that is well is at; -1 where none is."""
        return max((endpoint.head for endpoint in self._endpoints if endpoint.healthy), default=-1)

    async def call(self, method: str, *params: object) -> object:
        """The result of one call; raises `Unreachable`, also for a fault."""
        [answer] = await self.batch([(method, params)])
        if isinstance(answer, Fault):
            raise Unreachable(f"{method}: {answer.message[:200]}")
        return answer

    async def batch(self, calls: Sequence[Call]) -> list[object]:
        """Results in order, all from one node; a `Fault` in the place of those it declined."""
        reasons = []
        for endpoint in self._in_order():
            try:
                return await endpoint.ask(calls)
            except NoAnswer as error:
                reasons.append(f"{endpoint.label}: {error.reason}")
                self._note(endpoint, healthy=False, detail=error.reason)
        raise Unreachable(f"no endpoint of {self._spec.id} answers: {'; '.join(reasons) or 'none is well'}")

    async def join(self, calls: Sequence[Call]) -> list[object]:
        """`batch`, for what is asked for every payment: one request for those that come together."""
        answers = await self._joining.add(calls)
        if isinstance(answers, Unreachable):
            raise Unreachable(answers.message)  # an error of his own: whoever catches one may write on it
        return answers

    async def _join(self, several: Sequence[Sequence[Call]]) -> list[list[object] | Unreachable]:
        try:
            answers = iter(await self.batch([call for calls in several for call in calls]))
        except Unreachable as error:
            return [error for _ in several]
        return [list(islice(answers, len(calls))) for calls in several]

    async def send(self, raw: bytes) -> Heard | Lost:
        """Hand the bytes of a transaction to a node, in one request with those that go out just now, too."""
        return await self._sending.add(raw)

    async def _send(self, raws: Sequence[bytes]) -> list[Heard | Lost]:
        maybe = False
        calls = [("eth_sendRawTransaction", ("0x" + raw.hex(),)) for raw in raws]
        for endpoint in self._in_order():
            try:
                answers = await endpoint.ask(calls)
            except NoAnswer as error:
                maybe = maybe or error.sent
                self._note(endpoint, healthy=False, detail=error.reason)
            else:
                return [Heard(answer, before=maybe) for answer in answers]
        return [Lost(sent=maybe) for _ in raws]

    def nodes(self) -> tuple[Node, ...]:
        """Healthy ones first."""
        ordered = sorted(self._endpoints, key=lambda endpoint: not self._fit(endpoint))
        return tuple(_node(endpoint, fit=self._fit(endpoint)) for endpoint in ordered)

    async def check(self) -> str:
        """Ask every endpoint; raises `Unreachable` naming those that are away when none is well."""
        await asyncio.gather(*(self.probe(endpoint) for endpoint in self._endpoints))
        away = [f"{each.label}: {each.detail}" for each in self._endpoints if not self._fit(each)]
        if len(away) == len(self._endpoints):
            raise Unreachable("; ".join(away))
        well = f"{len(self._endpoints) - len(away)} of {len(self._endpoints)} endpoints answer, at block {self.head}"
        return "; ".join([well, *away])

    async def probe(self, endpoint: Endpoint) -> None:
        """Ask which chain it serves and where it is, and note that."""
        try:
            number, head = await endpoint.ask([("eth_chainId", ()), ("eth_blockNumber", ())])
            served, height = _quantity(number), _quantity(head)
            [block] = await endpoint.ask([("eth_getBlockByNumber", (hex(height), False))])
        except NoAnswer as error:
            self._note(endpoint, healthy=False, detail=error.reason)
            return
        endpoint.wrong = served != self._spec.number
        if endpoint.wrong:
            self._note(endpoint, healthy=False, detail=f"it serves chain {served}, not {self._spec.number}")
            return
        if not isinstance(block, dict) or block.get("number") != hex(height):
            self._note(endpoint, healthy=False, detail=f"it tells of block {height} and does not show it")
            return
        endpoint.head = height
        behind = self.head - height
        endpoint.late = behind > BEHIND
        self._note(endpoint, healthy=not endpoint.late, detail=f"{behind} blocks behind" if endpoint.late else "")

    async def follow(self, endpoint: Endpoint) -> None:
        """Probe an endpoint for ever."""
        patience = self._interval()
        while True:
            await asyncio.sleep(patience)
            try:
                await self.probe(endpoint)
            except Exception:  # without this loop it would never be well again
                _log.exception("an endpoint was not probed", extra={"chain": str(self._spec.id)})
            patience = self._interval() if endpoint.healthy else min(2 * patience, LAST_PROBE)

    def _interval(self) -> float:
        return PROBE_ALONE if len(self._endpoints) == 1 else max(0.5, min(self._spec.network.block_seconds, 5.0))

    def _fit(self, endpoint: Endpoint) -> bool:
        return endpoint.healthy and not endpoint.wrong

    def _in_order(self) -> Iterable[Endpoint]:
        """Those to ask: the ones that are well, near the head first, else as configured; then those that failed lately.

        A laggard is asked only when there is nobody else: it would deny what is there.
        """
        able = [endpoint for endpoint in self._endpoints if not endpoint.wrong]
        fit = [endpoint for endpoint in able if endpoint.healthy and not endpoint.resting]
        fit.sort(key=lambda endpoint: self.head - endpoint.head > 1)
        failed = [endpoint for endpoint in able if endpoint not in fit and not endpoint.late]
        return fit + sorted(failed, key=lambda endpoint: endpoint.resting) or able

    def _note(self, endpoint: Endpoint, *, healthy: bool, detail: str) -> None:
        if endpoint.became(healthy=healthy, detail=detail):
            node = _node(endpoint, fit=healthy)
            _log.info("an endpoint changed", extra={"chain": str(self._spec.id), "node": node.address, "well": healthy})
            self._report(self._spec.id, node)


@asynccontextmanager
async def open_rpc(
    spec: Spec, report: Callable[[ChainId, Node], None], clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[Rpc]:
    """Connect until the block ends; starts with endpoints away, too.

    Raises `Misconfigured` for a URL where another chain answers.
    """
    endpoints = [Endpoint(url, _transport(url, spec), label, clock) for url, label in _labelled(spec)]
    rpc = Rpc(spec, endpoints, report)
    following: list[asyncio.Task[None]] = []
    try:
        await asyncio.gather(*(rpc.probe(endpoint) for endpoint in endpoints))
        for endpoint in endpoints:
            if endpoint.wrong:
                raise Misconfigured(f'[chains."{spec.id}"]: rpc: {endpoint.label}: {endpoint.detail}')
        following = [asyncio.create_task(rpc.follow(endpoint)) for endpoint in endpoints]
        yield rpc
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        await asyncio.gather(*(endpoint.close() for endpoint in endpoints))


def _transport(url: str, spec: Spec) -> Transport:
    seconds = spec.options.call_seconds
    match urlsplit(url).scheme:
        case "http" | "https":
            return Http(url, seconds)
        case "ws" | "wss":
            return WebSocket(url, seconds)
        case scheme:
            raise Misconfigured(
                f'[chains."{spec.id}"]: rpc: expected a URL with http, https, ws or wss, got {scheme[:10]!r}'
            )


def _labelled(spec: Spec) -> Iterable[tuple[str, str]]:
    """Each URL with what may be shown of it; two at one host are told apart by number."""
    labels = []
    for at, url in enumerate(spec.options.rpc):
        try:
            labels.append(label_of(url))
        except ValueError:
            raise Misconfigured(f'[chains."{spec.id}"]: rpc: the URL at place {at + 1} cannot be read') from None
    for at, (url, label) in enumerate(zip(spec.options.rpc, labels, strict=True)):
        yield url, label if labels.count(label) == 1 else f"{label} #{at + 1}"


def _node(endpoint: Endpoint, *, fit: bool) -> Node:
    return Node(endpoint.label, "", healthy=fit, detail=endpoint.detail)


def _quantity(answer: object) -> int:
    try:
        if isinstance(answer, str) and answer.startswith("0x") and len(answer) <= 18:
            return int(answer, 16)
    except ValueError:
        pass
    raise NoAnswer("it answers no number where one belongs", sent=True)
