"""The committed bytecode is what the sources say, and the contracts do what tests rely on."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.contracts import build
from tests.servers.anvil import Anvil, RpcError, anvil
from tests.servers.evm import (
    EXACT_PROXY,
    PAYERS,
    PERMIT2,
    PLENTY,
    TRICKS,
    Contract,
    Token,
    artifact,
    authorize,
    authorize_permit2,
    deploy,
    malicious,
    permit2,
    token_of,
    usdc,
)

PAYER, SHOP = PAYERS[1], PAYERS[2].address
SIGNATURE = "(address,address,uint256,uint256,uint256,bytes32,bytes)"
HONEST = {
    "None",
    "ReturnsNothing",
    "ReturnsTwo",
    "ReturnsBomb",
    "GulpsGas",
    "Reenters",
    "Forgets",
    "Grows",
    "Flees",
}  # at first
REFUSING = {"Reverts", "RevertsBomb", "BurnsGas", "Blacklists", "Pauses"}


@pytest_asyncio.fixture
async def node() -> AsyncIterator[Anvil]:
    async with anvil() as running:
        yield running


def test_the_bytecode_is_what_the_compiler_makes_of_the_source() -> None:
    if not build.installed():
        pytest.skip("solc is not installed: npm ci in tests/contracts")
    for name, contract in build.compiled().items():
        assert (build.FOLDER / f"{name}.json").read_text() == build.shown(contract), f"{name}: run the build"


def test_the_demo_ships_the_token_of_the_tests() -> None:
    assert build.DEMO_TOKEN.read_text() == (build.FOLDER / "TestUSDC.json").read_text()


def test_the_tricks_are_numbered_as_the_source_numbers_them() -> None:
    source = (build.FOLDER / "MaliciousToken.sol").read_text()
    listed = re.sub(r"//.*", "", source.partition("enum Trick {")[2].partition("}")[0])
    assert tuple(listed.replace(",", " ").split()) == TRICKS


async def settle(token: Token, payload: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Send a payer's authorization as a stranger would, with a signature of any length."""
    said = payload["authorization"]
    numbers = [int(said[name]) for name in ("value", "validAfter", "validBefore")]
    nonce, signature = (bytes.fromhex(text[2:]) for text in (said["nonce"], payload["signature"]))
    arguments = (said["from"], said["to"], *numbers, nonce, signature)
    return await token.send(f"transferWithAuthorization{SIGNATURE}", *arguments, **options)


async def test_an_authorization_moves_money_once(node: Anvil) -> None:
    token = await usdc(node)
    payload = authorize(PAYER, token, to=SHOP, value=500)
    await settle(token, payload, sender=PAYERS[5].address)
    assert await token.call("balanceOf", SHOP) == PLENTY + 500
    with pytest.raises(RpcError, match="used or canceled"):
        await settle(token, payload)
    for wrong in (authorize(PAYER, token, to=SHOP, value=1, valid_before=1), authorize(PAYER, token, to=SHOP, value=2)):
        wrong["authorization"]["value"] = "3"
        with pytest.raises(RpcError, match=r"expired|invalid signature"):
            await settle(token, wrong)


async def test_a_contract_pays_when_its_owner_signs(node: Anvil) -> None:
    wallet = await deploy(node, "SmartWallet", PAYER.address)
    token = await usdc(node, holders=[wallet.address])
    payload = authorize(PAYER, token, to=SHOP, value=7, **{"from": wallet.address})
    await settle(token, payload)
    assert await token.call("balanceOf", SHOP) == 7
    await wallet.send("setOwner", SHOP, sender=PAYER.address)
    with pytest.raises(RpcError, match="invalid signature"):
        await settle(token, authorize(PAYER, token, to=SHOP, value=7, **{"from": wallet.address}))


async def test_a_wallet_has_its_address_before_it_exists(node: Anvil) -> None:
    factory = await deploy(node, "SmartWalletFactory")
    foreseen = await factory.call("addressOf", PAYER.address, b"\x01" * 32)
    assert await node.rpc("eth_getCode", foreseen, "latest") == "0x"
    await factory.send("deploy", PAYER.address, b"\x01" * 32)
    assert await Contract(node, foreseen, artifact("SmartWallet")["abi"]).call("owner") == PAYER.address.lower()


async def test_permit2_moves_what_was_signed_for_the_proxy_once(node: Anvil) -> None:
    _, proxy = await permit2(node)
    token = await usdc(node)
    await token.send("approve", PERMIT2, 2**256 - 1, sender=PAYER.address)
    payload = authorize_permit2(PAYER, token, to=SHOP, value=900)
    said = payload["permit2Authorization"]
    permitted = (
        (said["permitted"]["token"], int(said["permitted"]["amount"])),
        int(said["nonce"]),
        int(said["deadline"]),
    )
    witness = (said["witness"]["to"], int(said["witness"]["validAfter"]))
    arguments = (permitted, said["from"], witness, bytes.fromhex(payload["signature"][2:]))
    await proxy.send("settle", *arguments, sender=PAYERS[5].address)
    assert await token.call("balanceOf", SHOP) == PLENTY + 900
    with pytest.raises(RpcError):
        await proxy.send("settle", *arguments, sender=PAYERS[5].address)
    with pytest.raises(RpcError):  # the thief is not whom the payer named
        await proxy.send("settle", permitted, said["from"], (PAYERS[5].address, witness[1]), arguments[3])
    assert proxy.address == EXACT_PROXY


async def test_every_trick_does_its_one_wrong_thing(node: Anvil) -> None:
    contract = await deploy(node, "MaliciousToken", 0)
    token = await token_of(node, contract, holders=[PAYER.address])
    gains = {}
    for trick in sorted(TRICKS, key="Rebases".__eq__):  # that one last: it changes what all hold
        await token.send("become", TRICKS.index(trick))
        before = await token.call("balanceOf", SHOP)
        try:
            await settle(token, authorize(PAYER, token, to=SHOP, value=1000))
        except RpcError:
            gains[trick] = None
        else:
            gains[trick] = await token.call("balanceOf", SHOP) - before
    assert {trick for trick, gain in gains.items() if gain is None} == REFUSING
    assert {trick for trick, gain in gains.items() if gain == 1000} >= HONEST
    assert gains["TakesFee"] == 990
    assert {gains[trick] for trick in ("ReturnsFalse", "Lies", "CriesElsewhere", "Redirects")} == {0}
    assert (gains["FlipsWhenMined"], gains["Silent"]) == (0, 1000)
    assert gains["Rebases"] < 0
    again = authorize(PAYER, token, to=SHOP, value=1000)
    await token.send("become", TRICKS.index("Forgets"))
    assert (await settle(token, again))["transactionHash"] != (await settle(token, again))["transactionHash"]


async def test_a_token_with_a_trick_starts_with_it(node: Anvil) -> None:
    token = await malicious(node, "Pauses", holders=[])
    assert await token.call("trick") == TRICKS.index("Pauses")
