"""The webhook endpoint and the verifiers behind it: what is signed is believed once, and read again at the relay."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import subprocess
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.browser.processes import ROOT
from tests.wordpress.articles import publish
from tests.wordpress.shop import Shop, a_reader, ask, pay, selling
from tests.wordpress.site import HERE, PHP, Site, require_wordpress

pytestmark = pytest.mark.slow
PLUGIN = ROOT / "plugins" / "wordpress" / "relay-payments"
SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes.").decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "mariadb"])
async def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    site: Site = request.getfixturevalue(f"{request.param}_site")
    async with selling(site, tmp_path_factory.mktemp("relay")) as shop:
        shop.connect(webhook_secret=SECRET)  # the relay has no webhook: messages are ours
        yield shop


def test_tokens_and_webhooks_are_verified_as_everywhere_else() -> None:
    require_wordpress()
    vectors = (str(HERE / "vectors.php"), str(ROOT / "tests" / "vectors"), str(PLUGIN))
    done = subprocess.run((*PHP, *vectors), capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(done.stdout)
    assert told["wrong"] == []
    assert told["right"] > 200


@pytest.mark.parametrize("name", ["class-token.php", "class-webhook-signature.php"])
def test_a_verifier_is_short_enough_to_be_read(name: str) -> None:
    assert len((PLUGIN / "includes" / name).read_text().splitlines()) < 60


class Message:
    """A webhook as the relay posts it, or nearly."""

    def __init__(self, event: dict[str, Any], *, id: str | None = None, age: int = 0, secret: str = SECRET) -> None:
        self.body = json.dumps(event).encode()
        self.id = id or event["id"]
        self.time = str(int(time.time()) - age)
        raw = base64.b64decode(secret.removeprefix("whsec_"))
        signed = hmac.digest(raw, f"{self.id}.{self.time}.".encode() + self.body, hashlib.sha256)
        self.signature = "v1," + base64.b64encode(signed).decode()

    async def post(self, http: ClientSession, shop: Shop) -> tuple[int, Any]:
        headers = {"webhook-id": self.id, "webhook-timestamp": self.time, "webhook-signature": self.signature}
        url = f"{shop.site.url}/wp-json/relay-payments/v1/webhook"
        async with http.post(url, data=self.body, headers={"Content-Type": "application/json", **headers}) as answer:
            return answer.status, await answer.json(content_type=None)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_forged_old_or_altered_message_changes_nothing_and_a_true_one_counts_once(shop: Shop) -> None:
    id = publish(shop.site)
    async with a_reader() as reader:
        _, invoice = await ask(reader, "POST", shop.url(id, "invoice"))
        _, sent = await pay(shop, invoice)
        event = {"id": f"evt_A{shop.site.port}", "type": "payment.settled", "payment": sent["payment"], "amount": "1"}
        before = shop.rows()
        altered = Message(event)
        altered.body += b" "
        for message in (
            Message(event, secret="whsec_" + base64.b64encode(b"of somebody else, also 32 bytes.").decode()),
            Message(event, age=400),
            Message(event, age=-400),
            Message(event, id="evt_B1"),
            altered,
        ):
            assert (await message.post(reader, shop))[0] == 401
        assert shop.rows() == before

        await settled(shop, sent["payment"])
        both = await asyncio.gather(*(Message(event).post(reader, shop) for _ in range(2)))
        assert [status for status, _ in both] == [200, 200]
        assert (await Message(event, age=5).post(reader, shop))[1] == {"received": "before"}
        [row] = [row for row in shop.rows() if row not in before]
        assert (row["status"], row["amount"]) == ("settled", "500000000")  # what the relay says, not the message


@pytest.mark.asyncio(loop_scope="module")
async def test_a_message_comes_again_while_the_relay_cannot_be_asked(shop: Shop) -> None:
    id = publish(shop.site)
    async with a_reader() as reader:
        _, invoice = await ask(reader, "POST", shop.url(id, "invoice"))
        _, sent = await pay(shop, invoice)
        await settled(shop, sent["payment"])
        event = {"id": f"evt_C{shop.site.port}", "type": "payment.settled", "payment": sent["payment"]}
        await shop.relay.kill()
        assert (await Message(event).post(reader, shop))[0] == 503
        await shop.relay.start()
        shop.site.php("delete_transient( 'relay_payments_away' );")
        assert (await Message(event).post(reader, shop))[1] == {"received": "now"}
        assert (await ask(reader, "GET", shop.url(id, "content")))[0] == 200
        stranger = {
            "id": f"evt_D{shop.site.port}",
            "type": "payment.settled",
            "payment": "pay_01KAGX5M00000000000000000B",
        }
        assert (await Message(stranger).post(reader, shop))[0] == 200  # nobody's here, today and tomorrow


@pytest.mark.asyncio(loop_scope="module")
async def test_a_reader_whose_webhook_is_late_reads_all_the_same(shop: Shop) -> None:
    id = publish(shop.site)
    async with a_reader() as reader:
        _, invoice = await ask(reader, "POST", shop.url(id, "invoice"))
        _, sent = await pay(shop, invoice)
        await settled(shop, sent["payment"])
        assert (await ask(reader, "GET", shop.url(id, "content")))[1]["reason"] == "purchase"


@pytest.mark.asyncio(loop_scope="module")
async def test_what_a_chain_takes_back_is_closed_again(shop: Shop) -> None:
    id = publish(shop.site)
    async with a_reader() as reader:
        _, invoice = await ask(reader, "POST", shop.url(id, "invoice"))
        _, sent = await pay(shop, invoice)
        await settled(shop, sent["payment"])
        assert (await ask(reader, "GET", shop.url(id, "content")))[0] == 200
        shop.site.php(
            "$payment = RelayPayments\\Relay::get( '/v1/payments/' . $id ); $old = $payment;"
            "$payment['status'] = 'reverted'; $payment['updatedAt'] = gmdate( 'Y-m-d\\TH:i:s.u\\Z', time() + 60 );"
            "RelayPayments\\Payments::record( $payment, array( 'status' => 'settled' ) );"
            "RelayPayments\\Payments::record( $old, array( 'status' => 'settled' ) );",  # an answer that is older
            id=sent["payment"],
        )
        assert shop.rows()[-1]["status"] == "reverted"
        assert (await ask(reader, "GET", shop.url(id, "content")))[0] == 402


@pytest.mark.asyncio(loop_scope="module")
async def test_free_articles_are_counted_in_a_cookie_nobody_can_write(shop: Shop) -> None:
    shop.site.php("RelayPayments\\Settings::change( array( 'free_articles' => 2 ) );")
    first, second, third = (publish(shop.site) for _ in range(3))
    try:
        async with a_reader() as reader, a_reader() as forger:
            assert (await ask(reader, "GET", shop.url(first, "content")))[1]["data"]["freeLeft"] == 2
            for id in (first, first, second):
                assert (await ask(reader, "POST", shop.url(id, "free")))[1]["reason"] == "free"
            assert (await ask(reader, "POST", shop.url(third, "free")))[0] == 402
            status, said = await ask(reader, "GET", shop.url(third, "content"))
            assert (status, said["data"]["freeLeft"]) == (402, 0)
            assert (await ask(reader, "GET", shop.url(first, "content")))[1]["reason"] == "free"
            [cookie] = [each for each in reader.cookie_jar if each.key == "relay_payments_visitor"]
            body, _, proof = cookie.value.partition(".")
            said = json.loads(base64.urlsafe_b64decode(body + "=="))
            said["f"][str(third)] = int(time.time())
            forged = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
            forger.cookie_jar.update_cookies({"relay_payments_visitor": f"{forged}.{proof}"})
            assert (await ask(forger, "GET", shop.url(third, "content")))[0] == 402
    finally:
        shop.site.php("RelayPayments\\Settings::change( array( 'free_articles' => 0 ) );")


async def settled(shop: Shop, payment: str) -> None:
    async with asyncio.timeout(60), ClientSession() as http:
        while True:
            url = f"{shop.relay.url}/v1/payments/{payment}"
            async with http.get(url, headers={"Authorization": f"Bearer {shop.key}"}) as answer:
                if (await answer.json())["status"] == "settled":
                    return
            await asyncio.sleep(0.03)
