"""One RPC endpoint: how it is asked, how it does, and what of its URL may be shown.

What it is asked may be lost on the way there or on the way back, which is one to whoever looks but not to whoever sends
money. So `NoAnswer.sent` tells whether a byte of the question can have left us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import msgspec

MAX_ANSWER = 32 * 2**20  # bytes: the receipts of a full block are some megabytes
FIRST_PAUSE, LAST_PAUSE = 1.0, 30.0  # seconds an endpoint that failed is left alone, doubling
REVERTED = 3  # a call that ran and failed (execution-apis)
LIMITED = (-32005, 429)  # what nodes say when they are asked too often (EIP-1474, and by habit HTTP's number)
TOO_MUCH = ("block range", "results", "response size")  # with the same code: of one question, not of their number
SECRET_SIZE = 8  # characters of a URL's part that may be a key

Call = tuple[str, Sequence[object]]
T = TypeVar("T")


class Fault(msgspec.Struct, frozen=True):
    """What a node answered instead of a result."""

    message: str = ""
    code: int = 0
    data: object = None

    @property
    def reverted(self) -> bool:
        """It ran the call, and the contract refused; anything else says something of the node."""
        return self.code == REVERTED or "revert" in self.message.lower()

    @property
    def limited(self) -> bool:
        """It would rather not be asked now. What a contract says, anybody may have written: it limits nobody."""
        text = self.message.lower()
        if self.reverted or any(words in text for words in TOO_MUCH):
            return False
        return self.code in LIMITED or "rate limit" in text or "too many requests" in text


class NoAnswer(Exception):
    """No answer we can use. `sent`: the node may have got the question."""

    def __init__(self, reason: str, *, sent: bool, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.pause = pause


class Answer(msgspec.Struct, frozen=True):
    id: int | None = None
    result: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    error: Fault | None = None


class Transport(Protocol):
    """The wire to one endpoint."""

    async def ask(self, calls: Sequence[Call]) -> list[object]:
        """Results in order, a `Fault` in the place of those it declined; raises `NoAnswer`."""
        ...

    async def close(self) -> None: ...


class Http:
    """JSON-RPC over HTTP, in batches."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url = url
        self._seconds = seconds
        self._http: aiohttp.ClientSession | None = None
        self._batches = True  # until it says that it takes none

    async def ask(self, calls: Sequence[Call]) -> list[object]:
        if len(calls) == 1:
            return [await self._one(calls[0])]
        if not self._batches:
            return await self._each(calls)
        raw = await self._post(msgspec.json.encode([request(at, call) for at, call in enumerate(calls)]))
        if not raw.lstrip().startswith(b"["):
            refusal = decoded(raw, Answer).error
            if refusal is not None and refusal.limited:
                raise NoAnswer("it limits how often it is asked", sent=True, pause=FIRST_PAUSE)
            self._batches = False
            return await self._each(calls)
        found = {answer.id: answer for answer in decoded(raw, list[Answer])}
        if found.keys() != set(range(len(calls))):
            raise NoAnswer("it answered other questions than it was asked", sent=True)
        return [result_of(found[at]) for at in range(len(calls))]

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def _each(self, calls: Sequence[Call]) -> list[object]:
        """In requests of their own. When one fails, others may have arrived: nobody may think that none was sent."""
        answers = await asyncio.gather(*map(self._one, calls), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, NoAnswer):
                raise NoAnswer(answer.reason, sent=True, pause=answer.pause)
            if isinstance(answer, BaseException):
                raise answer
        return answers

    async def _one(self, call: Call) -> object:
        return result_of(decoded(await self._post(msgspec.json.encode(request(0, call))), Answer))

    async def _post(self, body: bytes) -> bytes:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=self._seconds)
            self._http = aiohttp.ClientSession(timeout=timeout, headers={"Content-Type": "application/json"})
        try:
            async with self._http.post(self._url, data=body, allow_redirects=False) as response:
                if response.status == 429:
                    raise NoAnswer("it limits how often it is asked", sent=True, pause=_retry_after(response))
                if response.status >= 300 and response.status != 400:  # some say in a 400 what is wrong with a call
                    raise NoAnswer(f"it answered with HTTP status {response.status}", sent=True)
                answer = bytearray()
                async for piece in response.content.iter_any():
                    answer += piece
                    if len(answer) > MAX_ANSWER:
                        raise NoAnswer(f"it answered more than {MAX_ANSWER} bytes", sent=True)
                return bytes(answer)
        except aiohttp.ClientConnectorError as error:
            raise NoAnswer(f"it cannot be reached: {type(error).__name__}", sent=False) from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise NoAnswer(f"it gives no answer: {type(error).__name__}", sent=True) from None


class Endpoint:
    """An endpoint of the pool. `label` is what may be shown: scheme, host and port; keys are in paths and queries."""

    def __init__(self, url: str, transport: Transport, label: str, clock: Callable[[], float]) -> None:
        self.label = label
        self.head = -1  # the highest block it told of
        self.detail = "not asked so far"
        self.seconds = 0.0  # what an answer takes, smoothed
        self.healthy = False
        self.late = False  # it is behind the others
        self.wrong = False  # it serves another chain: never asked again but for which one it is
        self._transport = transport
        self._clock = clock  # seconds, since whenever
        self._secrets = _secrets_of(url)
        self._resting_until = 0.0
        self._pause = FIRST_PAUSE

    @property
    def resting(self) -> bool:
        """It failed or was asked too often a moment ago."""
        return self._clock() < self._resting_until

    async def ask(self, calls: Sequence[Call]) -> list[object]:
        """Results in order; raises `NoAnswer`, and remembers how that went."""
        began = self._clock()
        try:
            answers = await self._transport.ask(calls)
        except NoAnswer as error:
            self._failed(error.reason, error.pause)
            raise
        if any(isinstance(answer, Fault) and answer.limited for answer in answers):
            self._failed("it limits how often it is asked", FIRST_PAUSE)
            raise NoAnswer("it limits how often it is asked", sent=True)
        took = self._clock() - began
        self.seconds = took if not self.seconds else 0.8 * self.seconds + 0.2 * took
        self._pause = FIRST_PAUSE
        return [self._shown(answer) if isinstance(answer, Fault) else answer for answer in answers]

    def became(self, *, healthy: bool, detail: str = "") -> bool:
        """Note how it does; whether that is news."""
        news = self.healthy is not healthy or self.detail == "not asked so far"
        self.healthy, self.detail = healthy, detail
        return news

    async def close(self) -> None:
        await self._transport.close()

    def _shown(self, fault: Fault) -> Fault:
        """What a node says goes to logs and clients; some name the key they were asked with."""
        message = fault.message
        for secret in self._secrets:
            message = message.replace(secret, "…")
        return fault if message == fault.message else msgspec.structs.replace(fault, message=message)

    def _failed(self, reason: str, pause: float | None) -> None:
        self.detail = reason
        rest = pause if pause is not None else self._pause
        self._resting_until = self._clock() + min(rest, LAST_PAUSE)
        self._pause = min(2 * self._pause, LAST_PAUSE)


def label_of(url: str) -> str:
    """What of a URL may be shown; raises `ValueError` for one that names no host, or no port where one belongs."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _secrets_of(url: str) -> tuple[str, ...]:
    """What of a URL is nobody's business: its credentials, and the parts of its path and query."""
    parts = urlsplit(url)
    found = [parts.username or "", parts.password or "", *parts.path.split("/")]
    found += [value for _, value in parse_qsl(parts.query)]
    return tuple(part for part in found if len(part) >= SECRET_SIZE)


def request(at: int, call: Call) -> dict[str, object]:
    """A question, numbered so that its answer is known."""
    return {"jsonrpc": "2.0", "id": at, "method": call[0], "params": call[1]}


def result_of(answer: Answer) -> object:
    """What was answered; raises `NoAnswer` for neither a result nor an error."""
    if answer.error is not None:
        return answer.error
    if answer.result is msgspec.UNSET:
        raise NoAnswer("what it answers is not JSON-RPC", sent=True)
    return decoded(answer.result, object)


def decoded(raw: bytes, kind: type[T]) -> T:
    """Raises `NoAnswer` for what is not of that form."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NoAnswer("what it answers is not JSON-RPC", sent=True) from None


def _retry_after(response: aiohttp.ClientResponse) -> float:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 4 else FIRST_PAUSE
