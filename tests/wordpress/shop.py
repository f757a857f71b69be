"""A WordPress that sells articles through a real relay, and the readers who pay for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar

from relay.access import Signer
from relay.devnet import open_devnet
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.store.database import open_database
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.store.migrate import migrate
from tests.conftest import CONSENSUS
from tests.server.paying import post, signed
from tests.servers.relay_process import SIGNING_KEY, RelayProcess
from tests.wordpress.site import PASSWORD, Site

NETWORK = "hedera:devnet"
HBAR = "hedera:devnet 0.0.0"
RATES = """
[webhooks]
allow_private = true
[rates]
currencies = ["USD"]
[[rates.sources]]
kind = "fixed"
rates = { "HBAR/USD" = "0.05" }
"""
_addresses = count(1)


@dataclass
class Shop:
    site: Site
    relay: RelayProcess
    key: str

    def connect(self, **settings: Any) -> None:
        """Set the plugin up as its owner would: articles cost 5 HBAR, paid to the shop."""
        set_up = {
            "relay_url": self.relay.url,
            "api_key": self.key,
            "webhook_secret": "",
            "payees": [{"network": NETWORK, "account": "0.0.2001", "weight": 1}],
            "price_amount": "5",
            "price_unit": HBAR,
            **settings,
        }
        results = self.site.php(
            "wp_set_current_user( 1 );"
            "foreach ( array( 'settings', 'networks', 'jwks' ) as $name ) {"
            'delete_option( "relay_payments_$name" ); }'
            "delete_transient( 'relay_payments_away' ); delete_transient( 'relay_payments_rate_all' );"
            "RelayPayments\\Settings::change( $set_up );"
            "$request = new WP_REST_Request( 'POST', '/relay-payments/v1/connection' );"
            "return rest_do_request( $request )->get_data()['results'];",
            set_up=set_up,
        )
        assert all(result["ok"] for result in results), results

    def url(self, id: int, what: str) -> str:
        return f"{self.site.url}/wp-json/relay-payments/v1/posts/{id}/{what}"

    def rows(self, columns: str = "status, invoice_status, post_id, user_id, amount, payer") -> list[dict[str, Any]]:
        """The payments table."""
        found = self.site.php(
            "global $wpdb; $table = $wpdb->prefix . 'relay_payments';"
            'return $wpdb->get_results( "SELECT $columns FROM $table ORDER BY id", ARRAY_A );',
            columns=columns,
        )
        return list(found)


@asynccontextmanager
async def selling(site: Site, folder: Path) -> AsyncIterator[Shop]:
    """A relay with one merchant, whose site this is; the site forgets what it knew of another."""
    site.php(
        "foreach ( array( 'settings', 'networks', 'jwks' ) as $name ) {"
        'delete_option( "relay_payments_$name" ); }'
        "global $wpdb; $wpdb->query( 'DELETE FROM ' . RelayPayments\\Payments::table() );"
    )
    database = f"sqlite:///{folder}/relay.db"
    async with open_devnet(consensus=CONSENSUS) as node, open_database(database) as db:
        await migrate(db)
        account = (ChainId.parse(NETWORK), Account("0.0.2001"))
        await Merchants(db).add(Merchant("press", "The Quiet Press", (account,), site.url))
        key = (await Keys(db).add("press", "WordPress")).text
        async with RelayProcess(folder, database, node.network, node.mirror, chain=RATES) as relay:
            yield Shop(site, relay, key)


@asynccontextmanager
async def a_reader() -> AsyncIterator[ClientSession]:
    """Somebody with an empty browser, at an address of his own."""
    address = {"X-Forwarded-For": f"2001:db8::{next(_addresses):x}"}
    async with ClientSession(cookie_jar=CookieJar(unsafe=True), headers=address) as http:
        yield http


async def sign_in(reader: ClientSession, site: Site, name: str = "reader") -> None:
    form = {"log": name, "pwd": PASSWORD, "testcookie": "1"}
    async with reader.post(
        f"{site.url}/wp-login.php",
        data=form,
        cookies={"wordpress_test_cookie": "WP Cookie check"},
        allow_redirects=False,
    ) as answer:
        assert answer.status == 302, await answer.text()


async def ask(reader: ClientSession, method: str, url: str, **headers: str) -> tuple[int, Any]:
    """The status and the decoded answer."""
    async with reader.request(method, url, headers={k.replace("_", "-"): v for k, v in headers.items()}) as answer:
        return answer.status, await answer.json(content_type=None)


async def pay(shop: Shop, invoice: dict[str, Any], **changes: Any) -> tuple[int, dict[str, Any]]:
    """Pay as asked, over HTTP."""
    [first, *_] = invoice["requirements"]
    pay_to = [(each["account"], int(each["amount"])) for each in first["payTo"]]
    raw = signed(invoice["memo"], **{"pay_to": pay_to, "asset": first["asset"], **changes})
    return await post(shop.relay.url, "/v1/payments", json={"network": NETWORK, "transaction": "0x" + raw.hex()})


def expired(shop: Shop, id: int) -> str:
    """A token of this relay that was good yesterday."""
    signer = Signer(bytes.fromhex(SIGNING_KEY), shop.relay.url)
    return signer.access_token(
        audience=shop.site.url,
        merchant="press",
        payer="0.0.1001",
        content=f"post-{id}",
        invoice="inv_1",
        payment="pay_1",
        now=datetime.now(UTC) - timedelta(days=2),
        lifetime=timedelta(days=1),
    )
