"""Keys: what they open, until when, and what stays of them in the database."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from itertools import product

import pytest

from relay.environment import Environment
from relay.errors import NotFound
from relay.key import Key, Kind
from relay.merchant import Merchant
from relay.store.audit import Audit
from relay.store.database import Database
from relay.store.keys import FORGOTTEN, Keys
from relay.store.merchants import Merchants
from tests.store.nouns import NOW

HOUR = timedelta(hours=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def keys(db: Database, clock: Clock) -> Keys:
    for id in ("shop", "rival"):
        await Merchants(db, clock).add(Merchant(id, id))
    return Keys(db, clock)


async def found(keys: Keys, text: str) -> Key:
    key = await keys.find(text)
    assert key is not None
    return key


async def test_a_key_says_what_it_is_and_comes_back_whole(keys: Keys) -> None:
    for kind, environment in product(Kind, Environment):
        made = await keys.add(
            "shop", "the site", environment=environment, kind=kind, scopes=["invoices:write"],
            origins=["https://a.example"], lifetime=HOUR,
        )  # fmt: skip

        assert re.fullmatch(rf"{kind}_{environment}_[\w-]{{43}}", made.text)
        assert made.key.id == made.text[:-35]
        assert await keys.get("shop", made.key.id) == made.key
        assert made.key.scopes == {"invoices:write"} and made.key.expires == NOW + HOUR


async def test_a_key_is_good_until_it_is_revoked(keys: Keys, clock: Clock) -> None:
    key, other = await keys.add("shop", "the site"), await keys.add("shop", "another")

    assert not await keys.revoke("rival", key.key.id)
    assert (await found(keys, key.text)).alive(NOW)
    assert await keys.find(key.text + "x") is None
    assert await keys.find(key.text[3:]) is None

    assert await keys.revoke("shop", key.key.id)
    clock.now += timedelta(seconds=1)
    assert await keys.revoke("shop", key.key.id)

    assert not (await found(keys, key.text)).alive(NOW)
    assert (await found(keys, other.text)).alive(NOW)
    assert {each.id: each.revoked for each in await keys.of("shop")} == {key.key.id: NOW, other.key.id: None}
    assert await keys.of("rival") == ()
    assert await keys.get("rival", key.key.id) is None


async def test_a_key_made_before_scopes_and_environments_opens_everything_of_its_merchant(
    keys: Keys, db: Database
) -> None:
    old = "sk_" + "a" * 43
    await db.write(
        lambda tx: tx.run(
            "INSERT INTO api_keys (hash, merchant, prefix, name, created) VALUES (:hash, 'shop', 'sk_aaaaa', 'old', 1)"
            " ON CONFLICT DO NOTHING",
            hash=hashlib.sha256(old.encode()).hexdigest(),
        )
    )

    key = await found(keys, old)

    assert (key.kind, key.environment, key.scopes, key.expires) == (Kind.SECRET, None, None, None)
    assert key.alive(NOW) and key.may("anything:write")
    rotated = await keys.rotate("shop", key.id, HOUR, environment=Environment.LIVE)
    assert rotated is not None and rotated.text.startswith("sk_live_") and rotated.key.scopes is None


async def test_a_rotated_key_works_on_for_the_overlap(keys: Keys, clock: Clock) -> None:
    old = await keys.add("shop", "the site", scopes=["invoices:read"], lifetime=30 * HOUR)
    clock.now += HOUR

    new = await keys.rotate("shop", old.key.id, HOUR, environment=Environment.TEST)

    assert new is not None
    assert (new.key.name, new.key.scopes) == ("the site", {"invoices:read"})
    assert new.key.expires == clock.now + 30 * HOUR
    assert (await found(keys, old.text)).expires == clock.now + HOUR
    clock.now += HOUR
    assert not (await found(keys, old.text)).alive(clock.now)
    assert (await found(keys, new.text)).alive(clock.now)
    assert await keys.rotate("shop", old.key.id, HOUR, environment=Environment.TEST) is None
    assert await keys.rotate("rival", new.key.id, HOUR, environment=Environment.TEST) is None


async def test_a_rotation_may_end_the_old_key_at_once_and_never_prolongs_it(keys: Keys, clock: Clock) -> None:
    old = await keys.add("shop", "", lifetime=HOUR)
    assert await keys.rotate("shop", old.key.id, 9 * HOUR, environment=Environment.TEST) is not None
    assert (await found(keys, old.text)).expires == NOW + HOUR
    endless = await keys.add("shop", "")
    assert await keys.rotate("shop", endless.key.id, timedelta(), environment=Environment.TEST) is not None
    assert not (await found(keys, endless.text)).alive(NOW)


async def test_keys_that_ended_are_told_from_those_that_did_not(keys: Keys, clock: Clock) -> None:
    revoked, expiring, good = [await keys.add("shop", "", lifetime=span) for span in (None, HOUR, None)]
    opened = [made.key for made in (revoked, expiring, good)]
    assert await keys.dead(opened) == [] == await keys.dead([])

    await keys.revoke("shop", revoked.key.id)
    clock.now += HOUR

    assert await keys.dead(opened) == [revoked.key, expiring.key]


async def test_a_key_needs_a_merchant(keys: Keys) -> None:
    with pytest.raises(NotFound, match="nobody"):
        await keys.add("nobody", "x")


async def test_the_database_holds_nothing_that_opens_the_api(keys: Keys, db: Database) -> None:
    made = await keys.add("shop", "the site")

    row = await db.read(lambda tx: tx.one("SELECT hash, merchant, prefix, name FROM api_keys"))
    notes = await Audit(db).entries(0, 100)

    assert row is not None
    secret = made.text[len(made.key.id) :]
    assert secret not in "".join(row[column] for column in ("hash", "merchant", "prefix", "name"))
    assert secret not in str(notes)
    assert await keys.find("sk_" + row["hash"]) is None


async def test_last_use_is_noted_once_a_minute(keys: Keys, db: Database, clock: Clock) -> None:
    made = await keys.add("shop", "the site")

    async def last_used() -> datetime | None:
        await keys.find(made.text)
        await db.write(lambda tx: None)  # what was to be noted is in the queue before this
        return (await keys.of("shop"))[0].last_used

    assert await last_used() == NOW
    clock.now = NOW + timedelta(seconds=59)
    assert await last_used() == NOW
    clock.now = NOW + timedelta(seconds=60)
    assert await last_used() == clock.now


async def test_sessions_are_forgotten_a_day_after_their_end_and_keys_never(keys: Keys, clock: Clock) -> None:
    session = await keys.add("shop", "", kind=Kind.SESSION, lifetime=HOUR)
    key = await keys.add("shop", "", lifetime=HOUR)
    clock.now += HOUR + FORGOTTEN + timedelta(seconds=1)

    await keys.sweep()

    assert await keys.find(session.text) is None
    assert await keys.find(key.text) is not None
