"""The corpus against a chain: what bytes alone cannot refuse, the chain does, and nothing is sent for any of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from relay.chain import EXACT, Refused, Taken
from relay.chains.eip155 import Eip155, Options, open_chain
from relay.errors import RelayError
from relay.store.database import open_database
from relay.store.migrate import migrate
from relay.store.sends import SentByUs
from tests.chains import evm
from tests.chains.evm import AFTER, CHAIN, EURC, PAYER, PERMIT2, PLAIN, STRANGER, USDC
from tests.chains.evm_chain import PATIENT
from tests.chains.evm_corpus import Bad, corpus
from tests.changed import replace
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import deploy, permit2

PLENTY = 10**12
SPONSOR = "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"


@asynccontextmanager
async def chain_with_tokens(folder: Path) -> AsyncIterator[tuple[Anvil, Eip155]]:
    """The chain that tests/chains/evm.py signs for, at the time it signs for, with money to lose."""
    started = datetime.now(UTC)
    at = datetime.fromtimestamp(AFTER + 60, UTC)
    async with anvil(args=("--timestamp", str(AFTER + 60))) as node, open_database(f"sqlite:///{folder}/db") as db:
        await migrate(db)
        names = {USDC: ("USD Coin", "USDC", "2", 6), EURC: ("EURC", "EURC", "2", 6), PLAIN: ("Plain", "PLN", "1", 18)}
        await permit2(node)
        for expected, arguments in names.items():
            token = await deploy(node, "TestUSDC", *arguments)
            assert int(token.address, 16) == int(expected, 16)
        for contract in names:
            held = replace(token, address=contract)
            for holder in (PAYER.address, STRANGER.address):
                await held.send("mint", holder, PLENTY)
                await held.send("approve", PERMIT2, PLENTY, sender=holder)
        options = msgspec.convert(evm.OPTIONS | PATIENT | {"rpc": [node.url]}, Options)
        async with open_chain(
            CHAIN,
            options,
            clock=lambda: at + (datetime.now(UTC) - started),
            report=lambda chain, node: None,
            sends=SentByUs(db),
        ) as chain:
            yield node, chain


async def refused(chain: Eip155, bad: Bad) -> str:
    try:
        await chain.verify(chain.decode(bad.signed), "shop")
    except RelayError as error:
        return error.code
    return "taken"


def naming_its_asset(bad: Bad) -> Bad:
    """The same for one token, so that it may be a contract wallet's and is the chain's to refuse."""
    body = json.loads(bad.signed.raw)
    if "authorization" not in body or "asset" in body:
        return bad
    return replace(bad, signed=replace(bad.signed, raw=json.dumps(body | {"asset": USDC}).encode()))


async def test_nothing_of_the_corpus_is_taken_and_nothing_is_sent_for_it(tmp_path: Path) -> None:
    async with chain_with_tokens(tmp_path) as (node, chain):
        for good in (evm.exact(evm.authorization()), evm.exact(evm.permit()), evm.exact(evm.permit(token=USDC))):
            await chain.verify(chain.decode(good), "shop")  # the step before each of them is taken
        before = await node.rpc("eth_blockNumber")
        forged = [
            naming_its_asset(bad) for bad in corpus() if bad.code == "invalid_signature" and bad.signed.scheme == EXACT
        ]

        told = {bad.name: (bad.code, await refused(chain, bad)) for bad in [*corpus(), *forged]}

        assert [name for name, (expected, code) in told.items() if code != expected] == []
        assert len(forged) > 50
        assert await node.rpc("eth_blockNumber") == before
        assert await node.rpc("eth_getTransactionCount", SPONSOR, "pending") == "0x0"


async def test_what_slipped_past_the_checks_is_still_not_sent_with_our_gas(tmp_path: Path) -> None:
    # a known id is not verified again; were its payment rejected just then, a forgery under that id could come through
    async with chain_with_tokens(tmp_path) as (node, chain):
        good = chain.decode(evm.exact(evm.authorization()))
        await chain.verify(good, "shop")
        for size in (65, 100):
            forged = chain.decode(evm.exact(evm.authorization() | {"asset": USDC, "signature": "0x" + "5a" * size}))
            assert forged.id == good.id

            outcome = await chain.submit(forged.signed)

            assert isinstance(outcome, Refused)
            assert outcome.reason == "invalid_signature"
        assert await node.rpc("eth_getTransactionCount", SPONSOR, "pending") == "0x0"
        assert isinstance(await chain.submit(good.signed), Taken)


async def test_what_only_the_chain_knows_refuses_by_its_own_code(tmp_path: Path) -> None:
    async with chain_with_tokens(tmp_path) as (_, chain):
        poor = evm.Key.create()

        assert await refused(chain, Bad("", evm.exact(evm.authorization(poor)), "", "")) == "insufficient_funds"
        assert await refused(chain, Bad("", evm.exact(evm.permit(poor)), "", "")) == "insufficient_funds"
        later = evm.authorization(validAfter=str(AFTER + 500))
        assert await refused(chain, Bad("", evm.exact(later), "", "")) == "transaction_expired"
        over = evm.authorization(validBefore=str(AFTER + 62))
        assert await refused(chain, Bad("", evm.exact(over), "", "")) == "transaction_expired"
