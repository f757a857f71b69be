"""What goes wrong between us and the chain while we send for payers: never a revert at our cost, a gap, a hang, or a
"failed" that is not true."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from eth_account import Account as Key

from relay.chain import Never, Pending, Receipt, Refused, Sight, SignedTransfer, Taken, Unknown
from relay.chains.eip155 import Eip155
from relay.chains.eip155.pace import Pace
from relay.errors import TransferMismatch, Unreachable
from tests.chains.evm_chain import final, pending, until
from tests.chains.fresh_anvil import node, proxy, token
from tests.chains.test_eip155_send import OTHER, PAYER, SHOP, SPONSOR, exact, pay
from tests.chains.test_eip155_send import sponsored as patiently_sponsored
from tests.servers.anvil import Anvil
from tests.servers.evm import PLENTY, Token, authorize, mined
from tests.servers.rpc_proxy import RpcProxy, rpc_proxy

__all__ = ["node", "proxy", "token"]

SPONSOR_ADDRESS: str = Key.from_key(SPONSOR).address
FAULT = {"code": -32000, "message": "internal error"}
# Minutes of patience would be minutes of tests.
sponsored = partial(patiently_sponsored, pace=Pace(0, 0.2, 1, 0.5))


async def sponsored_transactions(node: Anvil) -> list[dict[str, Any]]:
    """Receipts of all that our key has sent, but for what the tests deployed and minted with it before."""
    found = []
    for number in range(1, int(await node.rpc("eth_blockNumber"), 16) + 1):
        for receipt in await node.rpc("eth_getBlockReceipts", hex(number)):
            found += [receipt] if receipt["from"] == SPONSOR_ADDRESS.lower() else []
    return found


class Before:
    """What our key had sent when a test began; `made` is what came since."""

    def __init__(self, node: Anvil, count: int) -> None:
        self._node = node
        self._count = count

    async def made(self) -> list[dict[str, Any]]:
        return (await sponsored_transactions(self._node))[self._count :]


@pytest_asyncio.fixture
async def before(node: Anvil, token: Token) -> Before:
    return Before(node, len(await sponsored_transactions(node)))


async def verified(chain: Eip155, token: Token, **changes: Any) -> Any:
    signed = exact(chain, authorize(PAYER, token, **{"to": SHOP, "value": 5, **changes}))
    await chain.verify(chain.decode(signed), "shop")
    return signed


async def lands(chain: Eip155, signed: SignedTransfer) -> bool:
    """Submit and follow as the relay does: what is in doubt goes out again."""
    async with asyncio.timeout(40):
        while True:
            said = await chain.submit(signed)
            assert not isinstance(said, Refused)
            for _ in range(10):
                sight = await looked(chain, signed)
                if isinstance(sight, Receipt) and sight.final:
                    return sight.ok
                await asyncio.sleep(0.05)
            while isinstance(said, Taken) and pending(await looked(chain, signed)):
                await asyncio.sleep(0.05)


async def looked(chain: Eip155, signed: SignedTransfer) -> Sight:
    """What can be told of it now; that nobody can tell is no more than that it is pending."""
    try:
        return await chain.receipt(signed)
    except Unreachable:
        return Pending()


async def test_a_lost_reply_to_a_broadcast_is_no_failure(
    tmp_path: Path, node: Anvil, proxy: RpcProxy, token: Token, before: Before
) -> None:
    async with sponsored(tmp_path, proxy.url, tokens=(token,)) as chain:
        signed = await verified(chain, token)
        proxy.lost = {"eth_sendRawTransaction"}
        assert isinstance(await chain.submit(signed), Unknown)
        proxy.lost = set()

        sight = await until(chain, signed, final)

    assert isinstance(sight, Receipt) and sight.ok
    assert [each["status"] for each in await before.made()] == ["0x1"]
    assert await token.call("balanceOf", SHOP) == 5


@pytest.mark.parametrize("trouble", ["fault", "away", "status"])
async def test_after_one_send_error_it_and_all_later_ones_land(
    tmp_path: Path, node: Anvil, proxy: RpcProxy, token: Token, before: Before, trouble: str
) -> None:
    async with sponsored(tmp_path, proxy.url, tokens=(token,)) as chain:
        first, *others = [await verified(chain, token) for _ in range(10)]
        proxy.struck = {"eth_sendRawTransaction"}  # whatever else it may have to ask
        match trouble:
            case "fault":
                proxy.faults["eth_sendRawTransaction"] = FAULT
            case "away":
                proxy.away = True
            case _:
                proxy.status = 503
        assert isinstance(await chain.submit(first), Unknown)
        proxy.faults, proxy.away, proxy.status = {}, False, 200

        answers = [await chain.submit(signed) for signed in others]
        assert not any(isinstance(answer, Refused) for answer in answers)
        for signed in (first, *others):
            sight = await until(chain, signed, final)
            assert isinstance(sight, Receipt) and sight.ok

    assert [each["status"] for each in await before.made()] == ["0x1"] * 10


async def test_nothing_of_ours_is_doubled_when_another_process_takes_over(
    tmp_path: Path, node: Anvil, proxy: RpcProxy, token: Token, before: Before
) -> None:
    proxy.faults["eth_sendRawTransaction"] = FAULT
    async with sponsored(tmp_path, proxy.url, tokens=(token,)) as chain:
        signed = await verified(chain, token)
        assert isinstance(await chain.submit(signed), Unknown)  # it is written down, and no node has it
    async with (
        sponsored(tmp_path, node.url, tokens=(token,)) as one,
        sponsored(tmp_path, node.url, tokens=(token,)) as two,
    ):
        await asyncio.gather(one.submit(signed), two.submit(signed), one.submit(signed))
        later = await verified(two, token)
        await two.submit(later)
        for each in (signed, later):
            sight = await until(two, each, final)
            assert isinstance(sight, Receipt) and sight.ok

    assert [each["status"] for each in await before.made()] == ["0x1", "0x1"]


async def test_an_authorization_used_elsewhere_while_ours_waited_costs_no_revert(
    tmp_path: Path, node: Anvil, proxy: RpcProxy, token: Token, before: Before
) -> None:
    async with sponsored(tmp_path, proxy.url, tokens=(token,)) as chain:
        payload = authorize(PAYER, token, to=SHOP, value=5)
        signed = exact(chain, payload)
        await chain.verify(chain.decode(signed), "shop")
        proxy.faults["eth_sendRawTransaction"] = FAULT
        assert isinstance(await chain.submit(signed), Unknown)
        word = payload["authorization"]
        await token.send(
            "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
            *(word["from"], word["to"], *(int(word[name]) for name in ("value", "validAfter", "validBefore"))),
            *(bytes.fromhex(word["nonce"][2:]), bytes.fromhex(payload["signature"][2:])),
            sender=OTHER.address,
        )
        proxy.faults = {}
        later = await verified(chain, token)  # and what comes behind is not held up
        assert isinstance(await chain.submit(later), Taken | Unknown)
        for each in (signed, later):
            sight = await until(chain, each, final)
            assert isinstance(sight, Receipt) and sight.ok, "whoever sent it, it is the payment that was asked for"

    assert [each["status"] for each in await before.made()] == ["0x1", "0x1"]
    assert await token.call("balanceOf", SHOP) == 10


async def test_an_authorization_that_expired_while_it_waited_is_replaced_by_nothing(
    tmp_path: Path, node: Anvil, proxy: RpcProxy, token: Token, before: Before
) -> None:
    async with sponsored(tmp_path, proxy.url, tokens=(token,)) as chain:
        signed = await verified(chain, token)
        proxy.faults["eth_sendRawTransaction"] = FAULT
        assert isinstance(await chain.submit(signed), Unknown)
        await node.rpc("evm_increaseTime", 7200)
        await node.rpc("evm_mine")
        proxy.faults = {}

        async with asyncio.timeout(40):
            while not await before.made():
                await asyncio.sleep(0.05)
        sight = await until(chain, signed, lambda sight: isinstance(sight, Never))

    assert isinstance(sight, Never)
    [made] = await before.made()
    assert (made["status"], made["to"]) == ("0x1", SPONSOR_ADDRESS.lower())
    assert await token.call("balanceOf", SHOP) == 0


async def test_what_somebody_sends_with_our_key_by_hand_displaces_no_payment(
    tmp_path: Path, node: Anvil, token: Token
) -> None:
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        assert (await pay(chain, exact(chain, authorize(PAYER, token, to=SHOP, value=5)))).ok
        for _ in range(2):
            by_hand = {"from": SPONSOR_ADDRESS, "to": OTHER.address, "value": "0x1"}
            await mined(node, await node.rpc("eth_sendTransaction", by_hand))
        assert (await pay(chain, exact(chain, authorize(PAYER, token, to=SHOP, value=5)))).ok
        assert (await pay(chain, exact(chain, authorize(PAYER, token, to=SHOP, value=5)))).ok
    assert await token.call("balanceOf", SHOP) == 15


async def test_what_is_stuck_at_its_price_is_outbid_and_lands_once(
    tmp_path: Path, node: Anvil, token: Token, before: Before
) -> None:
    await node.rpc("evm_setAutomine", False)
    async with sponsored(tmp_path, node.url, node.url + "/2", tokens=(token,)) as chain:
        signed = await verified(chain, token)
        assert isinstance(await chain.submit(signed), Taken)
        await node.rpc("anvil_setNextBlockBaseFeePerGas", hex(5 * 10**9))
        async with asyncio.timeout(40):
            while not await before.made():
                await node.rpc("evm_mine")
                await asyncio.sleep(0.1)
                await node.rpc("anvil_setNextBlockBaseFeePerGas", hex(5 * 10**9))
        sight = await until(chain, signed, final)

    assert isinstance(sight, Receipt) and sight.ok
    assert len(await before.made()) == 1
    assert await token.call("balanceOf", SHOP) == 5


async def test_a_chain_that_stands_still_is_not_outbid(
    tmp_path: Path, node: Anvil, proxy: RpcProxy, token: Token
) -> None:
    await node.rpc("evm_setAutomine", False)
    async with sponsored(tmp_path, proxy.url, tokens=(token,)) as chain:
        signed = await verified(chain, token)
        assert isinstance(await chain.submit(signed), Taken)
        async with asyncio.timeout(40):
            while proxy.asked("eth_sendRawTransaction") < 5:  # handed over again and again, past all patience
                await asyncio.sleep(0.05)
        assert pending(await chain.receipt(signed))
        pool = await node.rpc("txpool_content")
        [waiting] = [each for row in pool["pending"].values() for each in row.values()]
        await node.rpc("evm_mine")
        [mined] = (await node.rpc("eth_getBlockByNumber", "latest", False))["transactions"]
        assert mined == waiting["hash"]


async def test_nobody_promises_the_same_money_twice(tmp_path: Path, node: Anvil, token: Token, before: Before) -> None:
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        transfers = [exact(chain, authorize(PAYER, token, to=SHOP, value=PLENTY)) for _ in range(5)]
        refused = await asyncio.gather(
            *(chain.verify(chain.decode(each), "shop") for each in transfers), return_exceptions=True
        )
        good = [each for each, error in zip(transfers, refused, strict=True) if error is None]
        assert {error.code for error in refused if isinstance(error, TransferMismatch)} == {"insufficient_funds"}
        [one] = good
        assert isinstance(await chain.submit(one), Taken)
        await until(chain, one, final)
        await token.send("mint", PAYER.address, 9)
        assert (await pay(chain, exact(chain, authorize(PAYER, token, to=SHOP, value=9)))).ok, "it is paid by now"

    assert {each["status"] for each in await before.made()} == {"0x1"}


async def test_a_dearer_transfer_than_those_before_gets_the_gas_it_needs(
    tmp_path: Path, node: Anvil, token: Token
) -> None:
    """The first is to an account that holds some already, the second to one the token has never seen."""
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        assert (await pay(chain, exact(chain, authorize(PAYER, token, to=OTHER.address, value=5)))).ok
        assert (await pay(chain, exact(chain, authorize(PAYER, token, to=SHOP, value=5)))).ok


async def test_endpoints_that_lag_and_die_cost_no_payment(
    tmp_path: Path, node: Anvil, token: Token, before: Before
) -> None:
    async with (
        rpc_proxy(node.url) as first,
        rpc_proxy(node.url) as second,
        sponsored(tmp_path, first.url, second.url, tokens=(token,)) as chain,
    ):
        first.behind = 2
        assert await lands(chain, await verified(chain, token))
        first.behind, second.away = 0, True
        assert await lands(chain, await verified(chain, token))
        first.away, second.away = True, False
        assert await lands(chain, await verified(chain, token))

    assert [each["status"] for each in await before.made()] == ["0x1"] * 3
