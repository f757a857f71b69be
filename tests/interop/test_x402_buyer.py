"""A buyer built on @hiero-ledger/sdk pays by x402's scheme `exact` on Hedera, through every door of the relay."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from interop_sdks import HERE, TIMEOUT_SECONDS

from relay.devnet.genesis import SPONSOR, private_key
from relay.devnet.network import DevNode
from relay.paywall import Paywall, PriceList, Rule
from tests.conftest import Start
from tests.paywall.sites import WORTH_IT, aiohttp_site
from tests.server.paying import get, invoice, post
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess

FEE_PAYER = f'fee_payer = {{ account = "0.0.{SPONSOR}", key = "{private_key(SPONSOR).hex()}" }}'
SHOP, NETWORK = "0.0.2001", "hedera:devnet"
Json = dict[str, Any]


@pytest.fixture
async def sponsored(sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start) -> RelayProcess:
    return await start_relay(sqlite_url, devnet, chain=FEE_PAYER)


def key(number: int) -> Json:
    return {"key": private_key(number).hex(), "keyType": "ed25519" if number % 2 else "ecdsa"}


async def sdk(devnet: DevNode, **asked: object) -> Any:
    argument = json.dumps({"nodes": devnet.network, **asked})
    running = await asyncio.create_subprocess_exec(
        *("node", str(HERE / "x402_buyer.mjs"), argument),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(running.communicate(), TIMEOUT_SECONDS)
    assert running.returncode == 0, err.decode()[-3000:]
    return json.loads(out)


def terms(asset: str, amount: int = 1_000) -> Json:
    """PaymentRequirements of version 2."""
    return {
        "scheme": "exact",
        "network": NETWORK,
        "asset": asset,
        "amount": str(amount),
        "payTo": SHOP,
        "maxTimeoutSeconds": 60,
        "extra": {"feePayer": f"0.0.{SPONSOR}"},
    }


def bought(payer: int, requirements: Json, **other: object) -> Json:
    return {"payer": f"0.0.{payer}", "keys": [key(payer)], "requirements": requirements, **other}


class Books:
    """What changed on the ledger since."""

    def __init__(self, devnet: DevNode) -> None:
        self._devnet = devnet
        self._before = self._now()

    def _now(self) -> dict[tuple[int, int | None], int]:
        numbers, balance = (1001, 1002, 2001, SPONSOR), self._devnet.ledger.balance
        return {(number, asset): balance(number, asset) for number in numbers for asset in (None, 5001)}

    def changes(self) -> dict[tuple[int, int | None], int]:
        now = self._now()
        return {each: now[each] - before for each, before in self._before.items() if now[each] != before}

    def fees(self) -> int:
        """What was charged for the transactions of our account."""
        return sum(entry.fee for entry in self._devnet.ledger.entries if entry.payer == SPONSOR)


async def test_hbar_and_a_token_are_paid_for_invoices_by_socket_and_by_http(
    sponsored: RelayProcess, keys: dict[str, str], devnet: DevNode
) -> None:
    books = Books(devnet)
    wishes = [await invoice(sponsored.url, keys["shop"], asset=asset) for asset in ("0.0.0", "0.0.5001")]
    offers = [next(each for each in wish["requirements"] if each["scheme"] == "exact") for wish in wishes]
    assert [offer["extra"] for offer in offers] == [{"feePayer": f"0.0.{SPONSOR}"}] * 2
    named = [terms(wish["asset"]) for wish in wishes]
    hbar, dusd = await sdk(devnet, buy=[bought(1001, named[0], memo=wishes[0]["memo"]), bought(1002, named[1])])

    async with Listener(sponsored.url) as wallet:
        answer = await wallet.call("CRYPTOTRANSFER", {"network": NETWORK, "scheme": "exact", "transaction": hbar})
        assert (answer["invoice"], answer["payer"], answer["nodePrecheckcode"]) == (wishes[0]["id"], "0.0.1001", 0)
        await wallet.until(lambda events: any(event["status"] == "settled" for event in events))
    body = {"network": NETWORK, "scheme": "exact", "transaction": dusd, "invoice": wishes[1]["id"]}
    status, told = await post(sponsored.url, "/v1/payments", json=body)
    assert (status, told["payer"]) == (200, "0.0.1002"), told
    async with Listener(sponsored.url, {"apiKey": keys["shop"]}) as shop:
        await shop.call("SUBSCRIBE", {"merchant": True, "after": 0})
        await shop.until(lambda events: sum(event["status"] == "settled" for event in events) == 2)
        assert [event["type"] for event in shop.events] == ["payment.submitted", "payment.settled"] * 2

    assert books.changes() == {
        (1001, None): -1_000,
        (2001, None): 1_000,
        (1002, 5001): -1_000,
        (2001, 5001): 1_000,
        (SPONSOR, None): -books.fees(),
    }
    assert books.fees() > 0


async def test_hbar_and_a_token_are_paid_through_the_facilitator(sponsored: RelayProcess, devnet: DevNode) -> None:
    books = Books(devnet)
    async with aiohttp.ClientSession(sponsored.url) as http:
        supported = await (await http.get("/x402/supported")).json()
        [kind] = [each for each in supported["kinds"] if each["network"] == NETWORK]
        assert kind["extra"] == {"feePayer": f"0.0.{SPONSOR}"}
        assert supported["signers"]["hedera:*"] == [f"0.0.{SPONSOR}"]
        asked = [terms("0.0.0"), terms("0.0.5001")]
        signed = await sdk(devnet, buy=[bought(1001, asked[0]), bought(1002, asked[1])])
        for requirements, transaction, payer in zip(asked, signed, ("0.0.1001", "0.0.1002"), strict=True):
            payload = {"x402Version": 2, "payload": {"transaction": transaction}, "accepted": requirements}
            call = {"x402Version": 2, "paymentPayload": payload, "paymentRequirements": requirements}
            verified = await (await http.post("/x402/verify", json=call)).json()
            assert (verified["isValid"], verified["payer"]) == (True, payer), verified
            answers = await asyncio.gather(*(http.post("/x402/settle", json=call) for _ in range(5)))
            settled = [await answer.json() for answer in answers]
            assert sum(each["success"] for each in settled) == 1, settled
            [won] = [each for each in settled if each["success"]]
            assert (won["payer"], won["network"]) == (payer, NETWORK)
            assert won["transaction"].startswith(f"0.0.{SPONSOR}@")
            assert {each["errorReason"] for each in settled if not each["success"]} == {"duplicate_settlement"}

    assert books.changes() == {
        (1001, None): -1_000,
        (2001, None): 1_000,
        (1002, 5001): -1_000,
        (2001, 5001): 1_000,
        (SPONSOR, None): -books.fees(),
    }
    assert sum(entry.payer == SPONSOR for entry in devnet.ledger.entries) == 2


@pytest.mark.parametrize(("price", "asset"), [("0.00001 HBAR", None), ("0.001 DUSD", 5001)], ids=["HBAR", "DUSD"])
async def test_the_stock_fetch_pays_for_a_page_behind_our_paywall(
    sponsored: RelayProcess, keys: dict[str, str], devnet: DevNode, price: str, asset: int | None
) -> None:
    books, runs = Books(devnet), list[str]()
    paywall = Paywall(PriceList([Rule("/report", price)]), sponsored.url, keys["shop"])
    async with aiohttp_site(paywall, runs) as site:
        got = await sdk(devnet, get={"url": f"{site}/report", "payer": "0.0.1001", "keys": [key(1001)]})

    assert (got["status"], got["body"], len(runs)) == (200, WORTH_IT, 1)
    assert (got["receipt"]["success"], got["receipt"]["payer"]) == (True, "0.0.1001")
    paid = {(1001, asset): -1_000, (2001, asset): 1_000}
    assert books.changes() == paid | {(SPONSOR, None): -books.fees()}


async def test_an_account_that_two_of_three_keys_open_pays_when_two_signed(
    sponsored: RelayProcess, keys: dict[str, str], devnet: DevNode
) -> None:
    three, requirements = [key(1003), key(1004), key(1005)], terms("0.0.0")
    account = await sdk(devnet, open={"operator": {"account": "0.0.1001", **key(1001)}, "keys": three, "needed": 2})
    buyer = {"payer": account, "requirements": requirements}
    one, two = await sdk(devnet, buy=[{**buyer, "keys": three[:1]}, {**buyer, "keys": three[:2]}])

    async with Listener(sponsored.url) as wallet:
        body = {"network": NETWORK, "scheme": "exact", "transaction": one}
        refused = await wallet.call("CRYPTOTRANSFER", body)
        assert (refused["status"], refused["reason"]) == ("rejected", "invalid_signature")
        answer = await wallet.call("CRYPTOTRANSFER", {**body, "transaction": two})
        assert answer["payer"] == account
        await wallet.until(lambda events: any(event["status"] == "settled" for event in events))
    status, found = await get(sponsored.url, f"/v1/payments/{answer['payment']}", keys["shop"])
    assert (status, found["status"], found["payer"]) == (200, "settled", account)


async def test_a_payers_hour_is_over_for_him_alone(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay = await start_relay(sqlite_url, devnet, chain=f"{FEE_PAYER}\npayer_budget_tinybars_per_hour = 100_200_000")
    asked = [bought(payer, terms("0.0.0")) for payer in (1001, 1001, 1001, 1002)]
    signed = await sdk(devnet, buy=asked)
    codes = []
    for transaction in signed:
        body = {"network": NETWORK, "scheme": "exact", "transaction": transaction}
        status, told = await post(relay.url, "/v1/payments", json=body)
        codes.append(told["code"] if status != 200 else status)
        if status == 200:  # once its record is read, it is known what the next one costs
            async with Listener(relay.url, {"apiKey": keys["shop"]}) as shop:
                await shop.call("SUBSCRIBE", {"merchant": True, "after": 0})
                count = codes.count(200)
                await shop.until(lambda events, n=count: sum(e["status"] == "settled" for e in events) == n)  # type: ignore[misc]
    assert codes == [200, 200, "budget_exceeded", 200]
