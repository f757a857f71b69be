"""The whole way of a payment on an EVM chain, per crash point: stop after the n-th await, restart, same end.

The ledger is a real one. What would show a mistake is there for good: a second transaction, a place in our key's row
that nobody fills, a payment told as failed that was made.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime

import pytest
from eth_account import Account

from relay.chain import EXACT, SIGNED, SignedTransfer
from relay.invoice import InvoiceStatus
from relay.payment import OVER, Status
from relay.recording import LEASE
from relay.wire.events import as_json
from tests.chains.evm_chain import sign
from tests.crash import DIED
from tests.evm_crash import run
from tests.evm_site import EVM, SHOP, SPONSOR, EvmSite, clock, found_shop, options
from tests.servers.anvil import anvil
from tests.servers.evm import PAYERS, authorize, usdc
from tests.servers.forks import run_fork

ALICE = PAYERS[1]
PRICE = 1_000
STRIDE = {SIGNED: 5, EXACT: 7}  # every await would take a minute; the numbers share no factor with what repeats


def after_the_lease() -> datetime:
    """The clock of a worker that looks once every lease of the dead process ran out."""
    return clock() + 2 * LEASE


@pytest.mark.slow
@pytest.mark.parametrize("scheme", [SIGNED, EXACT])
async def test_killed_at_any_await_a_payment_ends_the_same(sqlite_url: str, scheme: str) -> None:
    await found_shop(sqlite_url)
    sponsor = Account.from_key(SPONSOR).address
    async with anvil() as node:
        await node.rpc("anvil_setBalance", sponsor, hex(10**20))
        token = await usdc(node, holders=[ALICE.address])
        told = options(node.url, token.address)
        paid, last, deaths = 0, 0, 0
        while True:
            async with EvmSite(sqlite_url, told) as before:
                if scheme == EXACT:
                    invoice = await before.invoice(PRICE, before.chain.assets()[1].asset)
                    raw = json.dumps(authorize(ALICE, token, to=SHOP, value=PRICE)).encode()
                    signed = SignedTransfer(EVM, EXACT, raw)
                else:
                    invoice = await before.invoice(PRICE)
                    signed = await sign(node, ALICE, SHOP, PRICE)
            arguments = sqlite_url, node.url, token.address, scheme, signed.raw, invoice.id, last
            ended = await run_fork(run, *arguments)
            assert ended in (0, DIED), f"at step {last}: exit code {ended}"
            async with EvmSite(sqlite_url, told, after_the_lease) as again:
                again.work()
                await _all_over(again)
                # The wallet never had its answer (or did): it sends the same bytes again, as wallets do.
                answer = await again.relay.transfer(signed, invoice=invoice.id)
                await _all_over(again)
                paid += 1
                payment = await again.journal.payment(answer.payment.id)
                assert payment is not None and payment.status is Status.SETTLED, f"died at step {last}"
                settled = await again.invoices.get(invoice.id)
                assert settled is not None and settled.status is InvoiceStatus.SETTLED
                assert settled.payment == payment.id
                events = await again.journal.events("shop", 0, 10_000)
                assert [event.seq for event in events] == list(range(1, len(events) + 1))
                of_this = [as_json(event) for event in events if event.invoice == invoice.id]
                assert sum(event["status"] == "settled" for event in of_this) == 1
                assert of_this[-1]["accessToken"]
            if scheme == EXACT:
                assert await token.call("balanceOf", SHOP) == paid * PRICE, f"died at step {last}"
                assert int(await node.rpc("eth_getTransactionCount", sponsor, "latest"), 16) == paid
            if ended == 0:
                break
            deaths, last = deaths + 1, last + STRIDE[scheme]
        assert deaths > 3, "the transfer was not interrupted where it matters"


async def _all_over(site: EvmSite) -> None:
    async with asyncio.timeout(40):
        while any(payment.status not in OVER for payment in await site.payments()):
            await asyncio.sleep(0.01)
