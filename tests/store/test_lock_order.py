"""Two relays that write the same payments at once, each in the order it came upon them: one is late, none is stuck."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing

import psycopg

from relay.payment import Payment
from relay.store.database import open_database
from relay.store.entries import Record, Recorded, Stale
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.migrate import migrate
from relay.store.postgres import Postgres
from tests.store.nouns import LATER, a_payment, an_invoice, news, settled, taken

WAITING = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_what_two_relays_record_in_opposite_orders_is_no_deadlock(postgres_url: str) -> None:
    async with open_database(postgres_url) as db:
        await migrate(db)
        invoices = [an_invoice(), an_invoice(), an_invoice()]
        payments = [a_payment(invoice=invoice.id) for invoice in reversed(invoices)]
        for invoice in invoices:
            await Invoices(db).insert(invoice)
        for payment in payments:
            await Journal(db).accept(payment, LATER)
    # The one that all of these come upon in the middle is held, until both wait for it or for each other.
    with psycopg.connect(postgres_url) as holder, psycopg.connect(postgres_url, autocommit=True) as looker:
        holder.execute("SELECT id FROM payments WHERE id = %s FOR UPDATE", [payments[1].id])
        tasks = []
        for by, order in (("one", payments), ("other", payments[::-1])):
            tasks.append(asyncio.create_task(asyncio.to_thread(record, postgres_url, order, by)))
            await waiting(looker, len(tasks))
        holder.rollback()
        one, other = await asyncio.gather(*tasks)

    assert [type(answer) for answer in one] == [Recorded] * 3
    assert [type(answer) for answer in other] == [Stale] * 3


def record(url: str, payments: Sequence[Payment], by: str) -> Sequence[object]:
    """What settled, in a transaction that is patient with locks: only a deadlock ends it."""
    with closing(Postgres(url).connect(writes=True)) as connection:
        connection.run("SET lock_timeout = 0")
        connection.begin()
        pairs = [(payment, settled(taken(payment))) for payment in payments]
        answers = Record.together(connection, [Record(before, after, None, news(after, by)) for before, after in pairs])
        connection.commit()
        return answers


async def waiting(looker: psycopg.Connection[tuple[int]], number: int) -> None:
    async with asyncio.timeout(30):
        while looker.execute(WAITING).fetchone() != (number,):
            await asyncio.sleep(0.01)
