"""The rules of `exact` that the chain can tell, and those of the operator: each has its reason, nothing is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from eth_abi import encode
from eth_account import Account

from relay.settings import X402Options
from tests.servers.anvil import Anvil
from tests.servers.evm import (
    PERMIT2,
    PLENTY,
    Contract,
    Token,
    authorize,
    authorize_permit2,
    deploy,
    malicious,
    permit2,
)
from tests.x402.place import BUYER, SHOP, STRANGER, Place, open_place
from tests.x402.terms import call, terms

pytestmark = pytest.mark.asyncio(loop_scope="module")
PRICE = 1_000
POOR = Account.create()
GONE = "0x00000000000000000000000000000000000000aa"  # nobody's contract
EVM = "invalid_exact_evm_"


class Contracts:
    """What `prepare` put on the chain."""

    strict: Token
    greedy: Token
    wallet: Contract


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async def prepare(node: Anvil) -> dict[str, object]:
        await permit2(node)
        Contracts.strict = await malicious(node, "Reverts", holders=[BUYER.address])
        Contracts.greedy = await malicious(node, "TakesFee", holders=[BUYER.address])
        Contracts.wallet = await deploy(node, "SmartWallet", BUYER.address)
        named = {"decimals": 6, "name": "USDC", "version": "2"}
        tokens = [
            {"address": GONE, "symbol": "GONE", **named},
            {"address": Contracts.strict.address, "symbol": "STR", **named},
            {"address": Contracts.greedy.address, "symbol": "GRD", **named},
        ]
        return {"tokens": tokens, "merchants": {"public": {"tokens": [Contracts.strict.address]}}}

    async with open_place(tmp_path_factory.mktemp("relay"), prepare=prepare) as running:
        await running.token.send("mint", Contracts.wallet.address, PLENTY)
        yield running


async def reason(place: Place, payload: dict[str, Any], asked: dict[str, Any]) -> str:
    """Why it is refused, which both verbs agree on; no transaction is made for it."""
    body, before = call(payload, asked), await place.sent()
    (_, verified), (_, settled) = await place.post("/verify", body), await place.post("/settle", body)
    assert (verified["isValid"], settled["success"], settled["transaction"]) == (False, False, "")
    assert settled["errorReason"] == verified["invalidReason"]
    assert await place.sent() == before
    return str(verified["invalidReason"])


async def test_a_nonce_that_is_used_or_cancelled(place: Place) -> None:
    asked, nonce = terms(place.token, SHOP, PRICE), b"\x07" * 32
    first = authorize(BUYER, place.token, to=SHOP, value=PRICE, nonce=nonce)
    assert (await place.post("/settle", call(first, asked)))[1]["success"] is True
    until = int(first["authorization"]["validBefore"])
    for says in ({"valid_after": 0, "valid_before": until}, {"valid_before": until + 1}):
        again = authorize(BUYER, place.token, to=SHOP, value=PRICE, nonce=nonce, **says)

        verified = await place.post("/verify", call(again, asked))
        settled = await place.post("/settle", call(again, asked))

        assert verified[1]["invalidReason"] == EVM + "nonce_already_used"
        assert settled[1]["errorReason"] == "duplicate_settlement"


async def test_a_nonce_that_somebody_else_used(place: Place) -> None:
    payload = authorize(BUYER, place.token, to=STRANGER, value=PRICE)
    said, signature = payload["authorization"], bytes.fromhex(payload["signature"][2:])
    numbers = [int(said[name]) for name in ("value", "validAfter", "validBefore")]
    nonce = bytes.fromhex(said["nonce"][2:])
    names = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
    await place.token.send(names, BUYER.address, STRANGER, *numbers, nonce, signature)
    asked = terms(place.token, STRANGER, PRICE)
    headers = {"Authorization": f"Bearer {place.key}"}

    assert (await place.post("/verify", call(payload, asked), **headers))[1]["invalidReason"] == (
        EVM + "nonce_already_used"
    )


async def test_a_balance_that_is_too_small(place: Place) -> None:
    asked = terms(place.token, SHOP, PRICE)
    assert await reason(place, authorize(POOR, place.token, to=SHOP, value=PRICE), asked) == (
        EVM + "insufficient_balance"
    )


async def test_a_token_that_is_not_there(place: Place) -> None:
    gone = Token(place.node, GONE, (), {**place.token.domain, "verifyingContract": GONE})
    payload = authorize(BUYER, gone, to=SHOP, value=PRICE)
    assert await reason(place, payload, terms(gone, SHOP, PRICE)) == "asset_not_deployed_contract"


async def test_a_transfer_that_would_revert(place: Place) -> None:
    payload = authorize(BUYER, Contracts.strict, to=SHOP, value=PRICE)
    assert await reason(place, payload, terms(Contracts.strict, SHOP, PRICE)) == EVM + "transaction_simulation_failed"


async def test_a_token_that_delivers_less_is_no_success(place: Place) -> None:
    payload = authorize(BUYER, Contracts.greedy, to=SHOP, value=PRICE)

    _, said = await place.post("/settle", call(payload, terms(Contracts.greedy, SHOP, PRICE)))

    assert (said["success"], said["errorReason"]) == (False, EVM + "transfer_event_mismatch")
    assert (await place.node.rpc("eth_getTransactionReceipt", said["transaction"]))["status"] == "0x1"


async def test_signatures_of_wallets_that_do_not_stand_by_them(place: Place) -> None:
    asked, wallet = terms(place.token, SHOP, PRICE), Contracts.wallet.address
    forged = authorize(POOR, place.token, to=SHOP, value=PRICE, **{"from": wallet})
    nowhere = {"from": Account.create().address}
    unborn = authorize(BUYER, place.token, to=SHOP, value=PRICE, **nowhere)
    inner = encode(["address", "bytes", "bytes"], [GONE, b"\x01", bytes.fromhex(unborn["signature"][2:])])
    by_nobody = unborn | {"signature": "0x" + (inner + b"\x64\x92" * 16).hex()}
    long = unborn | {"signature": unborn["signature"] + "00"}

    # the money is asked for first, and these have some
    await place.token.send("mint", nowhere["from"], PRICE)
    assert await reason(place, forged, asked) == EVM + "payload_signature"
    assert await reason(place, unborn, asked) == EVM + "payload_signature"
    assert await reason(place, long, asked) == EVM + "payload_undeployed_smart_wallet"
    assert await reason(place, by_nobody, asked) == "eip6492_factory_not_allowed"


async def test_a_wallet_with_code_pays_by_its_owners_word(place: Place) -> None:
    payload = authorize(BUYER, place.token, to=SHOP, value=PRICE, **{"from": Contracts.wallet.address})
    before = await place.held(SHOP)

    settled = await place.post("/settle", call(payload, terms(place.token, SHOP, PRICE)))

    assert (settled[1]["success"], await place.held(SHOP)) == (True, before + PRICE)


async def test_permit2_needs_an_allowance_and_then_pays_once(place: Place) -> None:
    asked = terms(place.token, SHOP, PRICE, extra={"assetTransferMethod": "permit2"})
    payload = authorize_permit2(BUYER, place.token, to=SHOP, value=PRICE, nonce=7)
    assert await reason(place, payload, asked) == "permit2_allowance_required"
    await place.token.send("approve", PERMIT2, PLENTY, sender=BUYER.address)
    before = await place.held(SHOP)

    settled = await place.post("/settle", call(payload, asked))
    again = authorize_permit2(BUYER, place.token, to=SHOP, value=PRICE, nonce=7, valid_after=0)

    assert (settled[1]["success"], await place.held(SHOP)) == (True, before + PRICE)
    assert (await place.post("/verify", call(again, asked)))[1]["invalidReason"] == EVM + "nonce_already_used"


async def test_a_merchants_own_policy_bounds_what_is_paid_for_him(tmp_path_factory: pytest.TempPathFactory) -> None:
    bounds = {"max_gas": 30_000, "payees": [SHOP]}
    opened = X402Options(open_to="public", open_per_hour=1)
    merchants = {"shop": bounds, "public": {"payees": [STRANGER]}}
    async with open_place(tmp_path_factory.mktemp("relay"), x402=opened, merchants=merchants) as place:
        to_shop = authorize(BUYER, place.token, to=SHOP, value=PRICE)
        assert await reason(place, to_shop, terms(place.token, SHOP, PRICE)) == EVM + "transaction_simulation_failed"
        to_gone = authorize(BUYER, place.token, to=GONE, value=PRICE)
        assert await reason(place, to_gone, terms(place.token, GONE, PRICE)) == "invalid_payment_requirements"

        # the door that is open to everybody, so many times an hour
        for expected in (True, False):
            body = call(authorize(BUYER, place.token, to=STRANGER, value=PRICE), terms(place.token, STRANGER, PRICE))
            assert (await place.post("/settle", body))[1]["success"] is expected
