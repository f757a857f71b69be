"""A payer's word (EIP-3009, Permit2) on the ledger, whoever sent it there; and when it never can be."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from eth_account.signers.local import LocalAccount

from relay.chain import EXACT, Never, Pending, Receipt, SignedTransfer
from relay.chains.eip155 import Eip155
from relay.money import Account
from tests.chains.evm_chain import CHAIN, final, included, opened, pending, until
from tests.chains.test_eip155_watch import mine, searched, what
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import PAYERS, Contract, Token, authorize, authorize_permit2, malicious, permit2, usdc
from tests.servers.rpc_proxy import rpc_proxy

ALICE, BOB = PAYERS[1], PAYERS[2]
SHOP, BLOG = Account(PAYERS[5].address), Account(PAYERS[6].address)
SPONSOR = "0x" + "11" * 32  # the chain takes scheme `exact` at all; it sends nothing here
USE = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"


@pytest_asyncio.fixture
async def node() -> AsyncIterator[Anvil]:
    async with anvil(args=("--no-mining",)) as node:
        yield node


def word(payload: dict[str, Any], token: Contract) -> SignedTransfer:
    return SignedTransfer(CHAIN, EXACT, json.dumps(payload | {"asset": token.address}).encode())


async def use(token: Token, payload: dict[str, Any], sender: LocalAccount = BOB) -> None:
    """Somebody sends what the payer signed."""
    said = payload["authorization"]
    times = (int(said[name]) for name in ("value", "validAfter", "validBefore"))
    values = said["from"], said["to"], *times, bytes.fromhex(said["nonce"][2:])
    await token.send(USE, *values, bytes.fromhex(payload["signature"][2:]), sender=sender.address)


async def use_permit(proxy: Contract, payload: dict[str, Any], sender: LocalAccount = BOB) -> None:
    said = payload["permit2Authorization"]
    permitted = said["permitted"]["token"], int(said["permitted"]["amount"])
    permit = permitted, int(said["nonce"]), int(said["deadline"])
    witness = said["witness"]["to"], int(said["witness"]["validAfter"])
    signature = bytes.fromhex(payload["signature"][2:])
    await proxy.send("settle", permit, said["from"], witness, signature, sender=sender.address)


async def never(chain: Eip155, signed: SignedTransfer) -> str:
    sight = await until(chain, signed, lambda sight: isinstance(sight, Never))
    assert isinstance(sight, Never)
    return sight.message


async def test_a_word_that_somebody_else_sent_is_the_payment_all_the_same(node: Anvil) -> None:
    token = await usdc(node)
    payload = authorize(ALICE, token, to=SHOP, value=500)
    signed = word(payload, token)
    async with opened(node.url, tokens=(token,), sponsors=(SPONSOR,), finality=3) as chain:
        assert pending(await chain.receipt(signed))
        await use(token, payload)
        await until(chain, signed, included)
        await node.rpc("anvil_mine", 3)
        sight = await until(chain, signed, final)
        assert isinstance(sight, Receipt) and sight.ok


async def test_of_several_words_in_one_transaction_each_is_its_own(node: Anvil) -> None:
    """A token that calls another while it moves: two words of one payer to one payee, used together."""
    token, caller = await usdc(node), await malicious(node, "Reenters")
    inner, outer = authorize(ALICE, token, to=SHOP, value=7), authorize(ALICE, caller, to=SHOP, value=5)
    said = inner["authorization"]
    times = [int(said[name]) for name in ("value", "validAfter", "validBefore")]
    nonce, signature = bytes.fromhex(said["nonce"][2:]), bytes.fromhex(inner["signature"][2:])
    await caller.send(
        "aim", token.address, bytes.fromhex(token.data(USE, said["from"], SHOP, *times, nonce, signature)[2:])
    )
    options = {"tokens": (token, caller), "sponsors": (SPONSOR,), "finality": 1}
    async with opened(node.url, **options) as chain:
        await mine(chain, node)
        _, cursor = await searched(chain, None)
        await use(caller, outer)
        for signed, amount in ((word(inner, token), 7), (word(outer, caller), 5)):
            sight = await until(chain, signed, final)
            assert isinstance(sight, Receipt) and sight.ok, amount
        await mine(chain, node)
        seen, _ = await searched(chain, cursor)
        ids = {each.transfer.id: what(each)[2] for each in seen}
        assert ids == {chain.decode(word(inner, token)).id: 7, chain.decode(word(outer, caller)).id: 5}


async def test_a_word_found_by_watching_has_the_id_it_would_have_had_through_us(node: Anvil) -> None:
    token = await usdc(node)
    payload = authorize(ALICE, token, to=SHOP, value=500)
    async with opened(node.url, tokens=(token,), sponsors=(SPONSOR,), finality=1) as chain:
        await mine(chain, node)
        _, cursor = await searched(chain, None)
        await use(token, payload)
        await mine(chain, node)
        [seen], _ = await searched(chain, cursor)
        assert seen.transfer.id == chain.decode(word(payload, token)).id
        assert what(seen)[::2] == (SHOP, 500) and seen.transfer.payer == ALICE.address
        assert chain.transaction(seen.transfer.id) == seen.transfer.id


async def test_a_permit_is_found_whoever_sent_it_and_by_watching(node: Anvil) -> None:
    token, (permits, proxy) = await usdc(node), await permit2(node)
    await token.send("approve", permits.address, 10**12, sender=ALICE.address)
    payload = authorize_permit2(ALICE, token, to=SHOP, value=500)
    signed = word(payload, token)
    async with opened(node.url, tokens=(token,), sponsors=(SPONSOR,), finality=1) as chain:
        await mine(chain, node)
        _, cursor = await searched(chain, None)
        assert pending(await chain.receipt(signed))
        await token.send("transfer", SHOP, 500, sender=ALICE.address)  # the same, and not it
        await use_permit(proxy, payload)
        sight = await until(chain, signed, final)
        assert isinstance(sight, Receipt) and sight.ok
        await mine(chain, node)
        seen, _ = await searched(chain, cursor)
        assert len(seen) == 2 and seen[1].transfer.id == chain.decode(signed).id


async def test_a_word_that_pays_less_than_it_says_is_no_payment(node: Anvil) -> None:
    token = await malicious(node, "TakesFee", holders=[ALICE.address])
    payload = authorize(ALICE, token, to=SHOP, value=1000)
    async with opened(node.url, tokens=(token,), sponsors=(SPONSOR,), finality=1) as chain:
        await use(token, payload)
        sight = await until(chain, word(payload, token), final)
        assert isinstance(sight, Receipt) and (sight.ok, sight.name) == (False, "DELIVERED 990 OF 1000")


async def test_a_cancelled_word_never_comes_once_that_is_final(node: Anvil) -> None:
    token = await usdc(node)
    payload = authorize(ALICE, token, to=SHOP, value=500)
    signed, nonce = word(payload, token), bytes.fromhex(payload["authorization"]["nonce"][2:])
    types = {"CancelAuthorization": [{"name": "authorizer", "type": "address"}, {"name": "nonce", "type": "bytes32"}]}
    said = ALICE.sign_typed_data(dict(token.domain), types, {"authorizer": ALICE.address, "nonce": nonce})
    async with opened(node.url, tokens=(token,), sponsors=(SPONSOR,), finality=3) as chain:
        await token.send("cancelAuthorization", ALICE.address, nonce, bytes(said.signature))
        await mine(chain, node, 3)
        assert "cancelled" in await never(chain, signed)


@pytest.mark.parametrize("method", ["eip3009", "permit2"])
async def test_an_unused_word_never_comes_once_its_time_is_over_in_a_final_block(node: Anvil, method: str) -> None:
    token = await usdc(node)
    await permit2(node)
    end = int(time.time()) + 600
    if method == "eip3009":
        payload = authorize(ALICE, token, to=SHOP, value=500, valid_before=end)
    else:
        payload = authorize_permit2(ALICE, token, to=SHOP, value=500, deadline=end)
    signed = word(payload, token)
    async with opened(node.url, tokens=(token,), sponsors=(SPONSOR,), finality=2) as chain:
        await node.rpc("evm_setNextBlockTimestamp", end + 5)
        await mine(chain, node)
        assert await chain.receipt(signed) == Pending()  # over, and not final
        await mine(chain, node)
        assert "time is over" in await never(chain, signed)


async def test_a_word_that_is_used_while_the_ledger_is_asked_about_it_is_not_called_unused(node: Anvil) -> None:
    token, end = await usdc(node), int(time.time()) + 600
    payload = authorize(ALICE, token, to=SHOP, value=500, valid_before=end)
    signed = word(payload, token)
    async with (
        rpc_proxy(node.url) as proxy,
        opened(proxy.url, tokens=(token,), sponsors=(SPONSOR,), finality=1) as chain,
    ):
        await mine(chain, node)

        async def meanwhile() -> None:
            await use(token, payload)
            await node.rpc("evm_setNextBlockTimestamp", end + 5)
            await mine(chain, node, 2)

        proxy.then["eth_call"] = meanwhile

        assert pending(await until(chain, signed, lambda _: not proxy.then))
        sight = await until(chain, signed, final)
        assert isinstance(sight, Receipt) and sight.ok


async def test_what_no_block_has_changed_is_not_asked_again(node: Anvil) -> None:
    """Many payments wait for a block, and each is looked at several times: that costs nodes nothing."""
    token, loop = await usdc(node), asyncio.get_running_loop()
    signed = word(authorize(ALICE, token, to=SHOP, value=500), token)
    async with rpc_proxy(node.url) as proxy, opened(proxy.url, tokens=(token,), sponsors=(SPONSOR,)) as chain:
        assert pending(await chain.receipt(signed))
        for _ in range(2):
            asked, polls, began = proxy.asked("eth_call"), proxy.asked("eth_getBlockByNumber"), loop.time()
            await mine(chain, node)
            await until(chain, signed, lambda _, n=asked: proxy.asked("eth_call") > n)
            await until(chain, signed, lambda _, n=polls: proxy.asked("eth_getBlockByNumber") > n + 12)
            blocks = 1 + int(loop.time() - began)  # after a second, as long as blocks usually take, it is asked anew
            assert 0 < proxy.asked("eth_call") - asked <= blocks
