"""Who learns the id of an authorization gets nothing for bytes of his own under it, whatever became of the first."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from eth_account import Account

from relay.chain import EXACT, SignedTransfer
from relay.errors import RelayError
from tests.evm_site import EVM, SHOP, SPONSOR, EvmSite, found_shop, options
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import PAYERS, authorize, usdc
from tests.servers.rpc_proxy import rpc_proxy

ALICE = PAYERS[1]
PRICE = 1_000


def presented(payload: dict[str, Any]) -> SignedTransfer:
    return SignedTransfer(EVM, EXACT, json.dumps(payload).encode())


def forgeries(payload: dict[str, Any], token: str) -> list[dict[str, Any]]:
    """The same words with another signature: a key's that is not hers, and a contract wallet's that she has not."""
    return [payload | {"asset": token, "signature": "0x" + "5a" * size} for size in (65, 100)]


async def sent(node: Anvil) -> int:
    sponsor = Account.from_key(SPONSOR).address
    return int(await node.rpc("eth_getTransactionCount", sponsor, "latest"), 16)


async def told(site: EvmSite, payload: dict[str, Any], invoice: str) -> str:
    """The status it is answered with, or the code of the refusal."""
    try:
        return (await site.relay.transfer(presented(payload), invoice=invoice)).payment.status
    except RelayError as error:
        return error.code


async def test_a_forgery_under_a_known_id_makes_us_send_nothing(sqlite_url: str) -> None:
    await found_shop(sqlite_url)
    async with anvil() as node, rpc_proxy(node.url) as proxy:
        await node.rpc("anvil_setBalance", Account.from_key(SPONSOR).address, hex(10**20))
        token = await usdc(node, holders=[ALICE.address])
        async with EvmSite(sqlite_url, options(proxy.url, token.address)) as site:
            asset = site.chain.assets()[1].asset
            invoice, other = await site.invoice(PRICE, asset), await site.invoice(PRICE, asset)
            payload = authorize(ALICE, token, to=SHOP, value=PRICE)
            for forged in forgeries(payload, token.address):  # before anybody knows it
                assert await told(site, forged, invoice.id) == "invalid_signature"
            proxy.faults["eth_sendRawTransaction"] = {"code": -32000, "message": "internal error"}
            await asyncio.wait_for(told(site, payload, invoice.id), 60)  # on record, and no node has it
            for forged in forgeries(payload, token.address):
                assert await told(site, forged, other.id) in ("invalid_signature", "foreign_transaction")
                await told(site, forged, invoice.id)
            assert await sent(node) == 0
            proxy.faults = {}
            site.work()
            [payment] = await site.payments()
            assert (await site.until(payment.id, "settled")).status == "settled"
            for forged in forgeries(payload, token.address):
                await told(site, forged, invoice.id)
                assert await told(site, forged, other.id) in ("invalid_signature", "foreign_transaction")
            assert len(await site.payments()) == 1
        assert await sent(node) == 1
        assert await token.call("balanceOf", SHOP) == PRICE
