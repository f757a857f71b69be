"""x402 on Hedera over HTTP: every rule by its reason, one success whatever happens, our own client as a buyer."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from relay import hapi_pb2 as pb
from relay.client import Client, Limit
from relay.devnet import open_devnet
from relay.devnet.genesis import SPONSOR, private_key
from relay.devnet.network import DevNode
from relay.paywall import Paywall, PriceList, Rule
from relay.wallet import Wallet
from tests.chains import exact_hedera as buyer
from tests.chains.signing import PAYER, SHOP, transfer_of
from tests.conftest import CONSENSUS, MERCHANTS
from tests.paywall.sites import WORTH_IT, aiohttp_site
from tests.servers.relay_process import RelayProcess, prepare
from tests.vectors import generate_hedera_exact
from tests.x402.terms import call

pytestmark = pytest.mark.asyncio(loop_scope="module")
NETWORK = "hedera:devnet"
VECTORS = json.loads(generate_hedera_exact.VECTORS.read_text())["cases"]
PURE = {"invalid_transaction", "unsupported_transaction", "wrong_asset", "wrong_amount", "too_large"}
BY_BYTES = [case for case in VECTORS if case.get("code") in PURE]  # refused before the time or an account is looked at
Json = dict[str, Any]
_nanos = itertools.count(1)


@dataclass
class Market:
    devnet: DevNode
    relay: RelayProcess
    key: str
    http: aiohttp.ClientSession

    async def post(self, verb: str, payment: bytes | str, asked: Json) -> Json:
        """What /verify or /settle says; always 200."""
        text = payment if isinstance(payment, str) else base64.b64encode(payment).decode()
        async with self.http.post(f"/x402/{verb}", json=call({"transaction": text}, asked)) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def settled(self, payment: bytes, asked: Json) -> Json:
        """The same, asked again for as long as it is pending: on a busy machine it may be."""
        async with asyncio.timeout(60):
            while (said := await self.post("settle", payment, asked)).get("errorReason") == "settlement_pending":
                pass
        return said

    def made(self) -> int:
        """Transactions of the fee payer on the ledger."""
        return sum(entry.payer == SPONSOR for entry in self.devnet.ledger.entries)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def market(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Market]:
    folder = tmp_path_factory.mktemp("relay")
    database = f"sqlite:///{folder}/relay.db"
    keys = await prepare(database, MERCHANTS)
    fee_payer = f'fee_payer = {{ account = "0.0.{SPONSOR}", key = "{private_key(SPONSOR).hex()}" }}'
    async with AsyncExitStack() as stack:
        devnet = await stack.enter_async_context(open_devnet(consensus=CONSENSUS))
        quick = "[x402]\nwait_seconds = 3"
        relay = RelayProcess(folder, database, devnet.network, devnet.mirror, chain=fee_payer, extra=quick)
        await stack.enter_async_context(relay)
        http = await stack.enter_async_context(aiohttp.ClientSession(relay.url))
        yield Market(devnet, relay, keys["shop"], http)


@pytest.fixture(autouse=True)
def well(market: Market) -> None:
    """No fault outlives its test."""
    market.devnet.faults.clear()


def terms(**other: Any) -> Json:
    return {
        "scheme": "exact",
        "network": NETWORK,
        "asset": "0.0.0",
        "amount": str(buyer.AMOUNT),
        "payTo": "0.0.2001",
        "maxTimeoutSeconds": 60,
        "extra": {"feePayer": f"0.0.{SPONSOR}"},
    } | other


def payment(amount: int = buyer.AMOUNT) -> bytes:
    body = buyer.fresh(datetime.now(UTC), next(_nanos), transfer_of({PAYER: -amount, SHOP: amount}))
    return buyer.signed(body)


async def test_every_rule_that_bytes_can_break_has_its_reason_on_the_wire(market: Market) -> None:
    said = {}
    for case in BY_BYTES:
        answer = await market.post("verify", case["transaction"], terms(**case["terms"]))
        said[case["name"]] = answer["isValid"], answer.get("invalidReason")

    assert said == {case["name"]: (False, case["reason"]) for case in BY_BYTES}
    assert len(said) >= 80


async def test_what_verify_refuses_settle_does_not_send(market: Market) -> None:
    made, asked = market.made(), terms(amount="999")

    answer = await market.post("settle", payment(), asked)

    assert answer == {
        "success": False,
        "transaction": "",
        "network": NETWORK,
        "errorReason": "invalid_exact_hedera_payload_amount_mismatch",
        "errorMessage": answer["errorMessage"],
    }
    assert market.made() == made


async def test_of_twenty_at_once_one_succeeds_and_one_transaction_is_made(market: Market) -> None:
    made, raw = market.made(), payment()

    said = await asyncio.gather(*(market.settled(raw, terms()) for _ in range(20)))

    assert sum(each["success"] for each in said) == 1
    assert {each["errorReason"] for each in said if not each["success"]} == {"duplicate_settlement"}
    assert len({each["transaction"] for each in said}) == 1
    assert market.made() == made + 1


async def test_an_answer_that_a_node_loses_is_no_failure(market: Market) -> None:
    made = market.made()
    market.devnet.faults.lost_answers = 1

    answer = await market.settled(payment(), terms())

    assert (answer["success"], answer["payer"]) == (True, "0.0.1001")
    assert answer["transactionId"] == answer["transaction"] != ""
    assert market.made() == made + 1


async def test_a_mirror_that_is_away_after_the_broadcast_delays_the_answer_and_fails_nothing(market: Market) -> None:
    market.devnet.faults.mirror_lag_ms = 1_500

    answer = await market.settled(payment(), terms())

    assert answer["success"] is True


async def test_what_the_ledger_takes_long_for_is_pending_and_the_same_payload_is_told_how_it_ended(
    market: Market,
) -> None:
    made, raw = market.made(), payment()
    market.devnet.faults.slow_consensus_ms = 60_000
    pending = await market.post("settle", raw, terms())
    assert (pending["success"], pending["errorReason"]) == (False, "settlement_pending")
    market.devnet.agree_now()

    settled = await market.settled(raw, terms())

    assert (settled["success"], settled["transaction"]) == (True, pending["transaction"])
    assert market.made() == made + 1


async def test_money_that_is_gone_at_consensus_is_told_as_it_is_and_the_next_payment_goes_through(
    market: Market,
) -> None:
    raw = payment(buyer.AMOUNT)
    assert (await market.post("verify", raw, terms()))["isValid"]
    account = market.devnet.ledger.accounts[PAYER]
    held, account.tinybars = account.tinybars, 0  # between a verification and its settlement lie seconds

    answer = await market.settled(raw, terms())
    account.tinybars = held

    assert not answer["success"]
    assert answer["errorReason"] in ("transaction_failed", "invalid_exact_hedera_payload_preflight_failed")
    assert (await market.settled(payment(), terms()))["success"]


async def test_a_node_that_refuses_the_fee_is_told_and_the_bytes_are_good_for_another_try(market: Market) -> None:
    raw = payment()
    market.devnet.faults.precheck = [pb.INSUFFICIENT_TX_FEE] * 100  # as often as it is asked
    refused = await market.settled(raw, terms())
    assert (refused["success"], refused["errorReason"]) == (False, "transaction_failed")

    market.devnet.faults.clear()
    again = await market.settled(raw, terms())

    assert again["success"] is True


@pytest.mark.parametrize(("price", "limit"), [("0.00001 HBAR", "1 HBAR"), ("0.001 DUSD", "0.01 USD")])
async def test_our_own_client_pays_on_hedera_without_any_hbar_for_fees(market: Market, price: str, limit: str) -> None:
    account = market.devnet.ledger.accounts[1003]
    account.tinybars, runs = buyer.AMOUNT, list[str]()
    paywall = Paywall(PriceList([Rule("/report", price)]), market.relay.url, market.key)
    async with (
        aiohttp_site(paywall, runs) as site,
        Client(Wallet.development("0.0.1003"), Limit(limit)) as client,
    ):
        answer = await client.get(f"{site}/report")

    assert (answer.status, answer.text, len(runs)) == (200, WORTH_IT, 1)
    assert account.tinybars == (0 if "HBAR" in price else buyer.AMOUNT)
