"""The test USDC of the local chain: deployed once, where it is known before, and plenty of it for everybody."""

from __future__ import annotations

import asyncio
import json
from importlib.resources import files

from relay.devchain.accounts import part, payers
from relay.devchain.node import Anvil
from relay.errors import Unreachable

NAME, SYMBOL, VERSION, DECIMALS = "USDC", "USDC", "2", 6
ADDRESS = "0xCA9FBE54ee07CCeAce7f6DFD6C21b5cea366851a"  # of the deployer's first contract
PLENTY = 1_000_000 * 10**DECIMALS
COINS = hex(10_000 * 10**18)
MINING_LOOKS = 500
GAS = hex(3_000_000)  # stated, because a mint cannot be estimated before the block with the contract is there
MINT, BALANCE_OF = "40c10f19", "70a08231"  # selectors of mint(address,uint256) and balanceOf(address)


async def deploy(anvil: Anvil) -> None:
    """Put the token there and mint it to anvil's accounts, unless an earlier run did. Also funds the sponsor."""
    await anvil.rpc("anvil_setBalance", part("sponsor").address, COINS)
    if await anvil.rpc("eth_getCode", ADDRESS, "latest") != "0x":
        return
    deployer = part("deployer").address
    await anvil.rpc("anvil_setBalance", deployer, COINS)
    await anvil.rpc("anvil_impersonateAccount", deployer)
    last = await anvil.rpc("eth_sendTransaction", {"from": deployer, "gas": GAS, "data": _creation()})
    for account in payers():
        mint = {"from": deployer, "to": ADDRESS, "gas": GAS, "data": _mint(account.address)}
        last = await anvil.rpc("eth_sendTransaction", mint)
    for _ in range(MINING_LOOKS):  # it answers before it has mined
        if await anvil.rpc("eth_getTransactionReceipt", last) is not None:
            break
        await asyncio.sleep(0.01)
    await anvil.rpc("anvil_stopImpersonatingAccount", deployer)
    if min([await balance(anvil, account.address) for account in payers()]) < PLENTY:
        raise Unreachable("the local EVM chain did not take the test token")


async def balance(anvil: Anvil, account: str) -> int:
    """What an account holds of it, in smallest units."""
    asked = {"to": ADDRESS, "data": f"0x{BALANCE_OF}{_word(int(account, 16))}"}
    return int(await anvil.rpc("eth_call", asked, "latest"), 16)


def _creation() -> str:
    """The bytecode of tests/contracts/TestUSDC.sol and its arguments: name, symbol, version, decimals."""
    code: str = json.loads((files(__package__) / "TestUSDC.json").read_text())["bytecode"]
    texts = (NAME, SYMBOL, VERSION)
    head = "".join(_word(4 * 32 + n * 64) for n in range(len(texts))) + _word(DECIMALS)
    return code + head + "".join(_word(len(text)) + text.encode().hex().ljust(64, "0") for text in texts)


def _mint(account: str) -> str:
    return f"0x{MINT}{_word(int(account, 16))}{_word(PLENTY)}"


def _word(number: int) -> str:
    return f"{number:064x}"
