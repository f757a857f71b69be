"""What a hostile wallet, page, merchant or neighbour may try."""

from __future__ import annotations

import asyncio
import hmac
import sqlite3
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import grpc.aio
import pytest

from relay.chains.hedera.link import TRANSFER
from relay.channels.peers import proof
from relay.devnet.network import DevNode
from relay.wallet import Wallet, transfer
from tests.conftest import Start
from tests.server.paying import PAYER, get, invoice, post, signed
from tests.servers.listener import Listener
from tests.servers.redis import RedisServer
from tests.servers.relay_process import SIGNING_KEY, RelayProcess

WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"


def same_id(*payees: tuple[Wallet, str], memo: str) -> list[bytes]:
    """Transfers of 1,000 tinybars under one and the same transaction id, each signed by its wallet."""
    now = datetime.now(UTC)
    return [
        transfer(wallet, pay_to=[(payee, 1_000)], asset="0.0.0", memo=memo, nodes=["0.0.3"], now=now)
        for wallet, payee in payees
    ]


async def test_what_the_ledger_tells_everyone_does_not_bring_the_access_token(
    relay: RelayProcess, keys: dict[str, str], devnet: DevNode
) -> None:
    """The id, the memo and the amounts of a payment are public; a thief writes them down and signs with his own key."""
    asked = await invoice(relay.url, keys["shop"])
    thief = replace(Wallet.development("0.0.1003"), account=PAYER.account)
    raw, forged = same_id((PAYER, "0.0.2001"), (thief, "0.0.2001"), memo=asked["memo"])
    devnet.faults.slow_consensus_ms = 60_000
    async with Listener(relay.url) as payer, Listener(relay.url) as other:
        first = await payer.call("CRYPTOTRANSFER", raw)
        before = await other.call("CRYPTOTRANSFER", forged)
        devnet.agree_now()
        assert (await payer.until_status("settled"))["accessToken"]
        after = await other.call("CRYPTOTRANSFER", forged)
        heard = list(other.events)
    wish = {"network": "hedera:devnet", "transaction": "0x" + forged.hex()}
    _, told = await post(relay.url, "/v1/payments", json=wish)
    for answer in (before, after, told, *heard):
        assert answer["payment"] == first["payment"]
        assert "accessToken" not in answer


async def test_another_transfer_under_the_same_id_pays_nothing(
    relay: RelayProcess, keys: dict[str, str], devnet: DevNode
) -> None:
    """Two transfers signed with one id: the ledger takes that to the payer's friend, the relay is shown the other."""
    asked = await invoice(relay.url, keys["shop"])
    shown, sent = same_id((PAYER, "0.0.2001"), (PAYER, "0.0.1003"), memo=asked["memo"])
    async with grpc.aio.insecure_channel(devnet.address) as node, Listener(relay.url) as payer:
        await node.unary_unary(TRANSFER)(sent)
        await payer.call("CRYPTOTRANSFER", shown)
        ended = await payer.until_status("settled", "failed", "expired", "rejected")
    assert ended["status"] != "settled"
    assert "accessToken" not in ended


async def test_a_merchant_cannot_sell_what_is_another_s(relay: RelayProcess, keys: dict[str, str]) -> None:
    """Sites trust this relay's signature: a token for a site comes only from its merchant's invoices."""
    wish = {"network": "hedera:devnet", "amount": "1", "contentId": "post-1", "origin": "https://shop.example"}
    status, body = await post(relay.url, "/v1/invoices", keys["blog"], json=wish)
    assert (status, body["code"]) == (400, "invalid_request")
    assert "origin" in body["detail"]
    assert (await post(relay.url, "/v1/invoices", keys["shop"], json=wish))[0] == 201


@pytest.mark.parametrize("frame", ['459999999999-["CRYPTOTRANSFER",{"_placeholder":true,"num":0}]', "4x", "49"])
async def test_a_packet_without_end_ends_its_connection(relay: RelayProcess, frame: str) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(relay.url + WEBSOCKET) as liar:
        await liar.receive()
        await liar.send_str("40")
        await liar.receive()
        await liar.send_str(frame)
        async with asyncio.timeout(30):
            while not (await liar.receive()).type.name.startswith("CLOS"):
                pass


async def test_transports_that_never_join_count_too(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay = await start_relay(sqlite_url, devnet, server="connections_per_address = 2")
    async with aiohttp.ClientSession() as http:
        async with AsyncExitStack() as stack:
            for _ in range(2 + 64):
                await stack.enter_async_context(http.ws_connect(relay.url + WEBSOCKET))
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await http.ws_connect(relay.url + WEBSOCKET)
        async with asyncio.timeout(30):
            while True:  # closing takes the relay a moment
                try:
                    async with Listener(relay.url) as payer:
                        await payer.call("CRYPTOTRANSFER", signed())
                        break
                except Exception:
                    await asyncio.sleep(0.01)


async def test_a_forged_forwarding_header_does_not_buy_a_fresh_budget(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    """A proxy may add its word as a second line, below whatever the client wrote."""
    relay = await start_relay(sqlite_url, devnet, server='requests_per_second = 0.5\ntrusted_proxies = ["127.0.0.0/8"]')
    async with aiohttp.ClientSession() as http:
        statuses = []
        for number in range(40):  # more than come back while they are sent
            lines = [("X-Forwarded-For", f"198.51.100.{number}"), ("X-Forwarded-For", "203.0.113.7")]
            async with http.get(relay.url + "/healthz", headers=lines) as response:
                statuses.append(response.status)
    assert 429 in statuses


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events/stream?after=9999999999999999999",
        f"/v1/events?after={'0' * 5_000}",
        f"/v1/payments?limit={'0' * 5_000}1",
    ],
)
async def test_numbers_that_are_none_are_refused(relay: RelayProcess, keys: dict[str, str], path: str) -> None:
    status, body = await get(relay.url, path, keys["shop"])
    assert (status, body["code"]) == (400, "invalid_request")
    assert relay.log() == ""


async def test_a_database_that_breaks_for_a_moment_stops_no_loop(
    relay: RelayProcess, keys: dict[str, str], tmp_path: Path
) -> None:
    """An error no retry mends, as a full disk or a table under repair: worker, sweep and streams go on after it."""
    async with Listener(relay.url, {"apiKey": keys["shop"]}) as shop, Listener(relay.url) as payer:
        await shop.call("SUBSCRIBE", {"merchant": True})
        with sqlite3.connect(tmp_path / "relay.db", isolation_level=None, timeout=30) as broken:
            broken.execute("ALTER TABLE heads RENAME TO heads_away")
            broken.execute("ALTER TABLE payments RENAME TO payments_away")
            async with asyncio.timeout(30):
                while not ("worker" in relay.log() and "sweep" in relay.log()):
                    await asyncio.sleep(0.05)
            answer = await payer.call("CRYPTOTRANSFER", signed())
            assert answer["reason"] == "internal"
            broken.execute("ALTER TABLE payments_away RENAME TO payments")
            broken.execute("ALTER TABLE heads_away RENAME TO heads")
        broken.close()
        await payer.call("CRYPTOTRANSFER", signed())
        await shop.until_status("settled")
    assert await relay.stop() == 0


async def test_redis_that_talks_nonsense_stops_no_loop(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    asked = asyncio.Event()

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1_000):
            asked.set()
            writer.write(b":many\r\n*x\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    async with server:
        url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        relay = await start_relay(sqlite_url, devnet, redis=url)
        await asyncio.wait_for(asked.wait(), 30)
        async with Listener(relay.url) as payer:
            await payer.call("CRYPTOTRANSFER", signed())
            await payer.until_status("settled")
        assert await relay.stop() == 0


async def test_redis_that_brings_junk_as_news_is_not_believed(
    sqlite_url: str, keys: dict[str, str], redis_server: RedisServer, devnet: DevNode, start_relay: Start
) -> None:
    import redis.asyncio as redis

    relay = await start_relay(sqlite_url, devnet, redis=redis_server.url)
    async with Listener(relay.url, {"apiKey": keys["shop"]}) as shop, redis.from_url(redis_server.url) as peer:
        await shop.call("SUBSCRIBE", {"merchant": True, "after": 0})
        key = hmac.digest(bytes.fromhex(SIGNING_KEY), b"relay news", "sha256")
        for junk in (
            b"",
            b"x" * 8,
            b"x" * 8 + b"{}",
            b"x" * 8 + b"[" * 100_000,
            b"\xff" * 100,
            b"x" * 8 + b'{"seq":1}',
        ):
            async with asyncio.timeout(30):
                said = b"somebody" + junk
                while not await peer.publish("relay:events:{shop}", proof(key, said) + said):
                    await asyncio.sleep(0.01)
        async with Listener(relay.url) as payer:
            await payer.call("CRYPTOTRANSFER", signed())
        await shop.until_status("settled")
        assert [event["seq"] for event in shop.events] == [1, 2]
