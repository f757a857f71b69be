"""Endpoints, outbox and deliveries at rest: what is promised holds too when every operation runs twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from relay.audit import act
from relay.chain import Receipt, Undone
from relay.channel import Event
from relay.errors import Conflict, NotFound
from relay.merchant import Merchant
from relay.payment import Payment, advance
from relay.sealing import Keyring
from relay.store.database import Database
from relay.store.deliveries import Deliveries, Work
from relay.store.endpoints import MAX_ENDPOINTS, Endpoints
from relay.store.entries import Recorded
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.webhook import Attempt, Delivery, Endpoint, EndpointId, Keys, Profile, State
from relay.wire.events import payment_event, webhook_event
from tests.changed import replace
from tests.store.nouns import LATER, NOW, a_payment, an_invoice, settled, taken

SHOP, RIVAL = Merchant("shop", "Shop"), Merchant("rival", "Rival")
DONE = act("shell", "webhook.added", "shop", "we_1", NOW)
PAIR = Keys("wk_1", b"\x01" * 32, b"\x02" * 32)


def an_endpoint(id: str = "we_1", merchant: str = "shop", **changes: object) -> Endpoint:
    made = Endpoint(EndpointId(id), merchant, "https://shop.example/", ("*",), Profile.STANDARD, NOW)
    return replace(made, **changes)  # type: ignore[arg-type]  # mypy cannot see through **changes


@pytest.fixture
def endpoints(db: Database) -> Endpoints:
    return Endpoints(db, Keyring([b"k" * 32]), lambda merchant: PAIR)


@pytest.fixture
def deliveries(db: Database, endpoints: Endpoints) -> Deliveries:
    return Deliveries(db, endpoints)


async def record(journal: Journal, before: Payment, after: Payment) -> Event:
    id = f"evt_{after.id}_{after.version}"
    recorded = await journal.record(
        before, after, None, lambda seq, stands: payment_event(after, id=id, seq=seq, token=None)
    )
    assert isinstance(recorded, Recorded)
    assert recorded.event is not None
    return recorded.event


async def paid(journal: Journal, payment: Payment | None = None) -> tuple[Payment, list[Event]]:
    """A payment that was submitted and settled, and its events."""
    payment = payment or a_payment()
    await journal.accept(payment, LATER)
    sent = taken(payment)
    told = [await record(journal, payment, sent), await record(journal, sent, settled(sent))]
    return settled(sent), told


async def held(deliveries: Deliveries, holder: str = "me") -> Work:
    """What a holder finds at the endpoint; that the answer to his claim is lost costs time, and is not the matter."""
    await deliveries.claim(holder, LATER, LATER + timedelta(seconds=5), 10)
    work = await deliveries.work(holder, "we_1", LATER, 10)
    assert work is not None
    return work


def done(delivery: Delivery, *, ok: bool) -> Delivery:
    attempt = Attempt(LATER, 5, 200 if ok else 500, "", None)
    state, due = (State.DELIVERED, None) if ok else (State.PENDING, LATER + timedelta(minutes=5))
    return replace(delivery, state=state, attempt=delivery.attempt + 1, due=due, attempts=(*delivery.attempts, attempt))


async def test_an_event_is_put_into_the_outbox_once_with_its_record(
    journal: Journal, endpoints: Endpoints, deliveries: Deliveries
) -> None:
    await paid(journal)  # before there was an endpoint
    await endpoints.add(an_endpoint(), PAIR, DONE)
    _, told = await paid(journal)
    await paid(journal, a_payment("rival"))

    lines = (await deliveries.log(an_endpoint())).items
    assert [line.event for line in lines] == told[::-1]
    assert {line.state for line in lines} == {State.PENDING}
    assert await deliveries.merchants() == {"shop"}


async def test_of_a_lane_only_the_first_is_due_and_a_failure_delays_those_behind_it(
    journal: Journal, endpoints: Endpoints, deliveries: Deliveries
) -> None:
    await endpoints.add(an_endpoint(), PAIR, DONE)
    _, one = await paid(journal)
    _, two = await paid(journal)
    work = await held(deliveries)
    assert [delivery.event for delivery in work.due] == [one[0], two[0]]
    assert work.keys == (PAIR,)

    await deliveries.record(work.due[0], done(work.due[0], ok=False), None)
    await deliveries.record(work.due[1], done(work.due[1], ok=True), None)
    work = await held_again(deliveries)
    assert [delivery.event for delivery in work.due] == [two[1]]
    assert work.next == LATER + timedelta(minutes=5)

    late = await deliveries.work("me", "we_1", LATER + timedelta(minutes=6), 10)
    assert late is not None
    assert [(delivery.event, delivery.attempt) for delivery in late.due] == [(two[1], 0), (one[0], 1)]


async def held_again(deliveries: Deliveries) -> Work:
    work = await deliveries.work("me", "we_1", LATER, 10)
    assert work is not None
    return work


async def test_what_joins_a_waiting_lane_waits_with_it(
    journal: Journal, endpoints: Endpoints, deliveries: Deliveries
) -> None:
    await endpoints.add(an_endpoint(), PAIR, DONE)
    payment = a_payment()
    await journal.accept(payment, LATER)
    sent = taken(payment)
    await record(journal, payment, sent)
    work = await held(deliveries)
    await deliveries.record(work.due[0], done(work.due[0], ok=False), None)
    await record(journal, sent, settled(sent))
    lines = (await deliveries.log(an_endpoint())).items
    assert [line.due for line in lines] == [LATER + timedelta(minutes=5)] * 2


async def test_no_two_holders_get_one_endpoint_until_the_lease_ends(
    journal: Journal, endpoints: Endpoints, database: Database
) -> None:
    await endpoints.add(an_endpoint(), PAIR, DONE)
    await paid(journal)
    both = [Deliveries(database, endpoints) for _ in range(2)]
    until = LATER + timedelta(seconds=5)
    claims = await asyncio.gather(*(each.claim(str(n), LATER, until, 10) for n, each in enumerate(both)))
    assert sorted(len(claim) for claim in claims) == [0, 1]

    holder, other = ("0", "1") if claims[0] else ("1", "0")
    assert await both[0].work(other, "we_1", LATER, 10) is None
    await both[0].renew(holder, ["we_1"], until + timedelta(seconds=5))
    assert await both[0].claim(other, until, until, 10) == []
    assert await both[0].claim(other, until + timedelta(seconds=5), until + timedelta(seconds=9), 10) != []
    assert await both[0].work(holder, "we_1", LATER, 10) is None


async def test_an_endpoint_is_not_let_go_while_something_came_in(
    journal: Journal, endpoints: Endpoints, database: Database
) -> None:
    deliveries = Deliveries(database, endpoints)
    await endpoints.add(an_endpoint(), PAIR, DONE)
    await paid(journal)
    work = await held(deliveries)
    await paid(journal)
    assert not await deliveries.release("me", work)
    work = await held_again(deliveries)
    assert await deliveries.release("me", work)
    assert not await deliveries.release("me", work)


async def test_the_2019_plugin_is_told_once_of_a_payment_that_settled_twice(
    journal: Journal, endpoints: Endpoints, deliveries: Deliveries
) -> None:
    await endpoints.add(an_endpoint(profile=Profile.HEDERA), PAIR, DONE)
    payment, _ = await paid(journal, a_payment(memo="anon,383"))
    undone = advance(payment, Undone("replaced"), LATER)
    await record(journal, payment, undone)
    again = advance(undone, Receipt(ok=True, code=22, name="SUCCESS"), LATER)
    assert again.status is payment.status
    await record(journal, undone, again)
    assert [line.event.type for line in (await deliveries.log(an_endpoint())).items] == ["payment.settled"]


async def test_giving_an_endpoint_up_is_told_once_and_ends_what_waits(
    journal: Journal, endpoints: Endpoints, deliveries: Deliveries
) -> None:
    await endpoints.add(an_endpoint(), PAIR, DONE)
    await endpoints.add(an_endpoint("we_2"), replace(PAIR, id="wk_2"), replace(DONE, id="act_2"))
    _, told = await paid(journal)
    await deliveries.disable(
        an_endpoint(),
        "410",
        LATER,
        lambda seq: webhook_event(an_endpoint(), "disabled", id="evt_off", seq=seq, time=LATER, reason="410"),
    )
    log = await journal.events("shop", 0, 10)
    assert [event.type for event in log] == [*(event.type for event in told), "webhook.disabled"]
    assert {line.state for line in (await deliveries.log(an_endpoint())).items} == {State.FAILED}
    assert (await deliveries.log(an_endpoint("we_2"))).items[0].event.type == "webhook.disabled"
    off = await endpoints.get(SHOP, "we_1")
    assert off is not None
    assert (off.disabled, off.reason) == (LATER, "410")
    await deliveries.claim("me", LATER, LATER + timedelta(seconds=5), 10)
    assert await deliveries.work("me", "we_1", LATER, 10) is None
    assert await deliveries.work("me", "we_2", LATER, 10) is not None


async def test_delivering_again_starts_anew_and_keeps_the_log(
    journal: Journal, endpoints: Endpoints, deliveries: Deliveries
) -> None:
    await endpoints.add(an_endpoint(), PAIR, DONE)
    _, told = await paid(journal)
    work = await held(deliveries)
    await deliveries.record(work.due[0], done(work.due[0], ok=True), None)
    noted = act("shell", "webhook.redelivered", "shop", "we_1", LATER)
    assert await deliveries.again(an_endpoint(), told[:1], LATER, noted) == 1
    line = (await deliveries.log(an_endpoint())).items[1]
    assert (line.state, line.attempt, len(line.attempts)) == (State.PENDING, 0, 1)
    assert await deliveries.again(an_endpoint(events=("invoice.*",)), told, LATER, noted) == 0


async def test_keys_are_sealed_and_rotation_leaves_two_that_sign(endpoints: Endpoints, database: Database) -> None:
    await endpoints.add(an_endpoint(), PAIR, DONE)
    newer = Keys("wk_2", b"\x03" * 32, b"\x04" * 32)
    until = NOW + timedelta(hours=1)
    await endpoints.rotate(an_endpoint(), newer, until, replace(DONE, id="act_2"))
    assert await endpoints.keys(an_endpoint(), NOW) == (newer, replace(PAIR, until=until))
    assert await endpoints.keys(an_endpoint(), until) == (newer,)
    rows = await database.read(lambda tx: tx.all("SELECT keys_sealed FROM webhook_keys"))
    assert all(row["keys_sealed"].startswith("e1.") for row in rows)
    with pytest.raises(NotFound):
        await endpoints.rotate(an_endpoint("we_none"), newer, until, replace(DONE, id="act_3"))


async def test_an_endpoint_is_its_merchants_and_deleting_it_leaves_nothing(
    journal: Journal, endpoints: Endpoints, deliveries: Deliveries, database: Database
) -> None:
    await endpoints.add(an_endpoint(), PAIR, DONE)
    await paid(journal)
    assert await endpoints.get(RIVAL, "we_1") is None
    assert (await endpoints.list(RIVAL)).items == ()
    await endpoints.delete(an_endpoint(), replace(DONE, id="act_2"))
    for table in ("webhook_endpoints", "webhook_keys", "webhook_deliveries"):
        assert await database.read(lambda tx, table=table: tx.all(f"SELECT 1 FROM {table}")) == []  # type: ignore[misc]
    assert (await deliveries.log(an_endpoint())).items == ()


async def test_a_merchant_has_a_bounded_number_of_endpoints(endpoints: Endpoints) -> None:
    for number in range(MAX_ENDPOINTS):
        made = an_endpoint(f"we_{number}")
        await endpoints.add(made, replace(PAIR, id=f"wk_{number}"), replace(DONE, id=f"act_{number}"))
    with pytest.raises(Conflict):
        await endpoints.add(an_endpoint("we_x"), replace(PAIR, id="wk_x"), replace(DONE, id="act_x"))


async def test_a_test_event_is_recorded_once_and_is_for_one_endpoint(
    journal: Journal, endpoints: Endpoints, deliveries: Deliveries
) -> None:
    await endpoints.add(an_endpoint(), PAIR, DONE)
    await endpoints.add(an_endpoint("we_2"), replace(PAIR, id="wk_2"), replace(DONE, id="act_2"))
    told = await endpoints.tell(
        an_endpoint(),
        lambda seq: webhook_event(an_endpoint(), "test", id="evt_test", seq=seq, time=NOW, reason=None),
    )
    assert await journal.events("shop", 0, 10) == [told]
    assert [line.event for line in (await deliveries.log(an_endpoint())).items] == [told]
    assert (await deliveries.log(an_endpoint("we_2"))).items == ()


async def test_an_invoices_own_url_hears_of_it_alone(
    journal: Journal, invoices: Invoices, endpoints: Endpoints, deliveries: Deliveries
) -> None:
    invoice = an_invoice(webhook_url="https://shop.example/one")
    await invoices.insert(invoice)
    await paid(journal, a_payment(invoice=invoice.id))
    await paid(journal)
    [own] = (await endpoints.list(SHOP, invoice=invoice.id)).items
    assert (await endpoints.list(SHOP)).items == ()
    assert await endpoints.keys(own, NOW) == (PAIR,)
    assert {line.event.invoice for line in (await deliveries.log(own)).items} == {invoice.id}

    await deliveries.forget(LATER)
    assert (await endpoints.list(SHOP, invoice=invoice.id)).items == (own,)
    for line in (await deliveries.log(own)).items:
        await deliveries.record(line, done(line, ok=True), None)
    await deliveries.forget(LATER)
    assert (await endpoints.list(SHOP, invoice=invoice.id)).items == ()
