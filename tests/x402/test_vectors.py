"""tests/vectors/x402.json against the facilitator: each rule that is broken alone has its reason."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from relay.chains.eip155.options import Options
from relay.chains.eip155.reasons import Reason
from relay.errors import InvalidRequest, Unreachable
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.settlement import Invalid, Verified
from relay.store.database import open_database
from relay.store.merchants import Merchants
from relay.store.migrate import migrate
from tests.chains import evm
from tests.evm_site import EvmSite
from tests.vectors import generate_x402
from tests.x402.terms import objects

VECTORS = json.loads(generate_x402.VECTORS.read_text())
CASES: dict[str, dict[str, Any]] = {case["name"]: case["call"] for case in VECTORS["cases"]}
REASONS = {case["name"]: case["reason"] for case in VECTORS["cases"] if "reason" in case}
ASKED_OF_THE_CHAIN = {  # tests/x402/test_rules.py
    *(Reason.NO_CONTRACT, Reason.NO_WALLET, Reason.FACTORY, Reason.NONCE, Reason.PERMIT_NONCE),
    *(Reason.BALANCE, Reason.SIMULATION, Reason.ALLOWANCE),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EvmSite]:
    """A relay whose nodes are all away: what it refuses, it refuses by bytes."""
    database = f"sqlite:///{tmp_path_factory.mktemp('relay')}/relay.db"
    async with open_database(database) as db:
        await migrate(db)
        account = ChainId.parse(VECTORS["network"]), Account(VECTORS["payTo"])
        await Merchants(db).add(Merchant("shop", "Shop", (account,), None))
    told = msgspec.convert(evm.OPTIONS | {"contract_wallets": False}, Options)
    now = datetime.fromtimestamp(VECTORS["now"], UTC)
    async with EvmSite(database, told, chain_clock=lambda: now) as running:
        yield running


async def judged(site: EvmSite, name: str) -> Verified | Invalid:
    try:
        return await site.facilitator.verify(*objects(CASES[name]))
    except InvalidRequest as error:  # as the route says it
        return Invalid(error.x402 or "", error.message)


def test_the_vectors_are_what_the_generator_writes() -> None:
    assert generate_x402.VECTORS.read_text() == generate_x402.text(), "run python -m tests.vectors.generate_x402"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", sorted(REASONS))
async def test_what_breaks_a_rule_is_refused_for_that_rule(site: EvmSite, name: str) -> None:
    found = await judged(site, name)

    assert isinstance(found, Invalid)
    assert found.reason == REASONS[name], found.message


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", sorted(CASES.keys() - REASONS.keys()))
async def test_what_breaks_none_is_left_to_the_chain(site: EvmSite, name: str) -> None:
    with pytest.raises(Unreachable):
        await judged(site, name)


def test_every_reason_that_bytes_give_has_a_case() -> None:
    assert {*Reason} - ASKED_OF_THE_CHAIN <= {*REASONS.values()}
