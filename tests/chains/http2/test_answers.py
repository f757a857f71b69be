"""Whatever a node says comes to the same by our HTTP/2 as by gRPC's own: the same answer, or none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from relay.chains.hedera.channel import Disconnected, Endpoint, Failed
from relay.chains.hedera.direct import Direct
from relay.chains.hedera.plain import Plain
from tests.servers.http2_peer import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    GRPC,
    HEADERS,
    OK,
    PADDED,
    PING,
    PRIORITIZED,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    Peer,
    answer,
    frame,
    http2_peer,
    message,
    settings,
)

METHOD = "/proto.CryptoService/cryptoTransfer"
SILENCE = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "INTERNAL", "UNKNOWN"}  # the node is asked how it is
B = b"hello"
Say = Callable[[int], bytes]


def entry(name: bytes, value: bytes) -> bytes:
    """A header in HPACK, literally; both short."""
    return b"\0" + bytes((len(name),)) + name + bytes((len(value),)) + value


def long_entry(size: int) -> bytes:
    rest = size - 127
    return b"\0\1k\x7f" + bytes((rest & 127 | 128, rest >> 7 & 127 | 128, rest >> 14)) + b"v" * size


def opening(stream: int, block: bytes = GRPC) -> bytes:
    return frame(HEADERS, END_HEADERS, stream, block)


def closing(stream: int, block: bytes = OK) -> bytes:
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, block)


def said(stream: int, data: bytes) -> bytes:
    return frame(DATA, 0, stream, data)


def long_trailers(stream: int) -> bytes:
    block = OK + long_entry(17_000)
    head = frame(HEADERS, END_STREAM, stream, block[:16_000])
    return opening(stream) + said(stream, message(B)) + head + frame(CONTINUATION, END_HEADERS, stream, block[16_000:])


SAME: dict[str, tuple[Say, str]] = {  # what a node says, and the status both make of it
    "honest": (lambda s: answer(s, B), "OK"),
    "nothing in the message": (lambda s: answer(s, b""), "OK"),
    "only trailers": (lambda s: closing(s, GRPC + entry(b"grpc-status", b"5")), "NOT_FOUND"),
    "HTTP 503": (lambda s: closing(s, b"\x08\x03503"), "UNAVAILABLE"),
    "HTTP 429": (lambda s: closing(s, b"\x08\x03429"), "UNAVAILABLE"),
    "HTTP 400": (lambda s: closing(s, b"\x8c"), "INTERNAL"),
    "HTTP 401": (lambda s: closing(s, b"\x08\x03401"), "UNAUTHENTICATED"),
    "HTTP 403": (lambda s: closing(s, b"\x08\x03403"), "PERMISSION_DENIED"),
    "HTTP 404 and a page": (lambda s: opening(s, b"\x8d") + frame(DATA, END_STREAM, s, b"<p>"), "UNIMPLEMENTED"),
    "HTTP 500 and a status of OK": (lambda s: answer(s, B, opening=b"\x8e" + GRPC[1:]), "UNKNOWN"),
    "no gRPC status": (lambda s: answer(s, B, closing=entry(b"a", b"b")), "UNKNOWN"),
    "a status gRPC does not have": (lambda s: answer(s, B, closing=entry(b"grpc-status", b"99")), "UNKNOWN"),
    "a status of 00": (lambda s: answer(s, B, closing=entry(b"grpc-status", b"00")), "OK"),
    "OK without a message": (lambda s: closing(s, GRPC + OK), "INTERNAL"),
    "half a message": (lambda s: opening(s) + said(s, message(B)[:7]) + closing(s), "INTERNAL"),
    "a compressed message": (lambda s: opening(s) + said(s, b"\1" + message(B)[1:]) + closing(s), "INTERNAL"),
    "an encoding it makes no use of": (lambda s: answer(s, B, GRPC + entry(b"grpc-encoding", b"gzip")), "OK"),
    "a message too large": (lambda s: opening(s) + said(s, b"\0\0\x10\0\1" + B), "RESOURCE_EXHAUSTED"),
    "trailers too long": (long_trailers, "RESOURCE_EXHAUSTED"),
    "headers in pieces": (
        lambda s: (
            frame(HEADERS, 0, s, GRPC[:3])
            + frame(CONTINUATION, 0, s)
            + frame(CONTINUATION, END_HEADERS, s, GRPC[3:])
            + said(s, message(B))
            + frame(HEADERS, END_STREAM, s, OK[:2])
            + frame(CONTINUATION, END_HEADERS, s, OK[2:])
        ),
        "OK",
    ),
    "a message in pieces": (
        lambda s: (
            opening(s) + b"".join(said(s, message(B)[at : at + 1]) for at in range(10)) + said(s, b"") + closing(s)
        ),
        "OK",
    ),
    "frames nobody knows": (lambda s: frame(77, 3, s, B) + frame(77, 3, 0, B) + answer(s, B), "OK"),
    "a setting nobody knows": (lambda s: settings(_99=1) + answer(s, B), "OK"),
    "priorities": (lambda s: frame(PRIORITY, 0, s, bytes(5)) + answer(s, B), "OK"),
    "the reserved bit": (lambda s: answer(s | 1 << 31, B), "OK"),
    "more after the end": (lambda s: answer(s, B) + said(s, B) + answer(s, b"another"), "OK"),
    "a promise to close": (lambda s: frame(GOAWAY, 0, 0, s.to_bytes(4, "big") + bytes(4)) + answer(s, B), "OK"),
    "closing without it": (lambda s: frame(GOAWAY, 0, 0, bytes(8)) + answer(s, B), "UNAVAILABLE"),
    "nothing": (lambda s: b"", "DEADLINE_EXCEEDED"),
}

RESETS = {0: "INTERNAL", 1: "INTERNAL", 2: "INTERNAL", 3: "INTERNAL", 7: "UNAVAILABLE", 8: "CANCELLED"} | {
    11: "RESOURCE_EXHAUSTED",
    12: "PERMISSION_DENIED",
    13: "INTERNAL",
    99: "INTERNAL",
}

NO_ANSWER: dict[str, Say] = {  # neither has an answer, and both doubt the node, whatever they call it
    "no trailers": lambda s: opening(s) + frame(DATA, END_STREAM, s, message(B)),
    "two messages in a frame": lambda s: opening(s) + said(s, message(B) * 2) + closing(s),
    "two messages": lambda s: opening(s) + said(s, message(B)) * 2 + closing(s),
    "headers twice": lambda s: opening(s) * 2 + said(s, message(B)) + closing(s),
    "padding longer than its frame": lambda s: opening(s) + frame(DATA, PADDED, s, b"\xff" + message(B)),
    "headers interrupted": lambda s: frame(HEADERS, 0, s, GRPC) + frame(PING, 0, 0, bytes(8)) + answer(s, B),
    "HPACK nobody writes": lambda s: opening(s, b"\xff" * 6),
    "an entry of no table": lambda s: opening(s, b"\xbe"),
    "a push": lambda s: frame(PUSH_PROMISE, END_HEADERS, s, bytes(4) + b"\x82"),
    "settings of a stream": lambda s: frame(SETTINGS, 0, s) + answer(s, B),
    "settings cut short": lambda s: frame(SETTINGS, 0, 0, b"abc") + answer(s, B),
    "a frame size HTTP/2 does not have": lambda s: settings(_5=100) + answer(s, B),
    "a window HTTP/2 does not have": lambda s: settings(_4=2**31) + answer(s, B),
    "a window widened by nothing": lambda s: frame(WINDOW_UPDATE, 0, 0, bytes(4)) + answer(s, B),
    "a ping cut short": lambda s: frame(PING, 0, 0, b"abc") + answer(s, B),
    "HTTP/1": lambda s: b"HTTP/1.1 400 Bad Request\r\n\r\n",
}

STRICTER: dict[str, Say] = {  # gRPC's own client takes these; ours does not, and says why
    "another content type": lambda s: answer(s, B, opening=b"\x88" + entry(b"content-type", b"text/html")),
    "no HTTP status": lambda s: answer(s, B, opening=GRPC[1:]),
    "data before headers": lambda s: said(s, message(B)) + closing(s),
    "a frame larger than we said": lambda s: opening(s) + said(s, message(b"x" * 20_000)) + closing(s),
    "a stream nobody opened": lambda s: opening(2) + answer(s, B),
    "data of no stream": lambda s: said(0, B) + answer(s, B),
    "a window wider than there are": lambda s: frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff") * 2 + answer(s, B),
    "pings without end": lambda s: frame(PING, 0, 0, bytes(8)) * 50_000 + answer(s, B),
    "headers without end": lambda s: frame(HEADERS, 0, s, GRPC) + frame(CONTINUATION, 0, s) * 20 + answer(s, B),
}

MILDER: dict[str, Say] = {  # HTTP/2 allows these, gRPC's own client does not take them
    "a word ahead of the answer": lambda s: opening(s, b"\x08\x03103") + answer(s, B),
    "padding": lambda s: (
        frame(HEADERS, END_HEADERS | PADDED | PRIORITIZED, s, b"\4" + bytes(5) + GRPC + bytes(4))
        + frame(DATA, PADDED, s, b"\7" + message(B) + bytes(7))
        + closing(s)
    ),
}


async def outcome(kind: type[Direct] | type[Plain], say: Say, within: float) -> tuple[str, bytes | str]:
    """What one call comes to, and that it does not take longer than it may."""

    def script(peer: Peer, stream: int) -> bytes:
        return say(stream)

    async with http2_peer(script) as peer:
        channel = kind(Endpoint(peer.address))
        try:
            assert await channel.connect()
            async with asyncio.timeout(within + 30):
                return "OK", await channel.call(METHOD, b"raw", within)
        except Failed as failed:
            return failed.status, failed.detail
        except Disconnected:
            return "disconnected", ""
        finally:
            await channel.close()


async def both(say: Say, within: float = 60) -> tuple[tuple[str, Any], tuple[str, Any]]:
    direct, plain = await asyncio.gather(outcome(Direct, say, within), outcome(Plain, say, within))
    return direct, plain


@pytest.mark.parametrize("what", SAME)
async def test_both_make_the_same_of_it(what: str) -> None:
    say, status = SAME[what]

    direct, plain = await both(say, 0.2 if what == "nothing" else 60)

    assert (direct[0], plain[0]) == (status, status)
    if status == "OK":
        assert direct == plain


@pytest.mark.parametrize("code", RESETS)
async def test_a_reset_is_called_what_grpc_calls_it(code: int) -> None:
    direct, plain = await both(lambda stream: frame(RST_STREAM, 0, stream, code.to_bytes(4, "big")))

    assert (direct[0], plain[0]) == (RESETS[code], RESETS[code])


@pytest.mark.parametrize("what", NO_ANSWER)
async def test_neither_takes_it_for_an_answer(what: str) -> None:
    direct, plain = await both(NO_ANSWER[what], 0.3)  # gRPC waits for the end of some

    assert direct[0] in SILENCE and plain[0] in SILENCE


@pytest.mark.parametrize("what", STRICTER)
async def test_ours_doubts_a_node_that_breaks_the_rules_where_grpc_does_not_look(what: str) -> None:
    direct, plain = await both(STRICTER[what])

    assert direct[0] in SILENCE
    assert plain[0] == "OK" or what == "headers without end"


@pytest.mark.parametrize("what", MILDER)
async def test_ours_takes_what_the_rules_allow_where_grpc_does_not(what: str) -> None:
    assert await outcome(Direct, MILDER[what], 60) == ("OK", B)


async def test_a_message_of_the_node_is_told_as_it_was_meant() -> None:
    trailers = GRPC + entry(b"grpc-status", b"14") + entry(b"grpc-message", b"nicht%20jetzt%3A%20%C3%A9")

    direct, plain = await both(lambda stream: closing(stream, trailers))

    assert direct == plain == ("UNAVAILABLE", "nicht jetzt: é")
