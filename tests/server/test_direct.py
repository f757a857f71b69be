"""Our way with websockets and python-socketio's: the same bytes answer the same bytes, whatever a peer sends."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from relay.devnet.network import DevNode
from tests.chains.corpus import corpus
from tests.conftest import MERCHANTS, Start
from tests.server.paying import signed
from tests.servers.frames import BINARY, CLOSE, CONTINUED, PING, TEXT, FrameClient, frame
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess, prepare

TRANSFER = '["CRYPTOTRANSFER",{"_placeholder":true,"num":0}]'
NEW = re.compile(rb'"sid":"[^"]+"')

OPENING = re.compile(rb"0\{|40\{|44|6$|1$")  # Engine.IO, joined, refused to join, nothing, the end

Both = tuple[RelayProcess, RelayProcess]


@pytest_asyncio.fixture
async def both(tmp_path: Path, devnet: DevNode, start_relay: Start) -> AsyncIterator[Both]:
    """A relay with direct sockets, and one without."""
    relays = []
    for name, server in (("direct", ""), ("plain", "direct_sockets = false")):
        await prepare(f"sqlite:///{tmp_path}/{name}.db", MERCHANTS)
        relays.append(await start_relay(f"sqlite:///{tmp_path}/{name}.db", devnet, server=server))
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
    pieces: list[str | bytes] = [
        f"451-1{TRANSFER}", f"451-22{TRANSFER}", f"451-{TRANSFER}", f"451-1/,{TRANSFER}", f"452-1{TRANSFER}",
        f"450-1{TRANSFER}", f"451-12345678901234567{TRANSFER}", f" 451-1{TRANSFER}", f"451-1{TRANSFER} ",
        f"4{'5'}1-0{TRANSFER}", '451-1["CRYPTOTRANSFER",{"_placeholder":true,"num":1}]',
        '451-1["CRYPTOTRANSFER", {"_placeholder":true,"num":0}]', '421["CRYPTOTRANSFER","AAAA"]', '42["NOTHING"]',
        '421["SUBSCRIBE",{"invoice":"inv_1","secret":"x"}]', "3", "2probe", "5", "6", "40", "44", "43", "431[]",
        "bAAAA", b"", b"\x00", b"\x0a\x00", b"x" * 300, b"x" * 70_000, "41", "4", "", "x", "1", "461-1[]",
    ]  # fmt: skip
    for _ in range(100):
        await same(both, messages(*chance.choices(pieces, k=chance.randint(1, 6)), join=chance.random() < 0.9))
    assert devnet.seen == []


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
