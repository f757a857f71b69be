"""Every chain in relay/chains is asked the same questions, from tests/vectors/<namespace>.json.

A chain without vectors fails here: nothing else tells a newcomer that they are missing.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

import relay.chains
from relay.abilities import Answers, Describes, Sponsors, Verifies
from relay.chain import EXACT, SIGNED, Chain, Refused, SignedTransfer
from relay.errors import InvalidRequest, InvalidTransfer, Unreachable
from relay.money import ChainId
from tests.vectors import generate

VECTORS = Path(generate.__file__).parent
MODULES = [module.name for module in pkgutil.iter_modules(relay.chains.__path__)]
NAMESPACES = {name.replace("_", "-"): name for name in MODULES}


def vectors(namespace: str) -> dict[str, Any]:
    path = VECTORS / f"{namespace}.json"
    return json.loads(path.read_text()) if path.exists() else {}  # type: ignore[no-any-return]


@pytest.fixture(params=sorted(NAMESPACES))
def namespace(request: pytest.FixtureRequest) -> str:
    if not vectors(request.param):
        pytest.fail(f"relay/chains/{request.param} has no tests/vectors/{request.param}.json")
    return str(request.param)


def opens(namespace: str) -> type:
    """The class of what its `open_chain` yields."""
    module = importlib.import_module(f"relay.chains.{NAMESPACES[namespace]}")
    [kind] = get_args(get_type_hints(module.open_chain.__wrapped__)["return"])
    assert isinstance(kind, type)
    return kind


def able(*abilities: type) -> pytest.MarkDecorator:
    """For the chains that can do all of this, and no others."""
    needed = {name for ability in abilities for name in methods(ability)}
    return pytest.mark.parametrize("namespace", [name for name in sorted(NAMESPACES) if needed <= methods(opens(name))])


def methods(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))}


def transfer_in(vector: dict[str, Any], chain: ChainId) -> SignedTransfer:
    return SignedTransfer(chain, vector.get("scheme", SIGNED), bytes.fromhex(vector["raw"]))


@asynccontextmanager
async def opened(namespace: str) -> AsyncIterator[Chain]:
    asked = vectors(namespace)
    module = importlib.import_module(f"relay.chains.{NAMESPACES[namespace]}")
    options = msgspec.convert(asked["options"], module.Options)
    id = ChainId.parse(asked["network"])
    async with module.open_chain(id, options, clock=lambda: datetime.now(UTC), report=lambda *_: None) as chain:
        yield chain


def test_there_are_chains() -> None:
    assert "hedera" in NAMESPACES


@pytest.mark.parametrize("name", sorted(generate.MAKERS))
def test_the_vectors_are_what_generate_writes(name: str) -> None:
    assert (VECTORS / f"{name}.json").read_text() == generate.text_of(name), "run python -m tests.vectors.generate"


def test_options_refuse_what_they_do_not_know(namespace: str) -> None:
    module = importlib.import_module(f"relay.chains.{NAMESPACES[namespace]}")

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(vectors(namespace)["options"] | {"no_such_option": 1}, module.Options)


async def test_a_chain_opens_with_nobody_listening_and_is_the_one_asked_for(namespace: str) -> None:
    async with opened(namespace) as chain:
        assert str(chain.id) == vectors(namespace)["network"]
        assert chain.id.namespace == namespace


async def test_valid_transfers_decode_to_what_the_vectors_say(namespace: str) -> None:
    async with opened(namespace) as chain:
        for vector in vectors(namespace)["valid"]:
            transfer = chain.decode(transfer_in(vector, chain.id))

            assert generate.shown(transfer) == vector["transfer"], vector["name"]


async def test_what_decode_returns_decodes_to_itself(namespace: str) -> None:
    async with opened(namespace) as chain:
        for vector in vectors(namespace)["valid"]:
            transfer = chain.decode(transfer_in(vector, chain.id))

            assert chain.decode(transfer.signed) == transfer, vector["name"]


async def test_every_transfer_credits_somebody_and_ends_after_it_begins(namespace: str) -> None:
    async with opened(namespace) as chain:
        for vector in vectors(namespace)["valid"]:
            transfer = chain.decode(transfer_in(vector, chain.id))

            assert any(leg.amount > 0 for leg in transfer.legs), vector["name"]
            assert all(leg.amount for leg in transfer.legs), vector["name"]
            assert transfer.valid_from < transfer.valid_until
            assert transfer.valid_until.tzinfo is not None


async def test_bad_transfers_are_refused_by_the_code_the_vectors_say(namespace: str) -> None:
    async with opened(namespace) as chain:
        for vector in vectors(namespace)["refused"]:
            with pytest.raises((InvalidTransfer, InvalidRequest)) as refused:
                chain.decode(transfer_in(vector, chain.id))

            assert refused.value.code == vector["code"], vector["name"]


async def test_another_networks_transfer_and_an_unknown_scheme_are_refused(namespace: str) -> None:
    async with opened(namespace) as chain:
        vector = vectors(namespace)["valid"][0]
        with pytest.raises(InvalidRequest):
            chain.decode(transfer_in(vector, ChainId(namespace, "elsewhere")))
        with pytest.raises((InvalidTransfer, InvalidRequest)):
            chain.decode(SignedTransfer(chain.id, "no-such-scheme", bytes.fromhex(vector["raw"])))


@able(Sponsors, Describes)
async def test_exact_is_offered_where_an_account_of_ours_pays_and_nowhere_else(namespace: str) -> None:
    async with opened(namespace) as chain:
        assert isinstance(chain, Sponsors) and isinstance(chain, Describes)

        offered = [kind for kind in chain.assets() if EXACT in kind.schemes]

        assert bool(offered) is bool(chain.sponsors())
        assert all(kind.fee_payer is None or kind.fee_payer in chain.sponsors() for kind in offered)
        assert not offered or (isinstance(chain, Verifies) and EXACT in chain.verified)  # it is our money
        if not offered:
            raw = bytes.fromhex(vectors(namespace)["valid"][0]["raw"])
            with pytest.raises(InvalidTransfer) as refused:
                chain.decode(SignedTransfer(chain.id, EXACT, raw))
            assert refused.value.code == "unsupported_transaction"


async def test_with_nobody_listening_a_submit_proves_that_nothing_was_sent(namespace: str) -> None:
    async with opened(namespace) as chain:
        transfer = chain.decode(transfer_in(vectors(namespace)["valid"][0], chain.id))

        outcome = await chain.submit(transfer.signed)

        assert isinstance(outcome, Refused)
        assert (outcome.reason, outcome.code) == ("node_unreachable", None)


async def test_with_nobody_listening_a_receipt_is_not_guessed(namespace: str) -> None:
    async with opened(namespace) as chain:
        transfer = chain.decode(transfer_in(vectors(namespace)["valid"][0], chain.id))

        with pytest.raises(Unreachable):
            await chain.receipt(transfer.signed)


@able(Describes)
async def test_a_chain_that_describes_itself_names_its_coin_its_finality_and_refuses_a_non_account(
    namespace: str,
) -> None:
    async with opened(namespace) as chain:
        assert isinstance(chain, Describes)
        assert chain.assets() and all(kind.decimals >= 0 for kind in chain.assets())
        assert chain.finality()
        assert not any(node.healthy for node in chain.nodes())
        with pytest.raises(InvalidRequest):
            chain.account("no account of any chain")
        for vector in vectors(namespace)["valid"]:
            payer = vector["transfer"]["payer"]
            assert chain.account(payer) == payer


@able(Answers)
async def test_a_chain_that_answers_queries_refuses_junk(namespace: str) -> None:
    async with opened(namespace) as chain:
        assert isinstance(chain, Answers)
        for event in ("TRANSACTIONGETRECEIPT", "CONTRACTCALL", "NO_SUCH_EVENT"):
            for junk in (b"", b"\xff\xff", {}, {"transactionId": 7}, {"transactionId": "x"}):
                with pytest.raises(InvalidRequest):
                    await chain.answer(event, junk)  # type: ignore[arg-type]  # as it may come off the wire
