"""A relay that is killed between sending for a payer and hearing that it was sent."""

from __future__ import annotations

import asyncio
import json
import os

import aiohttp
import pytest

from relay.devnet.network import DevNode
from relay.merchant import Merchant
from relay.money import Account
from relay.store.database import open_database
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from tests.chains.evm_chain import CHAIN
from tests.chains.test_eip155_faults import Before, before, node, proxy, token
from tests.chains.test_eip155_send import PAYER, SHOP, SPONSOR
from tests.conftest import Start
from tests.server.paying import get, post
from tests.servers.anvil import Anvil
from tests.servers.evm import Token, authorize
from tests.servers.relay_process import prepare
from tests.servers.rpc_proxy import RpcProxy

__all__ = ["before", "node", "proxy", "token"]


@pytest.mark.slow
async def test_killed_after_the_broadcast_the_relay_settles_it_once(
    sqlite_url: str, devnet: DevNode, start_relay: Start, node: Anvil, proxy: RpcProxy, token: Token, before: Before
) -> None:
    await prepare(sqlite_url, {})
    async with open_database(sqlite_url) as db:
        await Merchants(db).add(Merchant("shop", "shop", ((CHAIN, Account(SHOP)),), None))
        key = (await Keys(db).add("shop", "tests")).text
    tokens = json.dumps(token.address)
    table = (
        f'[chains."{CHAIN}"]\nrpc = ["{proxy.url}"]\npoll_seconds = 0.05\nfinality = 1\nsponsors = ["{SPONSOR}"]\n'
        f'tokens = [{{ address = {tokens}, symbol = "USDC", decimals = 6, name = "USDC", version = "2" }}]'
    )
    relay = await start_relay(sqlite_url, devnet, chain=table)
    body = {
        "network": str(CHAIN),
        "scheme": "exact",
        "transaction": authorize(PAYER, token, to=SHOP, value=5, nonce=os.urandom(32)),
    }
    proxy.lost = {"eth_sendRawTransaction"}
    asking = asyncio.create_task(post(relay.url, "/v1/payments", json=body))
    async with asyncio.timeout(40):
        while not proxy.asked("eth_sendRawTransaction"):
            await asyncio.sleep(0.001)
    await relay.kill()
    with pytest.raises(aiohttp.ClientError):
        status, said = await asking
        assert (status, said["status"]) == (200, "submitted"), "it was answered before the blow: then truly"
        raise aiohttp.ClientError
    proxy.lost = set()
    await relay.start()

    async with asyncio.timeout(90):
        while True:
            status, said = await post(relay.url, "/v1/payments", json=body)
            assert status == 200 and said["status"] in ("accepted", "submitted", "included", "settled"), said
            if said["status"] == "settled":
                break
            await asyncio.sleep(0.1)

    assert [each["status"] for each in await before.made()] == ["0x1"]
    assert await token.call("balanceOf", SHOP) == 5
    _, page = await get(relay.url, "/v1/payments", key)
    assert [each["status"] for each in page["data"]] == ["settled"]
