"""Reorganisations of a real EVM chain under whole payments, at every status: what is told, and how it ends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from eth_account import Account

from relay.chain import EXACT, SignedTransfer
from relay.invoice import InvoiceStatus
from relay.payment import Payment, Status
from tests.chains.evm_chain import sign
from tests.evm_site import EVM, SHOP, SPONSOR, EvmSite, found_shop, options
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import PAYERS, Token, authorize, usdc

ALICE, BOB = PAYERS[1], PAYERS[2]
PRICE = 500
ORDINARY = ["payment.submitted", "payment.included", "payment.settled"]


@dataclass
class Stage:
    """A shop, its relay at work, and a chain that mines when told: three confirmations settle."""

    node: Anvil
    site: EvmSite
    token: Token

    async def pay(self, scheme: str) -> Payment:
        """A payment for an invoice, submitted."""
        if scheme == EXACT:
            invoice = await self.site.invoice(PRICE, self.site.chain.assets()[1].asset)
            raw = json.dumps(authorize(ALICE, self.token, to=SHOP, value=PRICE)).encode()
            signed = SignedTransfer(EVM, EXACT, raw)
        else:
            invoice = await self.site.invoice(PRICE)
            signed = await sign(self.node, ALICE, SHOP, PRICE)
        return (await self.site.relay.transfer(signed, invoice=invoice.id)).payment

    async def mine(self, blocks: int = 1) -> None:
        await self.node.rpc("anvil_mine", blocks)

    async def reorganise(self, depth: int) -> None:
        await self.node.rpc("anvil_reorg", depth, [])

    async def invoice_of(self, payment: Payment) -> InvoiceStatus:
        assert payment.invoice is not None
        found = await self.site.invoices.get(payment.invoice)
        assert found is not None
        return found.status


@pytest_asyncio.fixture
async def stage(sqlite_url: str) -> AsyncIterator[Stage]:
    await found_shop(sqlite_url)
    async with anvil(args=("--no-mining",)) as node:
        await node.rpc("anvil_setBalance", Account.from_key(SPONSOR).address, hex(10**20))
        token = await usdc(node, holders=[ALICE.address])
        async with EvmSite(sqlite_url, options(node.url, token.address, finality=3)) as site:
            site.work()
            yield Stage(node, site, token)


@pytest.mark.parametrize("scheme", ["signed", "exact"])
@pytest.mark.parametrize("depth", [1, 2])
async def test_an_included_payment_that_a_reorganisation_drops_is_sent_again_and_settles_once(
    stage: Stage, scheme: str, depth: int
) -> None:
    payment = await stage.pay(scheme)
    await stage.mine(depth)
    await stage.site.until(payment.id, "included")
    await stage.reorganise(depth)
    await stage.site.until(payment.id, "submitted")
    await _mined_again(stage, payment)
    await stage.mine(3)
    settled = await stage.site.until(payment.id, "settled")
    told = await stage.site.told_of(payment.id)
    assert told[:3] == ["payment.submitted", "payment.included", "payment.submitted"]
    assert told.count("payment.settled") == 1 and told[-1] == "payment.settled"
    assert await stage.invoice_of(settled) is InvoiceStatus.SETTLED


@pytest.mark.parametrize("scheme", ["signed", "exact"])
@pytest.mark.parametrize("depth", [3, 7])
async def test_a_settled_payment_that_a_reorganisation_drops_is_reverted_sent_again_and_settled_again(
    stage: Stage, scheme: str, depth: int
) -> None:
    payment = await stage.pay(scheme)
    await stage.mine(depth)
    settled = await stage.site.until(payment.id, "settled")
    assert await stage.invoice_of(settled) is InvoiceStatus.SETTLED
    await stage.reorganise(depth)
    reverted = await stage.site.until(payment.id, "reverted")
    assert await stage.invoice_of(reverted) is InvoiceStatus.PROCESSING
    await _mined_again(stage, payment)
    await stage.mine(3)
    again = await stage.site.until(payment.id, "settled")
    assert (await stage.site.told_of(payment.id))[-2:] == ["payment.reverted", "payment.settled"]
    assert await stage.invoice_of(again) is InvoiceStatus.SETTLED


async def test_a_submitted_payment_does_not_mind_a_reorganisation(stage: Stage) -> None:
    await stage.mine(5)
    payment = await stage.pay("signed")
    await stage.reorganise(3)
    await stage.mine(3)
    await stage.site.until(payment.id, "settled")
    assert (await stage.site.told_of(payment.id))[0] == "payment.submitted"


async def test_a_block_of_the_same_height_may_hold_it_too(stage: Stage) -> None:
    payment = await stage.pay("signed")
    await stage.mine(2)
    await stage.site.until(payment.id, "included")
    await stage.node.rpc("anvil_reorg", 2, [["0x" + payment.signed.raw.hex(), 1]])
    await stage.mine(3)
    settled = await stage.site.until(payment.id, "settled")
    assert settled.block is not None
    assert set(await stage.site.told_of(payment.id)) == set(ORDINARY)


@pytest.mark.parametrize(("mined", "was"), [(1, "included"), (4, "settled")])
async def test_a_double_spend_in_a_reorganisation_ends_the_payment_and_frees_its_invoice(
    stage: Stage, mined: int, was: str
) -> None:
    other = await sign(stage.node, ALICE, BOB.address, 7)
    payment = await stage.pay("signed")
    await stage.mine(mined)
    await stage.site.until(payment.id, was)
    await stage.node.rpc("anvil_reorg", mined, [["0x" + other.raw.hex(), 0]])
    await stage.mine(5)
    ended = await stage.site.until(payment.id, "expired" if was == "included" else "reverted")
    while await stage.invoice_of(ended) is not InvoiceStatus.CREATED:
        await stage.site.until(payment.id, ended.status)
    final = await stage.site.journal.payment(payment.id)
    assert final is not None and final.error is not None and "nonce" in final.error
    assert final.status is (Status.EXPIRED if was == "included" else Status.REVERTED)


async def _mined_again(stage: Stage, payment: Payment) -> None:
    """Until the relay's resend is in the mempool, then in a block."""
    while int((await stage.node.rpc("txpool_status"))["pending"], 16) == 0:
        await stage.site.until(payment.id, "submitted", "reverted")
    await stage.mine()
