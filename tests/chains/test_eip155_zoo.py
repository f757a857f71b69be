"""Tokens that a careless operator listed, and what they try: refused before anything is sent, or caught afterwards.

Whatever they do, what is called paid has arrived, to the last unit.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from eth_account import Account
from eth_utils.address import to_checksum_address
from msgspec.structs import replace

from relay.chain import Receipt, SignedTransfer
from relay.chains.eip155 import Eip155, Options, open_chain
from relay.errors import RelayError
from tests.chains.evm_chain import CHAIN, final, listed, now, sign, until
from tests.chains.test_eip155_send import PAYER, SPONSOR, exact, sponsored
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import TRICKS, Token, authorize, malicious

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRICE = 1_000
HONEST = {"None", "ReturnsNothing", "Grows", "Flees", "Forgets"}  # these pay, with an authorization
REFUSED = {"Reverts", "RevertsBomb", "BurnsGas", "GulpsGas", "Blacklists", "Pauses"}  # before anything is sent
MAX_GAS = 500_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node() -> AsyncIterator[Anvil]:
    async with anvil() as node:
        yield node


def somebody() -> str:
    """A payee nobody has paid before."""
    return to_checksum_address(os.urandom(20))


async def outcome(chain: Eip155, signed: SignedTransfer) -> str:
    """`refused` before anything is sent, `settled`, or `failed` once it is in a final block."""
    try:
        await chain.verify(chain.decode(signed), "shop")
    except RelayError:
        return "refused"
    await chain.submit(signed)
    sight = await until(chain, signed, final)
    assert isinstance(sight, Receipt)
    return "settled" if sight.ok else "failed"


@pytest.mark.parametrize("trick", TRICKS)
async def test_what_a_listed_token_tries_with_an_authorization(tmp_path: Path, node: Anvil, trick: str) -> None:
    token, shop = await malicious(node, trick, holders=[PAYER.address]), somebody()
    if trick == "Reenters":
        inner = authorize(PAYER, token, to=shop, value=PRICE)
        await token.send("aim", token.address, _call(token, inner))
    coins = int(await node.rpc("eth_getBalance", Account.from_key(SPONSOR).address, "latest"), 16)
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        became = await outcome(chain, exact(chain, authorize(PAYER, token, to=shop, value=PRICE)))

    arrived = await token.call("balanceOf", shop)
    assert became != "settled" or arrived == PRICE
    assert became == "settled" or trick not in HONEST
    assert became == "refused" or trick not in REFUSED
    spent = coins - int(await node.rpc("eth_getBalance", Account.from_key(SPONSOR).address, "latest"), 16)
    assert spent <= (0 if became == "refused" else MAX_GAS * 5 * 10**9)


@pytest.mark.parametrize("trick", TRICKS)
async def test_what_a_listed_token_tries_with_a_payers_own_transaction(tmp_path: Path, node: Anvil, trick: str) -> None:
    token, shop = await malicious(node, trick, holders=[PAYER.address]), somebody()
    if trick == "Reenters":
        await token.send("aim", token.address, bytes.fromhex(token.data("mint", shop, PRICE)[2:]))
    data = token.data("transfer", shop, PRICE)
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        became = await outcome(chain, await sign(node, PAYER, token.address, data=data, gas=400_000))

    arrived = await token.call("balanceOf", shop)
    assert became != "settled" or arrived == PRICE or (trick == "Reenters" and arrived == 2 * PRICE)


@pytest.mark.parametrize("trick", ["Lies", "Redirects", "Exaggerates", "CriesElsewhere"])
async def test_what_did_not_arrive_is_not_found_by_watching_either(tmp_path: Path, node: Anvil, trick: str) -> None:
    token, shop = await malicious(node, trick, holders=[PAYER.address]), somebody()
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        account = chain.account(shop)
        start = await chain.watch([account], None)
        await token.send("transfer", shop, PRICE, sender=PAYER.address)
        await token.send("become", TRICKS.index("None"))
        await token.send("transfer", shop, 7, sender=PAYER.address)
        await chain._receipts.sweep.step()
        stretch = await chain.watch([account], start.cursor)

    found = [leg.amount for seen in stretch.seen for leg in seen.transfer.legs if leg.account == account]
    assert found == [7]


async def test_a_token_whose_events_are_trusted_is_taken_at_its_word(tmp_path: Path, node: Anvil) -> None:
    """The look at balances is what catches a liar: without it his word would do."""
    token, shop = await malicious(node, "Lies", holders=[PAYER.address]), somebody()
    options = Options(rpc=(node.url,), tokens=(replace(listed(token), trusted=True),), poll_seconds=0.02, finality=1)
    async with open_chain(CHAIN, options, clock=now, report=lambda chain, node: None) as chain:
        data = token.data("transfer", shop, PRICE)
        assert await outcome(chain, await sign(node, PAYER, token.address, data=data)) == "settled"


async def test_nothing_is_paid_for_a_listed_address_without_a_contract(tmp_path: Path, node: Anvil) -> None:
    token = await malicious(node, "None", holders=[PAYER.address])
    await node.rpc("anvil_setCode", token.address, "0x")
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        assert await outcome(chain, exact(chain, authorize(PAYER, token, to=somebody(), value=1))) == "refused"


def _call(token: Token, payload: dict[str, object]) -> bytes:
    """What carries out an authorization, as calldata."""
    said, signature = payload["authorization"], str(payload["signature"])
    assert isinstance(said, dict)
    numbers = [int(said[name]) for name in ("value", "validAfter", "validBefore")]
    arguments = said["from"], said["to"], *numbers, bytes.fromhex(said["nonce"][2:]), bytes.fromhex(signature[2:])
    types = "(address,address,uint256,uint256,uint256,bytes32,bytes)"
    return bytes.fromhex(token.data(f"transferWithAuthorization{types}", *arguments)[2:])
