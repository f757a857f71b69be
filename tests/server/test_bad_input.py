"""Bad input of every kind, through the socket: each answered once with its code, nothing sent, the server alive."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from relay.devnet.network import DevNode
from relay.errors import InvalidRequest
from relay.server.http import problem, read_body
from tests.chains.corpus import corpus
from tests.server.paying import get, signed
from tests.servers.listener import EVENT, Listener
from tests.servers.relay_process import RelayProcess

REQUESTS = ["TRANSACTIONGETRECEIPT", "CRYPTOGETACCOUNTBALANCE", "CRYPTOGETINFO", "FILEGETCONTENTS", "CONTRACTCALL"]
JUNK: list[Any] = [
    None, True, 0, -1, 1.5, "", "not base64!", "0x", "0xzz", [], [256], [-1], ["1"], [1.5], [[]], {},
    {"transaction": None},
    {"network": 5, "transaction": b"\x00"}, {"network": "hedera", "transaction": b"\x00"},
    {"network": "hedera:mainnet", "transaction": b"\x00"}, {"network": "eip155:1", "transaction": b"\x00"},
    {"network": "hedera:devnet", "transaction": {}}, {"network": "hedera:devnet", "transaction": b""},
    {"network": "hedera:devnet", "transaction": b"\x00", "scheme": 1},
    {"network": "hedera:devnet", "transaction": b"\x00", "scheme": "exact"},
    {"network": "hedera:devnet", "transaction": b"\x00", "invoice": []},
    {"network": "hedera:devnet", "transaction": b"\x00", "surprise": 1},
    b"", b"\x00", b"\xff" * 64, b"x" * 70_000, [0] * 70_000, "A" * 140_000, "\x00", "💸",
]  # fmt: skip


async def test_every_mutation_is_refused_by_its_name_and_nothing_is_sent(relay: RelayProcess, devnet: DevNode) -> None:
    cases = corpus()
    assert len(cases) >= 300
    async with Listener(relay.url) as payer:
        for case in cases:
            answer = await payer.call("CRYPTOTRANSFER", case.raw)
            assert answer["status"] == "rejected", case.name
            assert answer["reason"] in case.codes | {"invalid_request"}, (case.name, answer)
            assert answer["error"], case.name
        answered = [name for name, _ in payer.heard]
        assert answered == [EVENT] * len(cases)
        assert devnet.seen == []
        await payer.call("CRYPTOTRANSFER", signed())
        await payer.until_status("settled")
    assert relay.log() == ""


async def test_junk_is_answered_once(relay: RelayProcess, devnet: DevNode) -> None:
    async with Listener(relay.url) as payer:
        for junk in JUNK:
            answer = await payer.call("CRYPTOTRANSFER", junk)
            assert (answer["status"], answer["payment"]) == ("rejected", None), junk
            assert answer["reason"] in ("invalid_request", "unsupported_network", "too_large", "invalid_transaction",
                                        "unsupported_transaction"), (junk, answer)  # fmt: skip
        for request in REQUESTS:
            for junk in [*JUNK, {"accountId": "x"}, {"transactionId": 5}, {"transactionId": "0.0.1@"}]:
                answer = await payer.call(request, junk)
                assert answer["error"], (request, junk)
        for event in ("SUBSCRIBE", "UNSUBSCRIBE", "NOTHING", "__proto__", ""):
            for junk in JUNK:
                assert "error" in await payer.call(event, junk), (event, junk)
        await payer.until(lambda events: len(events) == len(JUNK))
        for request in REQUESTS:
            answers = [data for name, data in payer.heard if name == f"{request}_RESPONSE"]
            assert len(answers) == len(JUNK) + 3
    assert devnet.seen == []
    assert relay.log() == ""


async def test_no_argument_and_too_many_are_answered(relay: RelayProcess) -> None:
    async with Listener(relay.url) as payer:
        assert (await payer.sio.call("CRYPTOTRANSFER", timeout=20))["reason"] == "invalid_request"
        assert (await payer.sio.call("CRYPTOTRANSFER", (b"a", b"b"), timeout=20))["reason"] == "invalid_request"


@pytest.mark.parametrize(
    "frame",
    [
        "4",
        "42",
        "42[",
        "42{}",
        "451-",
        '451-["CRYPTOTRANSFER",{"_placeholder":true,"num":0}]',
        "9",
        "x" * 1_000,
        "40/x,",
    ],
)
async def test_broken_frames_hurt_only_their_sender(relay: RelayProcess, frame: str) -> None:
    url = relay.url + "/socket.io/?EIO=4&transport=websocket"
    async with Listener(relay.url) as payer, aiohttp.ClientSession() as http:
        async with http.ws_connect(url) as broken:
            await broken.receive()
            await broken.send_str("40")
            await broken.receive()
            await broken.send_str(frame)
            await broken.send_str(frame)
        await payer.call("CRYPTOTRANSFER", signed())
        await payer.until_status("settled")


async def test_a_huge_message_ends_its_connection_only(relay: RelayProcess) -> None:
    url = relay.url + "/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as huge:
        await huge.receive()
        await huge.send_str("40")
        await huge.receive()
        with contextlib.suppress(ConnectionError):  # it may end before all of it left us
            await huge.send_bytes(b"x" * 2_000_000)
        while not (await huge.receive(timeout=30)).type.name.startswith("CLOS"):
            pass
    assert (await get(relay.url, "/healthz"))[0] == 200


async def test_a_body_that_trickles_in_is_not_waited_for() -> None:
    async def take(request: web.Request) -> web.Response:
        try:
            return web.Response(body=await read_body(request, 0.1))
        except InvalidRequest as error:
            return problem(error)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, lingering_time=0, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()
    finally:
        await runner.cleanup()
