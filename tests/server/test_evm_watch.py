"""A relay over a real EVM chain: money that came without it, and what it tells when the chain takes money back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from eth_account.messages import encode_defunct

from relay.access import read_revoked, verify
from relay.devnet.network import DevNode
from relay.errors import Unauthorized
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.store.database import open_database
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from tests.chains.evm_chain import send, sign
from tests.conftest import Start
from tests.server.paying import get, invoice, post
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import PAYERS
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess, prepare

EVM = ChainId("eip155", "31337")
SHOP = Account(PAYERS[5].address)
ALICE, BOB = PAYERS[1], PAYERS[2]


@dataclass
class Shop:
    """A merchant with an EVM account, his relay, and the chain."""

    relay: RelayProcess
    node: Anvil
    key: str

    async def pay(self, payer: Any = ALICE, value: int = 5) -> str:
        """Coins from a wallet that knows nothing of the relay; mined. Its hash."""
        hash = await send(self.node, await sign(self.node, payer, SHOP, value))
        await self.node.rpc("evm_mine")
        return hash

    async def payments(self) -> dict[str, str]:
        """Status by transaction."""
        _, page = await get(self.relay.url, "/v1/payments?limit=500", self.key)
        return {each["transactionId"]: each["status"] for each in page["data"]}

    async def restore(self, payer: Any, invoice: str) -> tuple[int, Any]:
        """Ask for access again with the payer's signature."""
        wish = {"network": str(EVM), "account": payer.address, "invoice": invoice}
        _, asked = await post(self.relay.url, "/v1/access/challenge", json=wish)
        signature = payer.sign_message(encode_defunct(text=asked["message"])).signature.to_0x_hex()
        proof = {"message": asked["message"], "signature": signature}
        return await post(self.relay.url, "/v1/access/restore", json=proof)

    async def revoked(self) -> frozenset[str]:
        async with aiohttp.ClientSession() as http, http.get(self.relay.url + "/.well-known/revoked.jwt") as answer:
            said = await answer.text()
        _, jwks = await get(self.relay.url, "/.well-known/jwks.json")
        return read_revoked(said, jwks, issuer=self.relay.url, now=datetime.now(UTC))


@pytest_asyncio.fixture
async def shop(sqlite_url: str, devnet: DevNode, start_relay: Start) -> AsyncIterator[Shop]:
    await prepare(sqlite_url, {})
    async with open_database(sqlite_url) as db:
        await Merchants(db).add(Merchant("shop", "shop", ((EVM, SHOP),), "https://shop.example"))
        key = (await Keys(db).add("shop", "tests")).text
    async with anvil(args=("--no-mining",)) as node:
        table = f'[chains."{EVM}"]\nrpc = ["{node.url}"]\npoll_seconds = 0.05\nfinality = 3'
        relay = await start_relay(sqlite_url, devnet, chain=table)
        shop = Shop(relay, node, key)
        async with asyncio.timeout(40):
            while not await shop.payments():  # it watches from when it first saw the chain
                await shop.pay()
                await asyncio.sleep(0.1)
        yield shop


def of(event: dict[str, Any], transaction: str) -> str | None:
    """What an event says of a transaction, if it does."""
    return str(event["type"]) if event["transactionId"] == transaction else None


async def test_coins_that_came_without_the_relay_are_included_then_settled(shop: Shop) -> None:
    async with Listener(shop.relay.url, {"apiKey": shop.key}) as merchant:
        await merchant.call("SUBSCRIBE", {"merchant": True})
        hash = await shop.pay(BOB, 77)
        told = await merchant.until(lambda events: any(event["transactionId"] == hash for event in events))
        included = next(event for event in told if event["transactionId"] == hash)
        assert (included["type"], included["amount"], included["payer"]) == ("payment.included", "77", BOB.address)
        assert (included["invoice"], included["asset"], included["memo"]) == (None, "native", "")
        await shop.node.rpc("anvil_mine", 2)
        told = await merchant.until(lambda events: any(of(event, hash) == "funds.unassigned" for event in events))
        types = ["payment.included", "payment.settled", "funds.unassigned"]
        assert [kind for event in told if (kind := of(event, hash))] == types
        assert next(event for event in told if of(event, hash) == "payment.settled")["receiptStatus"] == 1


async def test_what_a_deep_reorganisation_takes_back_is_told_and_revoked_even_if_nobody_looked(shop: Shop) -> None:
    async with Listener(shop.relay.url, {"apiKey": shop.key}) as merchant:
        await merchant.call("SUBSCRIBE", {"merchant": True})
        hash = await shop.pay(BOB, 77)
        await shop.node.rpc("anvil_mine", 5)
        told = await merchant.until(
            lambda events: any(e["transactionId"] == hash for e in events if e["status"] == "settled")
        )
        payment = next(event["payment"] for event in told if event["transactionId"] == hash)
        assert await shop.revoked() == frozenset()
    await shop.relay.stop()
    await shop.node.rpc("anvil_reorg", 6, [])
    await shop.node.rpc("anvil_mine", 2)
    await shop.relay.start()
    async with Listener(shop.relay.url, {"apiKey": shop.key}) as merchant:
        await merchant.call("SUBSCRIBE", {"merchant": True, "after": 0})
        reverted = await merchant.until_status("reverted")
        assert (reverted["type"], reverted["payment"], reverted["reason"]) == ("payment.reverted", payment, "reverted")
    assert payment in await shop.revoked()


async def test_a_payment_made_through_the_relay_is_told_at_every_step_and_loses_its_token_when_it_is_taken_back(
    shop: Shop,
) -> None:
    asked = await invoice(shop.relay.url, shop.key, network=str(EVM), amount="500")
    signed = await sign(shop.node, BOB, SHOP, 500)
    async with Listener(shop.relay.url) as page:
        await page.call("SUBSCRIBE", {"invoice": asked["id"], "secret": asked["secret"], "after": 0})
        wish = {"network": str(EVM), "transaction": "0x" + signed.raw.hex(), "invoice": asked["id"]}
        status, answer = await post(shop.relay.url, "/v1/payments", json=wish)
        assert (status, answer["status"]) == (200, "submitted"), answer
        await shop.node.rpc("evm_mine")
        await page.until_status("included")
        await shop.node.rpc("anvil_mine", 2)
        settled = await page.until_status("settled")
        assert [event["type"] for event in page.events] == [
            "payment.submitted",
            "payment.included",
            "payment.settled",
        ]
        _, jwks = await get(shop.relay.url, "/.well-known/jwks.json")
        expected = {"issuer": shop.relay.url, "audience": "https://shop.example", "scope": "content:post-1"}
        opened = {**expected, "now": datetime.now(UTC)}
        assert verify(settled["accessToken"], jwks, **opened, revoked=await shop.revoked())
        for payer, code in ((BOB, 200), (ALICE, 404)):  # by personal_sign (EIP-191), on another device
            got, access = await shop.restore(payer, asked["id"])
            assert got == code, access
            assert code == 404 or verify(access["accessToken"], jwks, **opened)["pay"] == settled["payment"]

        await shop.node.rpc("anvil_reorg", 3, [])
        reverted = await page.until_status("reverted")

    assert (reverted["payment"], reverted["reason"]) == (settled["payment"], "reverted")
    assert "accessToken" not in reverted
    async with asyncio.timeout(30):
        while settled["payment"] not in (revoked := await shop.revoked()):
            await asyncio.sleep(0.05)
    with pytest.raises(Unauthorized, match="taken back"):
        verify(settled["accessToken"], jwks, **opened, revoked=revoked)
    assert (await shop.restore(BOB, asked["id"]))[0] == 404
    _, unpaid = await get(shop.relay.url, f"/v1/invoices/{asked['id']}")
    assert unpaid["status"] != "settled"
