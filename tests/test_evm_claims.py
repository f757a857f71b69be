"""Whose invoice a payer's word pays: the one it was first brought for, as that was when it was brought."""

from __future__ import annotations

from datetime import datetime, timedelta

from eth_account import Account

from relay.ids import new_id, new_memo
from relay.invoice import InvoiceId
from tests.changed import replace
from tests.evm_site import SHOP, SPONSOR, EvmSite, clock, found_shop, options
from tests.servers.anvil import anvil
from tests.servers.evm import authorize, usdc
from tests.servers.rpc_proxy import rpc_proxy
from tests.test_evm_forged import ALICE, PRICE, sent, told


async def test_a_word_copied_for_another_invoice_of_the_same_payee_opens_nothing(sqlite_url: str) -> None:
    await found_shop(sqlite_url)
    async with anvil() as node:
        await node.rpc("anvil_setBalance", Account.from_key(SPONSOR).address, hex(10**20))
        token = await usdc(node, holders=[ALICE.address])
        async with EvmSite(sqlite_url, options(node.url, token.address)) as site:
            asset = site.chain.assets()[1].asset
            invoice, other = await site.invoice(PRICE, asset), await site.invoice(PRICE, asset)
            payload = authorize(ALICE, token, to=SHOP, value=PRICE)
            assert await told(site, payload, invoice.id) == "submitted"
            assert await told(site, payload, other.id) == "foreign_transaction"
            [payment] = await site.payments()
            await site.until(payment.id, "settled")
            assert await told(site, payload, other.id) == "foreign_transaction"
            stands = [await site.invoices.get(each.id) for each in (invoice, other)]
            assert [each and each.status for each in stands] == ["settled", "created"]


async def test_a_quote_that_ends_while_the_chain_is_asked_sends_nothing(sqlite_url: str) -> None:
    await found_shop(sqlite_url)
    async with anvil() as node, rpc_proxy(node.url) as proxy:
        await node.rpc("anvil_setBalance", Account.from_key(SPONSOR).address, hex(10**20))
        token = await usdc(node, holders=[ALICE.address])

        def later() -> datetime:
            return clock() + timedelta(minutes=2 if proxy.asked("eth_estimateGas") else 0)

        async with EvmSite(sqlite_url, options(proxy.url, token.address), later) as site:
            plain = await site.invoice(PRICE, site.chain.assets()[1].asset)
            quoted = replace(
                plain,
                id=InvoiceId(new_id("inv", plain.created)),
                memo=new_memo(),
                quoted_until=clock() + timedelta(minutes=1),
            )
            await site.invoices.insert(quoted)
            payload = authorize(ALICE, token, to=SHOP, value=PRICE)
            assert await told(site, payload, quoted.id) == "quote_expired"
            assert not await site.payments()
        assert proxy.asked("eth_estimateGas"), "the chain was asked"
        assert await sent(node) == 0
