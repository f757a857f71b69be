"""The audit log: one chain, whoever writes it, and no change to it goes unseen."""

from __future__ import annotations

import asyncio

import pytest

from relay.audit import Act, act
from relay.merchant import Merchant
from relay.money import Account
from relay.store.audit import Audit, Broken, Sound
from relay.store.database import Database, open_database
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.store.migrate import migrate
from tests.store.nouns import NOW, TESTNET


def done(number: int, merchant: str = "shop") -> Act:
    return act("shell", "key.added", merchant, f"sk_{number}", NOW, {"scopes": "*", "who": "käse"})


@pytest.fixture
def audit(db: Database) -> Audit:
    return Audit(db)


async def test_administration_is_noted_with_who_and_what_and_no_secret(audit: Audit, db: Database) -> None:
    merchants, keys = Merchants(db), Keys(db)
    await merchants.add(Merchant("shop", "The Shop"))
    await merchants.add_account("shop", TESTNET, Account("0.0.2001"), by="sk_test_abcdefgh")
    await merchants.add_account("shop", TESTNET, Account("0.0.2001"))  # it was already
    await merchants.update("shop", origin="https://shop.example")
    made = await keys.add("shop", "the site")
    await keys.revoke("shop", made.key.id)
    await keys.revoke("shop", made.key.id)  # it was already
    await merchants.remove_account("shop", TESTNET, Account("0.0.2001"))

    entries = await audit.entries(0, 100)

    assert [(entry.seq, entry.act.actor, entry.act.action, entry.act.subject) for entry in entries] == [
        (1, "shell", "merchant.added", "shop"),
        (2, "sk_test_abcdefgh", "account.added", "hedera:testnet/0.0.2001"),
        (3, "shell", "merchant.updated", "shop"),
        (4, "shell", "key.added", made.key.id),
        (5, "shell", "key.revoked", made.key.id),
        (6, "shell", "account.removed", "hedera:testnet/0.0.2001"),
    ]
    assert made.text[-35:] not in str(entries)
    assert await audit.verify() == Sound(6, entries[-1].hash)


async def test_an_empty_log_is_sound(audit: Audit) -> None:
    assert await audit.verify() == Sound(0, "0" * 64)


async def test_a_merchant_reads_his_own_entries(audit: Audit) -> None:
    for number in range(3):
        await audit.note(done(number))
        await audit.note(done(number, "rival"))

    assert [entry.seq for entry in await audit.entries(0, 100, merchant="shop")] == [1, 3, 5]
    assert [entry.seq for entry in await audit.entries(1, 1, merchant="shop")] == [3]


TAMPERED = [  # a change, and the entry that is named
    ("UPDATE audit SET actor = 'nobody' WHERE seq = 3", 3),
    ("UPDATE audit SET merchant = 'rival' WHERE seq = 3", 3),
    ("UPDATE audit SET action = 'key.revoked' WHERE seq = 3", 3),
    ("UPDATE audit SET subject = 'x' WHERE seq = 3", 3),
    ("UPDATE audit SET detail = '{}' WHERE seq = 3", 3),
    ("UPDATE audit SET time = time + 1 WHERE seq = 3", 3),
    ("UPDATE audit SET id = 'act_x' WHERE seq = 3", 3),
    ("UPDATE audit SET hash = (SELECT hash FROM audit WHERE seq = 2) WHERE seq = 3", 3),
    ("DELETE FROM audit WHERE seq = 3", 3),
    ("DELETE FROM audit WHERE seq = 5", 5),
    ("DELETE FROM audit", 1),
    ("UPDATE audit_head SET seq = 6", 6),
    ("UPDATE audit_head SET hash = 'x'", 6),
    ("DELETE FROM audit_head", 6),
]


async def test_one_changed_row_is_named(database: Database) -> None:
    audit = Audit(database)
    for number in range(5):
        await audit.note(done(number))
    for table in ("audit", "audit_head"):
        await database.write(lambda tx, table=table: tx.run(f"CREATE TABLE {table}_kept AS SELECT * FROM {table}"))
    for tamper, broken in TAMPERED:
        assert isinstance(await audit.verify(), Sound)
        await database.write(lambda tx, tamper=tamper: tx.run(tamper))

        found = await audit.verify()

        assert isinstance(found, Broken), tamper
        assert found.seq == broken, tamper
        for table in ("audit", "audit_head"):
            await database.write(lambda tx, table=table: tx.run(f"DELETE FROM {table}"))
            await database.write(lambda tx, table=table: tx.run(f"INSERT INTO {table} SELECT * FROM {table}_kept"))


async def test_many_writers_make_one_chain(database_url: str) -> None:
    async with open_database(database_url) as one, open_database(database_url) as two:
        await migrate(one)
        logs = [Audit(one), Audit(two)]
        await asyncio.gather(*(logs[number % 2].note(done(number)) for number in range(60)))

        assert [entry.seq for entry in await logs[0].entries(0, 100)] == list(range(1, 61))
        assert isinstance(await logs[1].verify(), Sound)
