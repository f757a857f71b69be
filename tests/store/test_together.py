"""What is written together is what would have been written one after the other: the same rows, the same answers."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.chain import WATCHED, Receipt, Undone
from relay.channel import Event
from relay.credit import Standing
from relay.payment import OVER, Payment, Status, advance
from relay.store.database import _driver, open_database
from relay.store.entries import OF_TRANSFER, Accept, New, Record, Recorded, Telling
from relay.store.invoices import Invoices
from relay.store.migrate import migrate
from relay.store.outbox import use_webhooks
from relay.store.tx import Connection, Op, Tx, run_all
from tests.changed import replace
from tests.store.nouns import LATER, NOW, TESTNET, a_payment, an_invoice, news
from tests.store.test_crowd import FACTS as USUAL
from tests.store.test_crowd import MERCHANTS

SETTLED = Receipt(ok=True, code=22, name="SUCCESS")
FACTS = (*USUAL, SETTLED, Undone("its block was replaced"))

ASKED = [an_invoice(MERCHANTS[number % 2], id=f"inv_asked_{number}", memo=f"asked-{number}") for number in range(4)]
TABLES = {
    "payments": "id",
    "events": "merchant, seq",
    "heads": "merchant",
    "invoices": "id",
    "credits": "payment",
    "webhook_deliveries": "endpoint, seq",
}
LISTENER = """
    INSERT INTO webhook_endpoints (id, merchant, url, events, profile, description, created, due_at)
    VALUES ('we_1', 'shop', 'https://shop.example/', '["*"]', 'standard', '', 1790000000000000, NULL)
"""
Crowd = Sequence[tuple[str, int, int, list[object]]]

# who pays: a merchant, one of six transfers, one of four invoices or none, and what is learnt of it in turn
crowds = st.lists(
    st.tuples(
        st.sampled_from(MERCHANTS), st.integers(0, 5), st.integers(0, 5), st.lists(st.sampled_from(FACTS), max_size=4)
    ),
    min_size=2,
    max_size=12,
)


async def furnish(url: str) -> None:
    """Invoices to pay, and a merchant who listens."""
    async with open_database(url) as db:
        await migrate(db)
        for invoice in ASKED:
            await Invoices(db).insert(invoice)
        await db.write(lambda tx: [use_webhooks(tx, "shop"), tx.run(LISTENER)])


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("together")
    asyncio.run(furnish(f"sqlite:///{folder / 'furnished.db'}"))
    return folder / "furnished.db"


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(crowd=crowds, again=st.booleans())
def test_together_is_one_after_the_other(furnished: Path, crowd: Crowd, again: bool) -> None:
    with a_copy(furnished, "plain") as plain, a_copy(furnished, "joint") as joint:
        live(crowd, plain, joint, again=again)

        assert contents(joint) == contents(plain)


async def test_it_is_so_on_every_database(furnished: Path, database_url: str) -> None:
    await furnish(database_url)
    some = Random(6)  # the same crowd each time
    crowd = [
        (some.choice(MERCHANTS), some.randrange(150), some.randrange(6), some.choices(FACTS, k=some.randrange(4)))
        for _ in range(150)
    ]
    with a_copy(furnished, "plain") as plain, closing(_driver(database_url).connect(writes=True)) as joint:
        live(crowd, plain, joint, again=True)

        assert contents(joint) == contents(plain)
        assert len(contents(plain)["credits"]) > 1, "the crowd settled nothing: this run shows little"


def test_of_one_invoice_each_payment_finds_what_the_one_before_left(furnished: Path) -> None:
    with a_copy(furnished, "plain") as plain, a_copy(furnished, "joint") as joint:
        seen = replace(a_payment().signed, scheme=WATCHED)
        one, other = (a_payment(ASKED[0].merchant, invoice=ASKED[0].id, signed=seen) for _ in range(2))
        both([Accept(one, LATER), Accept(other, LATER)], plain, joint, again=False)
        paid = advance(one, SETTLED, NOW)
        both([Record(one, paid, None, told(paid))], plain, joint, again=False)
        undone = advance(paid, Undone("replaced"), NOW)
        both([Record(paid, undone, LATER, told(undone))], plain, joint, again=False)
        late, landed = advance(other, SETTLED, NOW), advance(undone, SETTLED, NOW)

        steps = [Record(other, late, None, told(late)), Record(undone, landed, None, told(landed))]
        both(steps, plain, joint, again=False)

        assert contents(joint) == contents(plain)


def test_a_transfer_for_two_invoices_is_whose_it_is_in_order_of_arrival(furnished: Path) -> None:
    with a_copy(furnished, "plain") as plain, a_copy(furnished, "joint") as joint:
        first, second = ASKED[0], ASKED[2]
        payments = [
            a_payment(tx=tx, invoice=one.id) for tx, one in zip("abbc", (second, second, first, first), strict=True)
        ]

        both([Accept(payment, LATER) for payment in payments], plain, joint, again=True)

        assert contents(joint) == contents(plain)


async def test_a_transfer_is_looked_up_by_its_key(furnished: Path) -> None:
    with a_copy(furnished, "lookup") as tx:
        plan = tx.all("EXPLAIN QUERY PLAN SELECT id FROM payments WHERE " + OF_TRANSFER, chain="c", tx_id="t")

    [step] = [row["detail"] for row in plan]
    assert step.endswith("payments_of_standing_transfer (chain=? AND <expr>=? AND tx_id=? AND void=?)"), "all of it"


def live(crowd: Crowd, plain: Connection, joint: Connection, *, again: bool) -> None:
    """The crowd's payments, each step of all of them in one transaction."""
    accepts: list[Op[object]] = []
    for number, (merchant, tx, invoice, _) in enumerate(crowd):
        wanted = ASKED[invoice].id if invoice < len(ASKED) else None
        created = NOW + timedelta(microseconds=number)
        payment = a_payment(merchant, invoice=wanted, created=created, tx=f"0.0.1001@{tx}.0")
        if invoice == 0:  # found on the ledger: several pay one invoice
            payment = replace(payment, signed=replace(payment.signed, scheme=WATCHED))
        accepts.append(Accept(payment, LATER))
    answers = both(accepts, plain, joint, again=again)
    alive: list[tuple[Payment, list[object]]] = [
        (answer.payment, facts) for answer, (*_, facts) in zip(answers, crowd, strict=True) if isinstance(answer, New)
    ]
    for step in range(max((len(facts) for *_, facts in crowd), default=0)):
        moves = [
            (before, advance(before, facts[step], NOW), facts)  # type: ignore[arg-type]
            for before, facts in alive
            if step < len(facts)
        ]
        moves = [move for move in moves if move[0] is not move[1]]
        once: list[Op[object]] = [
            Record(before, after, None if after.status in OVER else LATER, told(after), ())
            for before, after, _ in moves
        ]
        rivals: list[Op[object]] = [
            Record(before, replace(after, error="a rival"), LATER, news(after, by="rival"))
            for before, after, _ in moves
        ]
        answers = both(one_of_each_invoice_first([*once, *rivals]), plain, joint, again=again)
        assert sum(isinstance(answer, Recorded) for answer in answers) == len(moves)
        changed = {before.id: after for before, after, _ in moves}
        alive = [(changed.get(before.id, before), facts) for before, facts in alive]


def told(after: Payment) -> Telling | None:
    """News that says how the invoice stands; being included is none."""
    if after.status is Status.INCLUDED:
        return None

    def tell(seq: int, stands: Standing | None) -> Event:
        told = stands and [stands.status, str(stands.paid), sorted(stands.flags), stands.opens]
        body = {"network": str(TESTNET), "seq": seq, "status": after.status, "stands": told}
        return replace(news(after)(seq, stands), body=msgspec.json.encode(body))

    return tell


def one_of_each_invoice_first(ops: Sequence[Op[object]]) -> list[Op[object]]:
    """The order they are said to be written in."""
    first, rest, seen = [], [], set()
    for op in ops:
        assert isinstance(op, Record)
        (rest if op.after.invoice is not None and op.after.invoice in seen else first).append(op)
        seen.add(op.after.invoice)
    return [*first, *rest]


def both(ops: Sequence[Op[object]], plain: Connection, joint: Connection, *, again: bool) -> list[object]:
    """Run them on both, and with `again` once more, as after a COMMIT whose answer was lost."""
    for _ in range(1 + again):
        expected = transact(plain, lambda tx: [op(tx) for op in ops])
        assert transact(joint, lambda tx: run_all(tx, ops)) == expected
    return expected


def transact(connection: Connection, act) -> list[object]:
    connection.begin()
    answers: list[object] = act(connection)
    connection.commit()
    return answers


def contents(tx: Tx) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: [tuple(dict(row).values()) for row in tx.all(f"SELECT * FROM {table} ORDER BY {order}")]  # type: ignore[call-overload]
        for table, order in TABLES.items()
    }


class a_copy:  # noqa: N801  # it reads as a verb
    """A connection to a copy of the file."""

    def __init__(self, file: Path, name: str) -> None:
        self._file = file.with_name(f"{name}.db")
        for left in self._file.parent.glob(f"{name}.db*"):
            left.unlink()
        shutil.copy(file, self._file)

    def __enter__(self) -> Connection:
        self._connection = _driver(f"sqlite:///{self._file}").connect(writes=True)
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()
