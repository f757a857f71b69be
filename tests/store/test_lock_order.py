"""Two relays that write the same rows at once, each in the order it came upon them: one is late, none is stuck."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing

import psycopg
from psycopg.sql import SQL, Identifier

from relay.payment import Payment
from relay.store.database import open_database
from relay.store.entries import Accept, Claimed, New, Record, Recorded, Stale
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.migrate import migrate
from relay.store.postgres import Postgres
from relay.store.tx import Op, run_all
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
    one, other = await crossing(
        postgres_url, "payments", payments[1].id, recorded(payments, "one"), recorded(payments[::-1], "other")
    )

    assert [type(answer) for answer in one] == [Recorded] * 3
    assert [type(answer) for answer in other] == [Stale] * 3


async def test_what_two_relays_accept_in_opposite_orders_is_no_deadlock(postgres_url: str) -> None:
    async with open_database(postgres_url) as db:
        await migrate(db)
        invoices = [an_invoice(), an_invoice(), an_invoice()]
        for invoice in invoices:
            await Invoices(db).insert(invoice)
    firsts = [a_payment(invoice=invoice.id) for invoice in invoices]
    seconds = [a_payment(invoice=invoice.id) for invoice in reversed(invoices)]

    one, other = await crossing(postgres_url, "invoices", invoices[1].id, accepted(firsts), accepted(seconds))

    assert one == [New(payment) for payment in firsts]
    assert other == [Claimed(payment.id) for payment in reversed(firsts)]


async def crossing(url: str, table: str, middle: str, *relays: Sequence[Op[object]]) -> list[list[object]]:
    """What each relay is answered, when the row they come upon in the middle is held until both wait for it."""
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as looker:
        holder.execute(SQL("SELECT id FROM {} WHERE id = %s FOR UPDATE").format(Identifier(table)), [middle])
        tasks = []
        for ops in relays:
            tasks.append(asyncio.create_task(asyncio.to_thread(written, url, ops)))
            await waiting(looker, len(tasks))
        holder.rollback()
        return await asyncio.gather(*tasks)


def written(url: str, ops: Sequence[Op[object]]) -> list[object]:
    """The answers of a transaction that is patient with locks: only a deadlock ends it."""
    with closing(Postgres(url).connect(writes=True)) as connection:
        connection.run("SET lock_timeout = 0")
        connection.begin()
        answers = run_all(connection, ops)
        connection.commit()
        return answers


def accepted(payments: Sequence[Payment]) -> list[Accept]:
    return [Accept(payment, LATER) for payment in payments]


def recorded(payments: Sequence[Payment], by: str) -> list[Record]:
    """That each of them settled."""
    pairs = [(payment, settled(taken(payment))) for payment in payments]
    return [Record(before, after, None, news(after, by)) for before, after in pairs]


async def waiting(looker: psycopg.Connection[tuple[int]], number: int) -> None:
    async with asyncio.timeout(30):
        while looker.execute(WAITING).fetchone() != (number,):
            await asyncio.sleep(0.01)
