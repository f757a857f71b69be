"""Sending on a real EVM chain: the payer's own transaction, and authorizations for which the relay pays the gas."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from relay.abilities import Node
from relay.chain import EXACT, Receipt, Refused, SignedTransfer, Taken
from relay.chains.eip155 import Eip155, Options, open_chain
from relay.chains.eip155.pace import USUAL, Pace
from relay.errors import InvalidTransfer, Overloaded, TransferMismatch
from relay.store.database import open_database
from relay.store.migrate import migrate
from relay.store.sends import SentByUs
from tests.chains.evm_chain import CHAIN, PATIENT, final, listed, now, send, sign, until
from tests.chains.fresh_anvil import node, token
from tests.servers.anvil import KEYS, Anvil
from tests.servers.evm import PAYERS, PERMIT2, Contract, Token, authorize, authorize_permit2, mined, permit2
from tests.servers.rpc_proxy import rpc_proxy

__all__ = ["node", "token"]

PAYER, OTHER = PAYERS[1], PAYERS[2]
SHOP = "0x00000000000000000000000000000000000051Fe"
SPONSOR = KEYS[0]
BLOCK = "eth_getBlockByNumber"


@asynccontextmanager
async def sponsored(
    folder: Path,
    *urls: str,
    tokens: tuple[Contract, ...] = (),
    heard: list[Node] | None = None,
    pace: Pace = USUAL,
    **options: Any,
) -> AsyncIterator[Eip155]:
    """The chain as a relay opens it, with a key that pays for gas and a database that remembers."""
    told = Options(
        rpc=urls,
        tokens=tuple(map(listed, tokens)),
        **{**PATIENT, "poll_seconds": 0.02, "finality": 1, "sponsors": (SPONSOR,), **options},
    )
    async with open_database(f"sqlite:///{folder}/relay.db") as db:
        await migrate(db)
        note = (lambda chain, node: heard.append(node)) if heard is not None else (lambda chain, node: None)
        async with open_chain(CHAIN, told, clock=now, report=note, sends=SentByUs(db), pace=pace) as chain:
            yield chain


def exact(chain: Eip155, payload: dict[str, Any]) -> SignedTransfer:
    return chain.decode(SignedTransfer(CHAIN, EXACT, json.dumps(payload).encode())).signed


async def pay(chain: Eip155, signed: SignedTransfer) -> Any:
    """What the relay does with a transfer: verify, submit, follow to the end."""
    await chain.verify(chain.decode(signed), "shop")
    assert isinstance(await chain.submit(signed), Taken)
    return await until(chain, signed, final)


async def test_an_authorization_is_carried_out_and_its_payer_pays_no_gas(
    tmp_path: Path, node: Anvil, token: Token
) -> None:
    coins = await node.rpc("eth_getBalance", PAYER.address, "latest")
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        signed = exact(chain, authorize(PAYER, token, to=SHOP, value=500))

        sight = await pay(chain, signed)

    assert sight.ok
    assert await token.call("balanceOf", SHOP) == 500
    assert await node.rpc("eth_getBalance", PAYER.address, "latest") == coins


async def test_twenty_submissions_of_one_authorization_make_one_transaction(
    tmp_path: Path, node: Anvil, token: Token
) -> None:
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        signed = exact(chain, authorize(PAYER, token, to=SHOP, value=500))
        before = int(await node.rpc("eth_blockNumber"), 16)
        await chain.verify(chain.decode(signed), "shop")

        outcomes = await asyncio.gather(*(chain.submit(signed) for _ in range(20)))

        assert all(isinstance(outcome, Taken) for outcome in outcomes)
        await until(chain, signed, final)
    assert int(await node.rpc("eth_blockNumber"), 16) == before + 1
    assert await token.call("balanceOf", SHOP) == 500


async def test_many_authorizations_at_once_all_land(tmp_path: Path, node: Anvil, token: Token) -> None:
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        transfers = [exact(chain, authorize(PAYER, token, to=SHOP, value=3)) for _ in range(60)]

        sights = await asyncio.gather(*(pay(chain, signed) for signed in transfers))

    assert all(sight.ok for sight in sights)
    assert await token.call("balanceOf", SHOP) == 180


async def test_a_permit2_transfer_is_carried_out(tmp_path: Path, node: Anvil, token: Token) -> None:
    await permit2(node)
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        signed = exact(chain, authorize_permit2(PAYER, token, to=SHOP, value=70))
        with pytest.raises(TransferMismatch) as refused:
            await chain.verify(chain.decode(signed), "shop")
        assert refused.value.code == "allowance_required"

        approve = await sign(node, PAYER, token.address, data=token.data("approve", PERMIT2, 10**9))
        await mined(node, await send(node, approve))

        assert (await pay(chain, signed)).ok
    assert await token.call("balanceOf", SHOP) == 70


async def test_a_payers_own_transaction_goes_out_as_signed(tmp_path: Path, node: Anvil, token: Token) -> None:
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        coins = await sign(node, PAYER, SHOP, 5)
        assert (await pay(chain, coins)).ok
        tokens = await sign(node, PAYER, token.address, data=token.data("transfer", SHOP, 40))
        assert (await pay(chain, tokens)).ok
    assert await node.rpc("eth_getBalance", SHOP, "latest") == "0x5"
    assert await token.call("balanceOf", SHOP) == 40


async def test_what_is_public_already_was_not_made_through_us(tmp_path: Path, node: Anvil) -> None:
    async with sponsored(tmp_path, node.url) as chain:
        signed = await sign(node, PAYER, SHOP, 5)
        await mined(node, await send(node, signed))

        with pytest.raises(TransferMismatch) as refused:
            await chain.verify(chain.decode(signed), "shop")

        assert refused.value.code == "foreign_transaction"
        other = await sign(node, PAYER, SHOP, 6, nonce=0)
        with pytest.raises(TransferMismatch) as refused:
            await chain.verify(chain.decode(other), "shop")
        assert refused.value.code == "transaction_expired"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"value": 10**15}, "insufficient_funds"),
        ({"valid_after": 0, "valid_before": 1_700_000_000}, "transaction_expired"),
        ({"valid_after": 4_000_000_000, "valid_before": 4_000_000_100}, "transaction_expired"),
    ],
)
async def test_an_authorization_that_would_fail_is_refused_before_anything_is_sent(
    tmp_path: Path, node: Anvil, token: Token, changes: dict[str, int], code: str
) -> None:
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        blocks = await node.rpc("eth_blockNumber")
        payload = authorize(PAYER, token, to=SHOP, **{"value": 5, **changes})

        with pytest.raises((TransferMismatch, InvalidTransfer)) as refused:
            await chain.verify(chain.decode(exact(chain, payload)), "shop")

        assert refused.value.code == code
        assert await node.rpc("eth_blockNumber") == blocks


async def test_a_used_authorization_is_refused(tmp_path: Path, node: Anvil, token: Token) -> None:
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        signed = exact(chain, authorize(PAYER, token, to=SHOP, value=5))
        await pay(chain, signed)

        with pytest.raises(TransferMismatch) as refused:
            await chain.verify(chain.decode(signed), "shop")

        assert refused.value.code == "authorization_used"


async def test_a_poor_sponsor_raises_the_alarm_and_refuses(tmp_path: Path, node: Anvil, token: Token) -> None:
    heard: list[Node] = []
    async with sponsored(tmp_path, node.url, tokens=(token,), heard=heard) as chain:
        from eth_account import Account

        await node.rpc("anvil_setBalance", Account.from_key(SPONSOR).address, hex(10**12))
        async with asyncio.timeout(30):
            while not any(not node.healthy and "sponsor" in node.address for node in heard):
                await asyncio.sleep(0.02)
        signed = exact(chain, authorize(PAYER, token, to=SHOP, value=5))

        with pytest.raises(Overloaded) as refused:
            await chain.verify(chain.decode(signed), "shop")

        assert refused.value.code == "sponsor_unavailable"


async def test_with_nobody_there_nothing_is_sent_and_that_is_said(tmp_path: Path, node: Anvil, token: Token) -> None:
    signed = await sign(node, PAYER, SHOP, 5)
    async with sponsored(tmp_path, "http://127.0.0.1:9", tokens=(token,)) as chain:
        payload = exact(chain, authorize(PAYER, token, to=SHOP, value=5))

        for transfer in (signed, payload):
            outcome = await chain.submit(transfer)
            assert isinstance(outcome, Refused)
            assert outcome.reason == "node_unreachable"


async def test_a_stuck_transaction_is_outbid_and_lands_once(tmp_path: Path, node: Anvil, token: Token) -> None:
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        signed = exact(chain, authorize(PAYER, token, to=SHOP, value=5))
        await chain.verify(chain.decode(signed), "shop")
        await node.rpc("evm_setAutomine", False)
        assert isinstance(await chain.submit(signed), Taken)

        assert isinstance(await chain.submit(signed), Taken), "the same bytes, however often"
        await node.rpc("evm_mine")

        sight = await until(chain, signed, final)
    assert isinstance(sight, Receipt)
    assert await token.call("balanceOf", SHOP) == 5


async def test_a_search_reads_no_block_whole_that_has_nothing_but_ours_in_it(
    tmp_path: Path, node: Anvil, token: Token
) -> None:
    async with rpc_proxy(node.url) as proxy, sponsored(tmp_path, proxy.url, tokens=(token,)) as chain:
        start = (await chain.watch([SHOP], None)).cursor
        await node.rpc("anvil_mine", "0x2")
        assert (await pay(chain, exact(chain, authorize(PAYER, token, to=SHOP, value=70)))).ok
        ours = await chain.watch([SHOP], start)
        assert not ours.seen and not any(params[1] for method, params in proxy.seen if method == BLOCK)

        coins = await sign(node, OTHER, SHOP, 5)
        await send(node, coins)
        found = ours
        while not found.seen:
            await asyncio.sleep(0.01)
            found = await chain.watch([SHOP], found.cursor)
        assert [leg.amount for leg in found.seen[0].transfer.legs if leg.account == SHOP] == [5]
        assert sum(params[1] for method, params in proxy.seen if method == BLOCK) == 1
