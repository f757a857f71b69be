"""Payers whose account is a contract, or will be: EIP-1271 and ERC-6492."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from eth_abi import encode

from relay.chain import Taken
from relay.chains.eip155.carriage import MAGIC, MULTICALL3
from relay.errors import InvalidTransfer, RelayError
from tests.chains.evm_chain import final, until
from tests.chains.test_eip155_send import OTHER, PAYER, SHOP, exact, pay, sponsored
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import Contract, Token, authorize, deploy, etch, usdc

SALT = b"\x01" * 32


@pytest_asyncio.fixture
async def node() -> AsyncIterator[Anvil]:
    async with anvil() as node:
        yield node


@pytest_asyncio.fixture
async def factory(node: Anvil) -> Contract:
    await etch(node, "Multicall3", "0x" + MULTICALL3.hex())
    return await deploy(node, "SmartWalletFactory")


def wrapped(payload: dict[str, Any], factory: Contract, deployment: str) -> dict[str, Any]:
    """The payload with its signature as a wallet that is not deployed gives it."""
    inner = bytes.fromhex(payload["signature"][2:])
    body = encode(["address", "bytes", "bytes"], [factory.address, bytes.fromhex(deployment[2:]), inner])
    return payload | {"signature": "0x" + (body + MAGIC).hex()}


def named(payload: dict[str, Any], token: Token) -> dict[str, Any]:
    return payload | {"asset": token.address}


async def test_a_contract_wallet_pays_when_it_stands_by_the_signature(tmp_path: Path, node: Anvil) -> None:
    wallet = await deploy(node, "SmartWallet", PAYER.address)
    token = await usdc(node, holders=[wallet.address])
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        good = exact(chain, named(authorize(PAYER, token, to=SHOP, value=7, **{"from": wallet.address}), token))
        assert (await pay(chain, good)).ok
        forged = named(authorize(OTHER, token, to=SHOP, value=7, **{"from": wallet.address}), token)
        with pytest.raises(InvalidTransfer) as refused:
            await chain.verify(chain.decode(exact(chain, forged)), "shop")
        assert refused.value.code == "invalid_signature"
    assert await token.call("balanceOf", SHOP) == 7


async def test_a_key_that_delegated_to_a_contract_has_no_word_of_its_own(tmp_path: Path, node: Anvil) -> None:
    """With code at the address the token asks the code (EIP-7702): what the key signs is worth what that says."""
    token = await usdc(node)
    wallet = await deploy(node, "SmartWallet", OTHER.address)
    await node.rpc("anvil_setCode", PAYER.address, "0xef0100" + wallet.address[2:])
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        payload = exact(chain, authorize(PAYER, token, to=SHOP, value=7))
        with pytest.raises(InvalidTransfer) as refused:
            await chain.verify(chain.decode(payload), "shop")
        assert refused.value.code == "invalid_signature"


@pytest.mark.parametrize("trick", range(1, 5))
async def test_a_wallet_that_misbehaves_when_it_is_asked_pays_nothing(tmp_path: Path, node: Anvil, trick: int) -> None:
    wallet = await deploy(node, "HostileSigner", trick)
    token = await usdc(node, holders=[wallet.address])
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        before = await node.rpc("eth_blockNumber")
        payload = named(authorize(PAYER, token, to=SHOP, value=7, **{"from": wallet.address}), token)
        with pytest.raises(RelayError):
            await chain.verify(chain.decode(exact(chain, payload)), "shop")
        assert await node.rpc("eth_blockNumber") == before


async def test_a_wallet_that_is_not_deployed_is_deployed_and_pays_in_one_transaction(
    tmp_path: Path, node: Anvil, factory: Contract
) -> None:
    at = await factory.call("addressOf", PAYER.address, SALT)
    token = await usdc(node, holders=[at])
    bare = named(authorize(PAYER, token, to=SHOP, value=7, **{"from": at}), token)
    payload = wrapped(bare, factory, factory.data("deploy", PAYER.address, SALT))
    async with sponsored(tmp_path, node.url, tokens=(token,), wallet_factories=(factory.address,)) as chain:
        before = int(await node.rpc("eth_blockNumber"), 16)
        assert (await pay(chain, exact(chain, payload))).ok
        assert int(await node.rpc("eth_blockNumber"), 16) == before + 1
        again = named(authorize(PAYER, token, to=SHOP, value=7, **{"from": at}), token)  # it is there by now
        signed = exact(chain, wrapped(again, factory, factory.data("deploy", PAYER.address, SALT)))
        await chain.verify(chain.decode(signed), "shop")
        assert isinstance(await chain.submit(signed), Taken)
        assert (await until(chain, signed, final)).ok  # type: ignore[union-attr]
    assert await token.call("balanceOf", SHOP) == 14


async def test_only_listed_factories_are_called_and_only_for_who_signed(
    tmp_path: Path, node: Anvil, factory: Contract
) -> None:
    at = await factory.call("addressOf", PAYER.address, SALT)
    token = await usdc(node, holders=[at])
    deployment = factory.data("deploy", PAYER.address, SALT)
    good = wrapped(named(authorize(PAYER, token, to=SHOP, value=7, **{"from": at}), token), factory, deployment)
    forged = wrapped(named(authorize(OTHER, token, to=SHOP, value=7, **{"from": at}), token), factory, deployment)
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        with pytest.raises(InvalidTransfer, match="does not call its factory"):
            await chain.verify(chain.decode(exact(chain, good)), "shop")
    async with sponsored(tmp_path, node.url, tokens=(token,), wallet_factories=(factory.address,)) as chain:
        with pytest.raises(RelayError):
            await chain.verify(chain.decode(exact(chain, forged)), "shop")
    assert await token.call("balanceOf", SHOP) == 0
