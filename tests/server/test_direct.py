"""Our way with websockets and python-socketio's: the same bytes answer the same bytes, whatever a peer sends."""

from __future__ import annotations

import contextlib
import itertools
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from relay.devnet.network import DevNode
from tests.chains.corpus import corpus
from tests.conftest import MERCHANTS, Start
from tests.server.paying import signed
from tests.servers.frames import BINARY, CLOSE, CONTINUED, PING, PONG, TEXT, FrameClient, frame
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess, prepare

TRANSFER = '["CRYPTOTRANSFER",{"_placeholder":true,"num":0}]'
NEW = re.compile(rb'"sid":"[^"]+"')

OPENING = re.compile(rb"0\{|40\{|44|6$|1$")  # Engine.IO, joined, refused to join, nothing, the end

Both = tuple[RelayProcess, RelayProcess]


@pytest_asyncio.fixture
async def both(tmp_path: Path, devnet: DevNode, start_relay: Start) -> AsyncIterator[Both]:
    """A relay with direct sockets, and one without; neither looks for what the other was paid."""
    relays = []
    for name, server in (("direct", ""), ("plain", "direct_sockets = false")):
        database = f"sqlite:///{tmp_path}/{name}.db"
        await prepare(database, MERCHANTS)
        relays.append(await start_relay(database, devnet, server=server, chain="watch_seconds = 0"))
    yield relays[0], relays[1]


async def heard(relay: RelayProcess, frames: list[bytes]) -> tuple[list[bytes], bool]:
    """All a relay says to one who sends these frames, and whether it stays connected."""
    async with FrameClient(relay.url) as client:
        client.send(*frames)
        stays = await client.rest()
        return sorted(NEW.sub(b'"sid":""', message) for message in client.heard), stays


async def same(both: Both, frames: list[bytes]) -> list[bytes]:
    """What both say to the same frames. Who breaks the protocol is cut off, sooner or later amid his answers."""
    (direct, stays), (plain, also_stays) = [await heard(relay, frames) for relay in both]
    if stays:
        assert also_stays
        assert direct == plain
    else:  # Engine.IO leaves some of these connections open and deaf
        assert all(OPENING.match(message) or b'"rejected"' in message or b'"error"' in message for message in direct)
    return direct


def messages(*said: str | bytes, join: bool = True) -> list[bytes]:
    everything = ("40", *said) if join else said
    return [frame(TEXT, one.encode()) if isinstance(one, str) else frame(BINARY, one) for one in everything]


async def test_every_bad_transfer_is_refused_in_the_same_bytes(both: Both, devnet: DevNode) -> None:
    for cases in (corpus()[at : at + 50] for at in range(0, 350, 50)):
        said = [part for at, case in enumerate(cases) for part in (f"451-{at}{TRANSFER}", case.raw)]
        assert len(await same(both, messages(*said))) == 2 + 2 * len(cases)  # an event and an ack each
    assert devnet.seen == []


PIECES: list[str | bytes] = [
    f"451-1{TRANSFER}", f"451-22{TRANSFER}", f"451-{TRANSFER}", f"451-1/,{TRANSFER}", f"452-1{TRANSFER}",
    f"450-1{TRANSFER}", f"451-12345678901234567{TRANSFER}", f" 451-1{TRANSFER}", f"451-1{TRANSFER} ",
    f"4{'5'}1-0{TRANSFER}", '451-1["CRYPTOTRANSFER",{"_placeholder":true,"num":1}]',
    '451-1["CRYPTOTRANSFER", {"_placeholder":true,"num":0}]', '421["CRYPTOTRANSFER","AAAA"]', '42["NOTHING"]',
    '421["SUBSCRIBE",{"invoice":"inv_1","secret":"x"}]', "3", "2probe", "5", "6", "40", "44", "43", "431[]",
    "bAAAA", b"", b"\x00", b"\x0a\x00", b"x" * 300, b"x" * 70_000, "41", "4", "", "x", "1", "461-1[]",
]  # fmt: skip


FRAMES = [
        [frame(TEXT, b'451-7["CRYPTO', last=False), frame(CONTINUED, TRANSFER[8:].encode()), frame(BINARY, b"\x00")],
        [frame(TEXT, f"451-7{TRANSFER}".encode()), frame(BINARY, b"\x00", last=False), frame(CONTINUED, b"\x00")],
        [frame(TEXT, f"451-7{TRANSFER}".encode()), frame(PING, b"there?"), frame(BINARY, b"\x00")],
        [frame(TEXT, f"451-7{TRANSFER}".encode()), frame(BINARY, b"\x00", last=False), frame(PING, b""),
         frame(CONTINUED, b"")],
        [frame(TEXT, f"451-7{TRANSFER}".encode()), frame(TEXT, b"3"), frame(BINARY, b"\x00")],
        [frame(TEXT, f"451-7{TRANSFER}".encode()), frame(CLOSE, b"\x03\xe8"), frame(BINARY, b"\x00")],
        [frame(TEXT, f"451-7{TRANSFER}".encode(), masked=False)],
        [frame(TEXT, f"451-7{TRANSFER}".encode(), reserved=4), frame(BINARY, b"\x00")],
        [frame(TEXT, f"451-7{TRANSFER}".encode(), reserved=1)],
        [frame(TEXT, b"\xff\xfe")],
        [frame(CONTINUED, b"4")],
        [frame(11, b"")],
        [frame(PING, b"x" * 126)],
        [frame(TEXT, f"451-7{TRANSFER}".encode()), frame(BINARY, b"x" * 1_000_001)],
        [frame(TEXT, f"451-7{TRANSFER}".encode()), frame(BINARY, b"x" * 999_000)],
    ]  # fmt: skip


async def test_frames_of_every_kind_are_answered_in_the_same_bytes(both: Both) -> None:
    for frames in FRAMES:
        await same(both, [*messages(), *frames])


async def test_any_sequence_of_packets_is_answered_in_the_same_bytes(both: Both, devnet: DevNode) -> None:
    chance = random.Random(1)
    for _ in range(100):
        await same(both, messages(*chance.choices(PIECES, k=chance.randint(1, 6)), join=chance.random() < 0.9))
    assert devnet.seen == []


async def test_frames_cut_and_mixed_at_random_are_answered_in_the_same_bytes(both: Both, devnet: DevNode) -> None:
    chance = random.Random(2)
    for _ in range(40):
        said = chance.choices(PIECES, k=chance.randint(1, 5))
        await same(both, [*messages(), *(part for one in said for part in in_fragments(one, chance))])
    assert devnet.seen == []


async def test_frames_broken_at_random_end_the_connection_and_nothing_else(both: Both, devnet: DevNode) -> None:
    chance = random.Random(3)
    for _ in range(40):
        frames = [part for one in chance.choices(PIECES, k=3) for part in in_fragments(one, chance)]
        at = chance.randrange(len(frames))
        frames[at] = broken(frames[at], chance)
        for relay in both:
            async with FrameClient(relay.url) as client:
                client.send(*messages(), *frames)
                with contextlib.suppress(OSError):  # it may be cut already
                    client.half_close()  # what is left of the frames may announce more than ever comes
                assert not await client.until(b"never")
            assert all(OPENING.match(one) or b'"rejected"' in one or b'"error"' in one for one in client.heard)
    assert devnet.seen == []
    assert "Traceback" not in both[0].log()


def in_fragments(message: str | bytes, chance: random.Random) -> list[bytes]:
    """A message as a client may send it: in pieces, some of them empty, with control frames between them."""
    kind, payload = (TEXT, message.encode()) if isinstance(message, str) else (BINARY, message)
    cuts = sorted(chance.choices(range(len(payload) + 1), k=chance.choice([0, 0, 1, 2, 5])))
    frames = []
    for number, (start, end) in enumerate(itertools.pairwise([0, *cuts, len(payload)])):
        frames.append(frame(CONTINUED if number else kind, payload[start:end], last=number == len(cuts)))
        if chance.random() < 0.3:
            frames.append(frame(chance.choice([PING, PONG]), b"there?"))
    return frames


def broken(sent: bytes, chance: random.Random) -> bytes:
    """With one bit of its head the other way, cut short, or a goodbye in its place."""
    at = chance.choice([0, 0, 1])
    flipped = sent[:at] + bytes([sent[at] ^ 1 << chance.randrange(8)]) + sent[at + 1 :]
    return chance.choice(
        [flipped, flipped, sent[:-1], frame(CLOSE, chance.choice([b"", b"\x03\xe8", b"\x03", b"\x00\x01"]))]
    )


async def test_a_payment_is_told_in_the_same_words(both: Both) -> None:
    changing = re.compile(rb'"(?:id|time|payment|transactionId)":"[^"]+"|"sid":"[^"]+"')
    told = []
    for relay in both:
        async with FrameClient(relay.url) as client:
            client.send(*messages(f"451-7{TRANSFER}", signed("a memo with ä and \u2028")))
            while not (client.heard and b'"payment.settled"' in client.heard[-1]):
                assert await client.until(b'42["CRYPTOTRANSFER_RESPONSE",{"id":')
        told.append(sorted(changing.sub(b"", message) for message in client.heard))
    assert told[0] == told[1]
    assert len(told[0]) == 5  # open, joined, submitted as event and as ack, settled


async def test_half_a_connection_is_answered_and_then_over(both: Both) -> None:
    for relay in both:
        async with FrameClient(relay.url) as client:
            client.send(*messages(f"451-7{TRANSFER}", b"\x00"))
            client.half_close()
            assert not await client.until(b"never")
        async with Listener(relay.url) as payer:
            await payer.call("CRYPTOTRANSFER", signed())
            await payer.until_status("settled")


async def test_a_client_that_upgrades_from_polling_is_served_as_before(both: Both) -> None:
    for relay in both:
        for transports in (["polling"], ["polling", "websocket"]):
            async with Listener(relay.url, transports=transports) as payer:
                await payer.call("CRYPTOTRANSFER", signed())
                await payer.until_status("settled")
