"""What a relay that pays for gas can be made to pay: bounded per transaction, per payer and per merchant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.chain import Taken
from relay.chains.eip155.answers import logs_of
from relay.chains.eip155.ledger import Eip155
from relay.errors import Overloaded, RelayError, Unreachable
from relay.store.database import open_database
from relay.store.journal import Journal
from tests.chains.evm_chain import final, until
from tests.chains.fresh_anvil import node
from tests.chains.test_eip155_send import OTHER, PAYER, SHOP, exact, sponsored
from tests.changed import replace
from tests.servers.anvil import Anvil
from tests.servers.evm import PAYERS, authorize, malicious, usdc
from tests.servers.rpc_proxy import rpc_proxy
from tests.store.nouns import a_payment

__all__ = ["node"]


async def refused(chain: Eip155, payload: dict[str, Any], merchant: str) -> str | None:
    """The code, None where it is taken; then it is on record and sent."""
    try:
        await chain.verify(chain.decode(exact(chain, payload)), merchant)
    except RelayError as error:
        assert isinstance(error, Overloaded)
        return error.code
    return None


@pytest.mark.parametrize(
    ("option", "spent_by_others"),
    [("payer_budget_gwei_per_hour", [(OTHER, "shop")]), ("budget_gwei_per_hour", [(PAYER, "blog"), (OTHER, "blog")])],
)
async def test_a_budget_that_is_used_up_refuses_its_own_and_nobody_else_and_survives_a_restart(
    tmp_path: Path, node: Anvil, option: str, spent_by_others: list[tuple[Any, str]]
) -> None:
    token = await usdc(node)
    budget: dict[str, Any] = {option: 1}
    async with (
        sponsored(tmp_path, node.url, tokens=(token,), **budget) as chain,
        open_database(f"sqlite:///{tmp_path}/relay.db") as db,
    ):
        transfer = chain.decode(exact(chain, authorize(PAYER, token, to=SHOP, value=5)))
        assert await refused(chain, authorize(PAYER, token, to=SHOP, value=5), "shop") is None
        payment = replace(a_payment("shop", tx=transfer.id, signed=transfer.signed), payer=transfer.payer)
        await Journal(db).accept(payment, datetime.now(UTC) + timedelta(seconds=30))
        assert isinstance(await chain.submit(transfer.signed), Taken)
        await until(chain, transfer.signed, final)
    async with sponsored(tmp_path, node.url, tokens=(token,), **budget) as chain:
        assert await refused(chain, authorize(PAYER, token, to=SHOP, value=5), "shop") == "budget_exceeded"
        for payer, merchant in spent_by_others:
            assert await refused(chain, authorize(payer, token, to=SHOP, value=5), merchant) is None


@pytest.mark.parametrize("trick", ["Reverts", "RevertsBomb", "BurnsGas", "GulpsGas", "Pauses", "Blacklists"])
async def test_a_token_that_misbehaves_costs_no_gas(tmp_path: Path, node: Anvil, trick: str) -> None:
    token = await malicious(node, trick, holders=[PAYERS[1].address])
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        before = await node.rpc("eth_blockNumber")
        with pytest.raises(RelayError) as told:
            await chain.verify(chain.decode(exact(chain, authorize(PAYER, token, to=SHOP, value=5))), "shop")
        assert told.value.code == "simulation_failed"
        assert await node.rpc("eth_blockNumber") == before


async def test_gas_above_the_operators_price_is_not_paid(tmp_path: Path, node: Anvil) -> None:
    token = await usdc(node)
    async with sponsored(tmp_path, node.url, tokens=(token,), max_fee_gwei=0.000001) as chain:
        payload = authorize(PAYER, token, to=SHOP, value=5)
        assert await refused(chain, payload, "shop") == "sponsor_unavailable"


async def test_a_node_that_lies_about_the_price_of_gas_does_not_empty_our_key(tmp_path: Path, node: Anvil) -> None:
    token = await usdc(node)
    async with rpc_proxy(node.url) as liar, sponsored(tmp_path, liar.url, tokens=(token,)) as chain:
        liar.says = {"eth_maxPriorityFeePerGas": hex(10**13)}  # ten thousand gwei; the key could pay for it
        assert await refused(chain, authorize(PAYER, token, to=SHOP, value=5), "shop") == "sponsor_unavailable"


@pytest.mark.parametrize("member", ["data", "address", "topics"])
def test_an_event_that_is_no_hex_is_no_answer(member: str) -> None:
    word, account = "0x" + "00" * 32, "0x" + "00" * 20
    event = {"address": account, "topics": [word], "data": word, "transactionHash": word, "blockNumber": "0x1"}
    event |= {"blockHash": word}
    assert len(logs_of([event])) == 1
    with pytest.raises(Unreachable):
        logs_of([event | {member: ["0x" + "zz" * 32] if member == "topics" else event[member].replace("00", "zz")}])
