"""The buyer: what he signs, for how much, and that he signs it once. The seller is a server that obeys."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from relay.client import Client, Limit
from relay.client.assets import known_asset
from relay.errors import InvalidRequest, RelayError, Unreachable
from relay.evm_wallet import EvmWallet
from relay.wallet import Wallet
from tests.paywall.till import OFFER, PENDING, SETTLED, serving
from tests.servers.evm import PAYERS

EVM, HEDERA = EvmWallet.of(PAYERS[0].address, bytes(PAYERS[0].key)), Wallet.development("0.0.1001")
HBAR = {
    "scheme": "exact",
    "network": "hedera:devnet",
    "amount": "5000000",
    "asset": "0.0.0",
    "payTo": "0.0.2001",
    "maxTimeoutSeconds": 120,
    "extra": {"feePayer": "0.0.3002"},
}


@dataclass
class Seller:
    """`accepts` is what it asks, `says` how it answers payments: a status, or that and a receipt."""

    url: str = ""
    accepts: list[dict[str, Any]] = field(default_factory=lambda: [OFFER])
    says: list[Any] = field(default_factory=lambda: [(200, SETTLED)])
    payments: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        payment = request.headers.get("PAYMENT-SIGNATURE")
        if payment is None:
            return self.asks("pay first")
        self.payments.append(payment)
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if said == "hang up":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        status, receipt = said
        headers = {"PAYMENT-RESPONSE": encoded(receipt)} if receipt else {}
        if status == 402:
            return self.asks(str(receipt and receipt["errorReason"]), headers)
        return web.Response(status=status, text="sold", headers=headers)

    def asks(self, error: str, headers: dict[str, str] | None = None) -> web.Response:
        terms = {"x402Version": 2, "error": error, "resource": {"url": self.url}, "accepts": self.accepts}
        return web.Response(status=402, headers={"PAYMENT-REQUIRED": encoded(terms), **(headers or {})})


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


@asynccontextmanager
async def selling(*accepts: dict[str, Any]) -> AsyncIterator[Seller]:
    seller, app = Seller(accepts=list(accepts) or [OFFER]), web.Application()
    app.router.add_route("*", "/", seller.answer)
    async with serving(app) as seller.url:
        yield seller


@pytest.mark.parametrize(
    "says",
    [
        [(503, PENDING), (200, SETTLED)],
        [(402, PENDING), (200, SETTLED)],
        ["hang up", (200, SETTLED)],
        [(429, None), (502, None), (200, SETTLED)],
    ],
    ids=["pending", "pending as a 402", "lost", "busy"],
)
async def test_whatever_leaves_it_open_is_asked_again_with_the_same_signature(says: list[Any]) -> None:
    async with selling() as seller, Client(EVM, Limit("0.01 USD")) as client:
        seller.says = says
        answer = await client.get(seller.url)

        assert (answer.text, answer.paid is not None) == ("sold", True)
        assert len(set(seller.payments)) == 1 < len(seller.payments)


async def test_a_refused_payment_is_not_signed_anew_and_counts_as_spent() -> None:
    async with selling() as seller, Client(EVM, Limit("0.015 USD")) as client:
        seller.says = [(402, {**PENDING, "errorReason": "insufficient_funds"})]
        with pytest.raises(RelayError, match="insufficient_funds") as refused:
            await client.get(seller.url)
        assert refused.value.code == "insufficient_funds"
        with pytest.raises(InvalidRequest, match="left of the limit"):
            await client.get(seller.url)
        assert len(seller.payments) == 1


async def test_nobody_knowing_is_not_taken_for_a_no() -> None:
    async with selling() as seller, Client(EVM, Limit("1 USD"), patience_seconds=0.3) as client:
        seller.says = [(503, PENDING)]
        with pytest.raises(Unreachable, match="look before paying"):
            await client.get(seller.url)
        assert len(set(seller.payments)) == 1


@pytest.mark.parametrize(("changed", "why"), [
    ({"amount": "10001"}, "more than is left of the limit"),
    ({"asset": "0x0000000000000000000000000000000000000001"}, "not known here"),
    ({"network": "eip155:1"}, "not known here"),
    ({"scheme": "upto"}, "not known here"),
    ({"extra": {"name": "USDC", "version": "2", "assetTransferMethod": "permit2"}}, "no wallet here"),
    ({"extra": {}}, "no wallet here"),
    ({"amount": "-1"}, "whole smallest units"),
])  # fmt: skip
async def test_what_is_not_understood_or_too_dear_is_not_signed(changed: dict[str, Any], why: str) -> None:
    async with selling({**OFFER, **changed}) as seller, Client(EVM, Limit("0.01 USD")) as client:
        with pytest.raises(InvalidRequest, match=why):
            await client.get(seller.url)
        assert seller.payments == []


async def test_the_first_way_that_fits_wallet_and_limit_is_taken() -> None:
    async with selling(HBAR, OFFER) as seller:
        async with Client([EVM, HEDERA], Limit("1 USD")) as client:
            answer = await client.get(seller.url)
            assert answer.paid is not None and answer.paid.shown == "0.01 USDC"
        async with Client([EVM, HEDERA], Limit("1 USD", "1 HBAR")) as client:
            answer = await client.get(seller.url)
            assert answer.paid is not None and answer.paid.shown == "0.05 HBAR"
        async with Client([EVM, HEDERA], Limit("1 USD", "1 HBAR"), network=OFFER["network"]) as client:
            answer = await client.get(seller.url)
            assert answer.paid is not None and answer.paid.network == OFFER["network"]


async def test_one_payment_may_have_a_limit_of_its_own_and_a_person_may_say_no() -> None:
    async with selling() as seller:
        async with Client(EVM, Limit("1 USD", each="0.005 USD")) as client:
            with pytest.raises(InvalidRequest, match="limit for one payment"):
                await client.get(seller.url)
        async with Client(EVM, Limit("1 USD"), approve=lambda offered: False) as client:
            with pytest.raises(InvalidRequest, match="not approved"):
                await client.get(seller.url)
        assert seller.payments == []


async def test_a_signature_is_never_good_for_longer_than_ten_minutes() -> None:
    async with selling({**OFFER, "maxTimeoutSeconds": 10**9}) as seller, Client(EVM, Limit("1 USD")) as client:
        await client.get(seller.url)
        signed = json.loads(base64.b64decode(seller.payments[0]))["payload"]["authorization"]
        assert int(signed["validBefore"]) - int(signed["validAfter"]) <= 20 * 60


@pytest.mark.parametrize("text", ["", "x", "-1", "1e9"])
def test_a_limit_is_an_amount(text: str) -> None:
    with pytest.raises(InvalidRequest, match="no amount"):
        Limit(text)


def test_assets_are_known_in_any_case_and_only_where_they_are() -> None:
    known = known_asset(OFFER["network"], OFFER["asset"].lower())
    assert known is not None and (known.symbol, known.decimals, known.dollar) == ("USDC", 6, True)
    assert known_asset("eip155:8453", OFFER["asset"]) is None
