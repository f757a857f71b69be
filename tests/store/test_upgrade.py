"""Every earlier schema, with rows in it as that version wrote them, becomes this one; a relay goes on from there."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from relay.chain import Receipt
from relay.payment import PaymentId, Status, advance
from relay.store.database import Database, open_database
from relay.store.entries import New, Recorded
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.store.migrate import migrate, migrations, require_current
from relay.store.tx import Tx
from tests.changed import replace
from tests.store.nouns import NOW, a_payment, news, refused

BLOBS = {"raw": b"\x00signed\xff", "body": b'{"seq":1}', "answer": b"{}"}
KEY = "sk_of_old_times_0123456789"

# What each version brought, as SQL of its day. A new migration needs its rows here: what it added, or, where it added
# no place for rows, what shows that it left the others alone.
ROWS: dict[int, tuple[str, ...]] = {
    1: (
        """INSERT INTO payments (id, merchant, invoice, content, chain, tx_id, scheme, raw, payer, pay_to, asset,
               amount, memo, valid_until, created, updated, status, precheck, receipt, reason, error, version,
               due_at, looks)
           VALUES ('pay_1', 'shop', NULL, NULL, 'hedera:testnet', '0.0.1001@1700000000.000000001', 'signed',
               :raw, '0.0.1001', '[["0.0.2001","340282366920938463463374607431768211456"]]', '0.0.0',
               '340282366920938463463374607431768211456', 'x', 1790000120000000, 1790000000000000, 1790000001000000,
               'submitted', 0, NULL, NULL, NULL, 1, 1790000016000000, 0)""",
        """INSERT INTO payments (id, merchant, invoice, content, chain, tx_id, scheme, raw, payer, pay_to, asset,
               amount, memo, valid_until, created, updated, status, precheck, receipt, reason, error, version,
               due_at, looks)
           VALUES ('pay_2', 'shop', 'inv_2', 'post-1', 'hedera:testnet', '0.0.1001@1700000000.000000002', 'signed',
               :raw, '0.0.1001', '[["0.0.2001","5"]]', '0.0.0', '5', 'memo-2', 1790000120000000, 1790000002000000,
               1790000003000000, 'settled', 0, 22, NULL, NULL, 2, NULL, 0)""",
        "INSERT INTO heads (merchant, seq) VALUES ('shop', 1)",
        """INSERT INTO events (merchant, seq, id, type, time, payment, invoice, content, body)
           VALUES ('shop', 1, 'evt_1', 'payment.settled', 1790000003000000, 'pay_2', 'inv_2', 'post-1', :body)""",
    ),
    2: (
        """INSERT INTO invoices (id, merchant, offers, memo, content, created, expires, status, payment, redirect_url,
               origin, metadata)
           VALUES ('inv_1', 'shop', '[{"chain":"hedera:testnet","asset":"0.0.0","pay_to":[["0.0.2001","7"]]}]',
               'memo-1', NULL, 1790000000000000, 1790003600000000, 'created', NULL, NULL, NULL, '{"order":"7"}')""",
        """INSERT INTO invoices (id, merchant, offers, memo, content, created, expires, status, payment, redirect_url,
               origin, metadata)
           VALUES ('inv_2', 'shop', '[{"chain":"hedera:testnet","asset":"0.0.0","pay_to":[["0.0.2001","5"]]}]',
               'memo-2', 'post-1', 1790000000000000, 1790003600000000, 'settled', 'pay_2', NULL, NULL, '{}')""",
    ),
    3: (
        "INSERT INTO merchants (id, name, origin) VALUES ('shop', 'Shop', 'https://shop.example')",
        "INSERT INTO accounts (chain, account, merchant) VALUES ('hedera:testnet', '0.0.2001', 'shop')",
        f"""INSERT INTO api_keys (hash, merchant, prefix, name, created, last_used, revoked)
            VALUES ('{hashlib.sha256(KEY.encode()).hexdigest()}', 'shop', 'sk_of_old_', 'old', 1790000000000000, NULL,
                NULL)""",
    ),
    4: (
        """INSERT INTO idempotency (merchant, key, owner, digest, status, body, expires)
           VALUES ('shop', 'k', 'o', 'd', 200, :answer, 1790086400000000)""",
    ),
    5: (
        "UPDATE payments SET block = 9 WHERE id = 'pay_2'",
        """INSERT INTO cursors (chain, cursor, owner, until)
           VALUES ('hedera:testnet', '17.5', 'wat_1', 1790000000000000)""",
    ),
    6: (
        "UPDATE heads SET webhooks = 1",
        """INSERT INTO webhook_endpoints (id, merchant, invoice, url, events, profile, description, created)
           VALUES ('we_1', 'shop', NULL, 'https://shop.example/hook', '["*"]', 'standard', '', 1790000000000000)""",
        "INSERT INTO webhook_keys (id, endpoint, keys_sealed, until) VALUES ('wk_1', 'we_1', 'sealed', NULL)",
        """INSERT INTO webhook_deliveries (endpoint, merchant, seq, lane, once, state, attempt, attempts, due_at,
               created)
           VALUES ('we_1', 'shop', 1, 'inv_2', NULL, 'pending', 0, '[]', 1790000003000000, 1790000003000000)""",
    ),
    7: ("UPDATE payments SET status = 'settled' WHERE id = 'pay_2' AND status = 'settled'",),  # an index alone
    8: (
        "UPDATE api_keys SET environment = NULL WHERE environment IS NULL",
        """INSERT INTO audit (seq, id, time, actor, merchant, action, subject, detail, hash)
           VALUES (1, 'act_1', 1790000000000000, 'shell', 'shop', 'merchant.added', 'shop', '{}', 'ab')""",
        "UPDATE audit_head SET seq = 1, hash = 'ab'",
    ),
    9: ("UPDATE invoices SET webhook_url = 'https://shop.example/one' WHERE id = 'inv_1'",),
    10: (
        "INSERT INTO signers (chain, signer, next) VALUES ('eip155:31337', '0xaa', 1)",
        """INSERT INTO sends (chain, signer, nonce, transfer, merchant, payer, gwei, made, versions, cancelled)
           VALUES ('eip155:31337', '0xaa', 0, 't', 'shop', '0xbb', 5, 1790000000000000, 1, 0)""",
        """INSERT INTO send_versions (chain, signer, nonce, version, raw, hash)
           VALUES ('eip155:31337', '0xaa', 0, 1, :raw, '0xcc')""",
    ),
    11: ("UPDATE webhook_endpoints SET environment = 'test' WHERE id = 'we_1'",),
    12: ("INSERT INTO nonces (nonce, owner, expires) VALUES ('n', 'o', 1790000600000000)",),
    13: ("INSERT INTO orders (merchant, order_id, invoice) VALUES ('shop', 'order-1', 'inv_1')",),
    14: (
        "UPDATE payments SET door = 'x402' WHERE id = 'pay_2'",
        "INSERT INTO claims (chain, tx_id, owner, until) VALUES ('hedera:testnet', 't', 'o', NULL)",
        "INSERT INTO requests (scope, name, digest, made) VALUES ('shop', 'order-1', 'd', 1790000000000000)",
    ),
    15: (
        "INSERT INTO resources (id, merchant, url, method, price, kind, body, created, updated)"
        " VALUES ('rsc_1', 'shop', 'https://shop.example/a', 'GET', '0.01 USD', 'http', '{}', 1790000000000000,"
        " 1790000000000000)",
        "INSERT INTO resource_ways (resource, place, scheme, network, payee)"
        " VALUES ('rsc_1', 0, 'exact', 'hedera:testnet', '0.0.2001')",
    ),
    16: (
        """INSERT INTO credits (payment, invoice, part, at, offer, shares)
           VALUES ('pay_16', 'inv_16', '1/2', 1790000000000000, 'hedera:testnet 0.0.0', '{"0.0.2001":"1/2"}')""",
    ),
    17: ("UPDATE credits SET settled = 1790000003000000 WHERE payment = 'pay_2'",),
    18: ("INSERT INTO listings (merchant, environment, content, terms) VALUES ('shop', 'test', 'post-1', 'h')",),
    19: ("UPDATE payments SET void = '' WHERE id = 'pay_2'",),
}


def test_every_migration_has_rows_of_its_day() -> None:
    assert set(ROWS) == {migration.version for migration in migrations()}, "give the new migration its rows in ROWS"


@pytest.mark.parametrize("version", sorted(ROWS))
async def test_a_relay_goes_on_from_an_earlier_schema(empty_url: str, version: int) -> None:
    async with open_database(empty_url) as db:
        for step in range(1, version + 1):
            await migrate(db, step)
            await db.write(lambda tx, step=step: _insert(tx, ROWS[step]))  # type: ignore[misc]  # as in migrate
        assert await migrate(db) == len(migrations()) - version
        await require_current(db)

        await _lists_what_was_there(db, version)
        await _settles_what_was_under_way(db)


async def _lists_what_was_there(db: Database, version: int) -> None:
    journal, invoices = Journal(db), Invoices(db)
    found = {payment.id: payment for payment in (await journal.payments("shop", limit=10)).items}
    assert {id: payment.status for id, payment in found.items()} == {"pay_1": "submitted", "pay_2": "settled"}
    assert found["pay_1"].amount == 2**128
    assert found["pay_2"].block == (9 if version >= 5 else None)
    [event] = await journal.events("shop", 0, 10)
    assert (event.id, event.body) == ("evt_1", BLOBS["body"])
    if version >= 2:
        shown = {each.id: each for each in (await invoices.list("shop", limit=10)).items}
        assert shown["inv_2"].status == "settled"
        assert shown["inv_2"].paid == 1
        assert dict(shown["inv_1"].metadata) == {"order": "7"}
        assert shown["inv_1"].paid == 0
    if version >= 3:
        merchant = await Merchants(db).get("shop")
        assert merchant is not None
        assert [account for _, account in merchant.accounts] == ["0.0.2001"]
        key = await Keys(db).find(KEY)
        assert key is not None
        assert key.merchant == "shop"


async def _settles_what_was_under_way(db: Database) -> None:
    journal, now = Journal(db), datetime.now(UTC)
    [due] = await journal.claim_due(now, now, 10)
    assert due.id == "pay_1"
    after = advance(due, Receipt(ok=True, code=22, name="SUCCESS"), now)
    assert isinstance(await journal.record(due, after, None, news(after)), Recorded)
    assert [event.seq for event in await journal.events("shop", 0, 10)] == [1, 2]
    settled = await journal.payment("pay_1")
    assert settled is not None
    assert settled.status is Status.SETTLED


def _insert(tx: Tx, statements: tuple[str, ...]) -> None:
    for sql in statements:
        tx.run(sql, **{name: value for name, value in BLOBS.items() if f":{name}" in sql})


async def test_what_a_relay_of_before_0019_refuses_beside_us_may_be_tried_again(database: Database) -> None:
    """It knows nothing of `void`: who has not restarted it yet must not lose payers for it."""
    journal, payment = Journal(database), a_payment()
    await journal.accept(payment, NOW)
    await journal.record(payment, refused(payment), None, None)
    await database.write(lambda tx: tx.run("UPDATE payments SET void = ''"))

    assert await journal.payment_of(payment.signed.chain, payment.tx) is None
    again = replace(payment, id=PaymentId("pay_again"))
    assert await journal.accept(again, NOW) == New(again)
    assert await journal.payment_of(payment.signed.chain, payment.tx) == again
