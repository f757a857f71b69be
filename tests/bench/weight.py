"""What a payment weighs outside the relay, for capacity.py; no peer does the same.

Run as a module it is ledger_load.py with a single merchant, all of whose events one row numbers.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime

import psycopg
import uvloop

from relay.chain import Taken
from relay.ids import new_id
from relay.payment import advance
from relay.wire import events
from tests.bench import ledger_load
from tests.bench.figures import Figure, Rig, Values
from tests.bench.ledger import IN_FLIGHT, postgresql
from tests.bench.load import serve
from tests.bench.servers import Load
from tests.servers.postgres import find_postgres

FIGURES = (
    Figure("postgresql_wal", "PostgreSQL: write-ahead log of a payment", "B"),
    Figure("postgresql_rows", "PostgreSQL: what a payment adds to the database, indexes too", "B"),
    Figure("postgresql_one_merchant", "PostgreSQL: payments per second of a single merchant", "1/s", more=True),
    Figure("event_bytes", "an event on the wire", "B"),
)
SIZES = "SELECT pg_database_size(current_database()), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"


def rows(rig: Rig) -> Values:
    """Payments of one merchant written into PostgreSQL, on all cores."""
    values = {"event_bytes": float(len(_event()))}
    if find_postgres() is None:
        return values
    with ExitStack() as stack:
        url = stack.enter_context(postgresql())
        load = Load(rig.folder, sorted({*rig.server_cores, *rig.other_cores}), "tests.bench.weight")
        stack.callback(load.stop)
        load("open", url=url)
        load("write", payments=rig.scale.journal // 4, in_flight=IN_FLIGHT)  # files and plans are made
        size, wal = _sizes(url)
        whole = load("write", payments=rig.scale.journal, in_flight=IN_FLIGHT)
        size_after, wal_after = _sizes(url)
        load("close")
    return values | {
        "postgresql_wal": (wal_after - wal) / rig.scale.journal,
        "postgresql_rows": (size_after - size) / rig.scale.journal,
        "postgresql_one_merchant": rig.scale.journal / whole["seconds"],
    }


def _sizes(url: str) -> tuple[int, int]:
    """Of the database, and of the log since it began."""
    with psycopg.connect(url) as db:
        found = db.execute(SIZES).fetchone()
    if found is None:
        raise ValueError("PostgreSQL did not say how large it is")
    return found[0], found[1]


def _event() -> bytes:
    """What is told when a payment was taken."""
    now = datetime.now(UTC)
    payment = advance(ledger_load.a_payment(0), Taken(0), now)
    return events.payment_event(payment, id=new_id("evt", now), seq=1_000_000, token=None, invoice=None).body


MEASUREMENTS = (rows,)


if __name__ == "__main__":
    ledger_load.MERCHANTS = 1
    uvloop.run(serve(ledger_load.LedgerLoad))
