"""What breaks while somebody pays: the relay is killed, the chain stands still, an answer is lost. The chain tells.

One cent is paid once, or not at all; and who paid gets what he paid for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from eth_account import Account as EthAccount

from relay.client import Client, Limit
from relay.evm_wallet import EvmWallet
from relay.merchant import Merchant
from relay.money import ChainId
from relay.paywall import Bounds, Flow, Paywall, PriceList, Rule
from relay.store.database import open_database
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.store.migrate import migrate
from tests.paywall.sites import WORTH_IT, aiohttp_site
from tests.servers.anvil import Anvil
from tests.servers.base_sepolia import NETWORK, base_sepolia
from tests.servers.evm import Token
from tests.servers.relay_process import RelayProcess
from tests.x402.place import BUYER, SHOP, SPONSOR

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
CENT = 10_000
WALLET = EvmWallet.of(BUYER.address, bytes(BUYER.key))


class Market:
    """A relay in a process of its own over a chain, and what it takes to sell there."""

    def __init__(self, relay: RelayProcess, key: str, node: Anvil, token: Token) -> None:
        self.relay, self.key, self.node, self.token = relay, key, node, token

    def paywall(self, flow: Flow = Flow.AUTHORIZATION) -> Paywall:
        rules = [Rule("/report", "$0.01", flow=flow)]
        return Paywall(PriceList(rules), self.relay.url, self.key, bounds=Bounds(hold_seconds=1))

    async def held(self) -> int:
        return int(await self.token.call("balanceOf", SHOP))

    async def on_its_way(self) -> None:
        """Wait until the payment has reached the node."""
        async with asyncio.timeout(40):
            while not int((await self.node.rpc("txpool_status"))["pending"], 16):
                await asyncio.sleep(0.01)

    async def mine(self) -> None:
        await self.node.rpc("evm_setAutomine", True)
        await self.node.rpc("evm_mine")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def market(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Market]:
    tmp_path = tmp_path_factory.mktemp("relay")
    database = f"sqlite:///{tmp_path}/relay.db"
    async with open_database(database) as db:
        await migrate(db)
        await Merchants(db).add(Merchant("shop", "Shop", ((ChainId.parse(NETWORK), SHOP),), "https://shop.example"))
        key = (await Keys(db).add("shop", "tests")).text
    async with base_sepolia([BUYER.address]) as (node, token):
        await node.rpc("anvil_setBalance", EthAccount.from_key(SPONSOR).address, hex(10**20))
        chain = f'''
            [chains."{NETWORK}"]
            rpc = ["{node.url}"]
            finality = 1
            poll_seconds = 0.02
            call_seconds = 60
            sponsors = ["{SPONSOR}"]
        '''
        nowhere = {"127.0.0.1:1": "0.0.3"}
        async with RelayProcess(tmp_path, database, nowhere, chain=chain) as relay:
            yield Market(relay, key, node, token)


async def test_a_relay_that_is_killed_while_it_settles_costs_a_buyer_nothing_but_time(market: Market) -> None:
    runs: list[str] = []
    before = await market.held()
    async with aiohttp_site(market.paywall(), runs) as url, Client(WALLET, Limit("0.01 USD")) as client:
        await market.node.rpc("evm_setAutomine", False)
        buying = asyncio.create_task(client.get(f"{url}/report"))
        await market.on_its_way()
        await market.relay.kill()
        await market.mine()
        await market.relay.start()

        answer = await asyncio.wait_for(buying, 120)
        assert (answer.status, answer.text) == (200, WORTH_IT)
        assert answer.paid is not None
        assert (await market.held() - before, len(runs)) == (CENT, 1)


async def waits(told: list[int]) -> None:
    """Until the buyer was told to come again."""
    async with asyncio.timeout(40):
        while 503 not in told:
            await asyncio.sleep(0.01)


async def test_a_chain_that_stands_still_is_waited_for_and_paid_once(market: Market) -> None:
    runs: list[str] = []
    told: list[int] = []
    before = await market.held()
    async with (
        aiohttp_site(market.paywall(Flow.UPFRONT), runs, told) as url,
        Client(WALLET, Limit("0.01 USD")) as client,
    ):
        await market.node.rpc("evm_setAutomine", False)
        buying = asyncio.create_task(client.get(f"{url}/report"))
        await market.on_its_way()
        await waits(told)  # past the time the paywall holds a request
        assert (await market.held() - before, runs) == (0, [])
        await market.mine()

        answer = await asyncio.wait_for(buying, 120)
        assert (answer.status, answer.text, len(runs)) == (200, WORTH_IT, 1)
        assert await market.held() == before + CENT


async def test_a_relay_that_is_away_is_waited_for_before_anything_is_charged(market: Market) -> None:
    runs: list[str] = []
    told: list[int] = []
    before = await market.held()
    async with aiohttp_site(market.paywall(), runs, told) as url, Client(WALLET, Limit("0.02 USD")) as client:
        assert (await client.get(f"{url}/report")).paid is not None  # the terms are known from now on
        await market.relay.kill()
        buying = asyncio.create_task(client.get(f"{url}/report"))
        await waits(told)
        assert len(runs) == 1
        await market.relay.start()

        answer = await asyncio.wait_for(buying, 120)
        assert (answer.status, len(runs)) == (200, 2)
        assert await market.held() == before + 2 * CENT
