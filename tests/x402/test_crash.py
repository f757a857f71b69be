"""`kill -9` at any await of a settlement: whoever asks again is told the truth, and the payment was made once."""

from __future__ import annotations

from datetime import datetime

import pytest
from eth_account import Account

from relay.recording import LEASE
from relay.settlement import Duplicate, Request, Settled
from tests.crash import DIED
from tests.evm_site import SHOP, SPONSOR, EvmSite, clock, found_shop, options
from tests.servers.anvil import anvil
from tests.servers.evm import PAYERS, authorize, usdc
from tests.servers.forks import run_fork
from tests.x402.crash import ASKER, run
from tests.x402.terms import call, objects, terms

ALICE, PRICE = PAYERS[1], 1_000
STRIDE = 9  # every await would take a minute


def after_the_lease() -> datetime:
    """The clock of whoever looks once every lease of the dead process ran out."""
    return clock() + 2 * LEASE


@pytest.mark.slow
async def test_killed_at_any_await_a_settlement_ends_in_the_truth(sqlite_url: str) -> None:
    await found_shop(sqlite_url)
    sponsor = Account.from_key(SPONSOR).address
    async with anvil() as node:
        await node.rpc("anvil_setBalance", sponsor, hex(10**20))
        token = await usdc(node, holders=[ALICE.address])
        told, paid, last = options(node.url, token.address), 0, 0
        while True:
            body = call(authorize(ALICE, token, to=SHOP, value=PRICE), terms(token, SHOP, PRICE))
            ended = await run_fork(run, sqlite_url, node.url, token.address, body, last)
            assert ended in (0, DIED), f"at step {last}: exit code {ended}"
            async with EvmSite(sqlite_url, told, after_the_lease) as again:
                # The resource server never had its answer, or did: the same request is answered, another never.
                mine = Request(ASKER.scope, f"{ASKER.name}-{last}")
                settled = await again.facilitator.settle(*objects(body), request=mine)
                other = await again.facilitator.settle(*objects(body))
                assert isinstance(settled, Settled), f"died at step {last}: {settled}"
                assert isinstance(other, Duplicate), f"died at step {last}: {other}"
                paid += 1
                receipt = await node.rpc("eth_getTransactionReceipt", settled.transaction)
                assert receipt["status"] == "0x1"
                assert await again.told_of(settled.payment.id) == ["payment.submitted", "payment.settled"]
            assert await token.call("balanceOf", SHOP) == paid * PRICE
            assert int(await node.rpc("eth_getTransactionCount", sponsor, "latest"), 16) == paid
            if ended == 0:
                break
            last += STRIDE
        assert paid > 4, "the settlement was not interrupted where it matters"
