"""Payers whose account has code, will have code, or has lent its address to code: whose word their signature is."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from eth_abi import encode
from eth_account import Account
from eth_utils.address import to_checksum_address

from relay.chain import Receipt
from relay.chains.eip155 import Eip155
from relay.chains.eip155.carriage import MULTICALL3
from relay.errors import RelayError
from tests.chains.test_eip155_send import OTHER, PAYER, exact, pay, sponsored
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import Contract, Token, authorize, deploy, etch, usdc

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAGIC = "6492" * 16
HOSTILE = ("SaysYesToAll", "BurnsGas", "ReturnsBomb", "ReturnsShort", "Reverts")  # HostileSigner.Trick, in its order


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node() -> AsyncIterator[Anvil]:
    async with anvil() as node:
        yield node


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def token(node: Anvil) -> Token:
    return await usdc(node)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def factory(node: Anvil) -> Contract:
    await etch(node, "Multicall3", to_checksum_address(MULTICALL3))
    return await deploy(node, "SmartWalletFactory")


async def paid(chain: Eip155, token: Token, payload: dict[str, Any]) -> bool:
    """Whether it settles, and the money is there."""
    sight = await pay(chain, exact(chain, payload | {"asset": token.address}))
    assert isinstance(sight, Receipt)
    return sight.ok and await token.call("balanceOf", payload["authorization"]["to"]) == 5


async def refusal(chain: Eip155, token: Token, payload: dict[str, Any]) -> str:
    with pytest.raises(RelayError) as refused:
        await chain.verify(chain.decode(exact(chain, payload | {"asset": token.address})), "shop")
    return f"{refused.value.code}: {refused.value.message}"


def word(token: Token, wallet: str, *, signer: Any = PAYER, **changes: Any) -> dict[str, Any]:
    """An authorization over 5 units of what a wallet has, signed by a key, to a payee nobody has paid before."""
    shop = to_checksum_address(os.urandom(20))
    return authorize(signer, token, **{"to": shop, "value": 5, "from": wallet, **changes})


async def test_a_contract_wallet_pays_by_its_owners_signature_only(tmp_path: Path, node: Anvil, token: Token) -> None:
    wallet = await deploy(node, "SmartWallet", PAYER.address)
    await token.send("mint", wallet.address, 100)
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        assert await paid(chain, token, word(token, wallet.address))
        stranger = word(token, wallet.address, signer=OTHER)
        assert (await refusal(chain, token, stranger)).startswith("invalid_signature: the contract wallet")
        before = word(token, wallet.address)
        await wallet.send("setOwner", OTHER.address, sender=PAYER.address)
        assert "EIP-1271" in await refusal(chain, token, before)
        assert await paid(chain, token, word(token, wallet.address, signer=OTHER))


async def test_a_relay_may_take_no_contract_wallets(tmp_path: Path, node: Anvil, token: Token) -> None:
    wallet = await deploy(node, "SmartWallet", PAYER.address)
    await token.send("mint", wallet.address, 100)
    async with sponsored(tmp_path, node.url, tokens=(token,), contract_wallets=False) as chain:
        assert (await refusal(chain, token, word(token, wallet.address))).startswith("invalid_signature")


async def test_an_account_that_lent_its_address_to_code_is_asked_by_that_code(
    tmp_path: Path, node: Anvil, token: Token
) -> None:
    """EIP-7702. Its own key's signature is good for nothing then: the token would not take it either."""
    lender = Account.create()
    wallet = await deploy(node, "SmartWallet", PAYER.address)
    await token.send("mint", lender.address, 100)
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        own = word(token, lender.address, signer=lender)
        await node.rpc("anvil_setCode", lender.address, "0xef0100" + wallet.address[2:])
        await node.rpc("anvil_setStorageAt", lender.address, "0x0", "0x" + "0" * 24 + OTHER.address[2:].lower())
        assert (await refusal(chain, token, own)).startswith("invalid_signature: the contract wallet")
        assert await paid(chain, token, word(token, lender.address, signer=OTHER))


@pytest.mark.parametrize("trick", HOSTILE)
async def test_a_wallet_that_misbehaves_when_asked_costs_nothing(
    tmp_path: Path, node: Anvil, token: Token, trick: str
) -> None:
    wallet = await deploy(node, "HostileSigner", HOSTILE.index(trick))
    await token.send("mint", wallet.address, 100)
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        if trick == "SaysYesToAll":  # its money, its rule
            assert await paid(chain, token, word(token, wallet.address, signer=OTHER))
        else:
            blocks = await node.rpc("eth_blockNumber")
            assert (await refusal(chain, token, word(token, wallet.address))).startswith("invalid_signature")
            assert await node.rpc("eth_blockNumber") == blocks


@dataclass(frozen=True)
class ToBe:
    """A wallet that is not deployed, and has money."""

    address: str
    deploys: bytes


async def to_be(factory: Contract, token: Token, owner: str = PAYER.address) -> ToBe:
    salt = os.urandom(32)
    address = to_checksum_address(await factory.call("addressOf", owner, salt))
    await token.send("mint", address, 100)
    return ToBe(address, bytes.fromhex(factory.data("deploy", owner, salt)[2:]))


def wrapped(payload: dict[str, Any], factory: str, deploys: bytes) -> dict[str, Any]:
    """ERC-6492."""
    inner = bytes.fromhex(payload["signature"][2:])
    body = encode(["address", "bytes", "bytes"], [factory, deploys, inner])
    return payload | {"signature": "0x" + body.hex() + MAGIC}


async def test_a_wallet_that_is_not_deployed_is_while_it_pays(
    tmp_path: Path, node: Anvil, token: Token, factory: Contract
) -> None:
    wallet = await to_be(factory, token)
    payload = wrapped(word(token, wallet.address), factory.address, wallet.deploys)
    later = wrapped(word(token, wallet.address), factory.address, wallet.deploys)
    async with sponsored(tmp_path, node.url, tokens=(token,), wallet_factories=(factory.address,)) as chain:
        before = int(await node.rpc("eth_blockNumber"), 16)
        assert await paid(chain, token, payload)
        assert int(await node.rpc("eth_blockNumber"), 16) == before + 1, "one transaction does both"
        assert await node.rpc("eth_getCode", wallet.address, "latest") != "0x"
        assert await paid(chain, token, later), "deployed by now: what wraps the signature is taken off"


async def test_only_listed_factories_are_called(tmp_path: Path, node: Anvil, token: Token, factory: Contract) -> None:
    wallet = await to_be(factory, token)
    payload = wrapped(word(token, wallet.address), factory.address, wallet.deploys)
    other = await deploy(node, "SmartWalletFactory")
    for listed in ((), (other.address,)):
        folder = tmp_path / str(len(listed))
        folder.mkdir()
        async with sponsored(folder, node.url, tokens=(token,), wallet_factories=listed) as chain:
            said = await refusal(chain, token, payload)
            assert said.startswith("invalid_signature") and factory.address in said.lower()
    assert await node.rpc("eth_getCode", wallet.address, "latest") == "0x"


async def test_a_deployment_that_brings_no_payment_is_not_sent(
    tmp_path: Path, node: Anvil, token: Token, factory: Contract
) -> None:
    wallet = await to_be(factory, token)
    good = word(token, wallet.address)
    elsewhere = bytes.fromhex(factory.data("deploy", PAYER.address, os.urandom(32))[2:])
    forged = word(token, wallet.address, signer=OTHER)
    async with sponsored(tmp_path, node.url, tokens=(token,), wallet_factories=(factory.address,)) as chain:
        blocks = await node.rpc("eth_blockNumber")
        for bad in (
            wrapped(good, factory.address, elsewhere),
            wrapped(good, factory.address, b""),
            wrapped(forged, factory.address, wallet.deploys),
            good | {"signature": "0x" + "5a" * 320 + MAGIC},
        ):
            assert (await refusal(chain, token, bad)).split(":")[0] in ("invalid_signature", "simulation_failed")
        assert await node.rpc("eth_blockNumber") == blocks
        assert await paid(chain, token, wrapped(good, factory.address, wallet.deploys))
