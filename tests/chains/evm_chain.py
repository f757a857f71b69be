"""An EVM chain as the relay opens it, over a real anvil, and payers who sign transactions for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from relay.chain import SIGNED, Pending, Receipt, Sight, SignedTransfer
from relay.chains.eip155 import Eip155, Options, open_chain
from relay.chains.eip155.options import TokenOptions
from relay.errors import Unreachable
from relay.money import ChainId
from tests.servers.anvil import Anvil
from tests.servers.evm import Contract, Token

CHAIN = ChainId("eip155", "31337")
PATIENT = {"call_seconds": 60.0}  # with a node of ours, however busy this machine is


def now() -> datetime:
    return datetime.now(UTC)


def listed(contract: Contract) -> TokenOptions:
    """A token on the relay's list."""
    return TokenOptions(
        address=contract.address,
        symbol="USDC",
        decimals=6,
        name="USDC",
        version="2",
        eip3009=isinstance(contract, Token),
    )


@asynccontextmanager
async def opened(
    *nodes: str, tokens: tuple[Contract, ...] = (), clock: Callable[[], datetime] = now, **options: Any
) -> AsyncIterator[Eip155]:
    """The chain through these URLs, quick to look."""
    told = Options(
        rpc=nodes, tokens=tuple(map(listed, tokens)), **{**PATIENT, "poll_seconds": 0.02, "finality": 2, **options}
    )
    async with open_chain(CHAIN, told, clock=clock, report=lambda chain, node: None) as chain:
        yield chain


async def sign(
    node: Anvil, payer: LocalAccount, to: str, value: int = 0, data: str = "0x", nonce: int | None = None, **other: Any
) -> SignedTransfer:
    """A transaction, signed and not sent."""
    if nonce is None:
        nonce = int(await node.rpc("eth_getTransactionCount", payer.address, "latest"), 16)
    fields = {
        "type": 2,
        "chainId": 31337,
        "nonce": nonce,
        "to": to_checksum_address(to),
        "value": value,
        "data": data,
        "gas": 200_000,
        "maxFeePerGas": 10**11,
        "maxPriorityFeePerGas": 10**9,
    } | other
    return SignedTransfer(CHAIN, SIGNED, bytes(payer.sign_transaction(fields).raw_transaction))


async def send(node: Anvil, signed: SignedTransfer) -> str:
    """Hand it to the node; its hash."""
    return str(await node.rpc("eth_sendRawTransaction", "0x" + signed.raw.hex()))


async def until(chain: Eip155, signed: SignedTransfer, told: Callable[[Sight], bool], seconds: float = 60) -> Sight:
    """Look whenever the chain says that it is worth it (or a moment has passed), until it is so.

    As the relay does it, who goes on where nobody can tell just now: while a node's blocks change under the question.
    """
    async with asyncio.timeout(seconds):
        while True:
            with suppress(Unreachable):
                if told(sight := await chain.receipt(signed)):
                    return sight
            waiting = asyncio.ensure_future(chain.changed(signed))
            await asyncio.wait([waiting], timeout=0.1)
            waiting.cancel()


def included(sight: Sight) -> bool:
    return isinstance(sight, Receipt) and not sight.final


def final(sight: Sight) -> bool:
    return isinstance(sight, Receipt) and sight.final


def pending(sight: Sight) -> bool:
    return isinstance(sight, Pending)
