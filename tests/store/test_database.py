"""Group commit: many operations, one transaction, and none of them can tell."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
import uvloop

from relay.devchain.ports import free_port
from relay.errors import InvalidRequest, Misconfigured, NotFound, Overloaded, Unreachable
from relay.store.database import Database, open_database
from relay.store.tx import Op, Tx

CREATE = "CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT NOT NULL)"
COUNT = "SELECT COUNT(*) AS n FROM notes"


@pytest_asyncio.fixture
async def notes(database_url: str) -> AsyncIterator[Database]:
    """A database with one table."""
    async with open_database(database_url) as db:
        await db.write(lambda tx: tx.run(CREATE))
        yield db


def note(id: int, text: str | None = "x") -> Op[int]:
    return lambda tx: tx.run("INSERT INTO notes (id, text) VALUES (:id, :text)", id=id, text=text)


async def count(db: Database) -> int:
    row = await db.read(lambda tx: tx.one(COUNT))
    assert row is not None
    return int(row["n"])


class Gate:
    """An operation that keeps the writer busy until it is opened."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._entered = asyncio.Event()
        self._opened = threading.Event()

    def __call__(self, tx: Tx) -> None:
        self._loop.call_soon_threadsafe(self._entered.set)
        assert self._opened.wait(30)

    async def entered(self) -> None:
        await asyncio.wait_for(self._entered.wait(), 30)

    def open(self) -> None:
        self._opened.set()


async def queued(*coroutines: object) -> list[asyncio.Task[object]]:
    """Start them and let each reach the queue, in order."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]  # type: ignore[call-overload]
    await asyncio.sleep(0)
    return tasks


async def test_what_is_written_is_read(notes: Database) -> None:
    assert await notes.write(note(1, "ein % und ein :name")) == 1

    rows = await notes.read(
        lambda tx: tx.all("SELECT id, text FROM notes WHERE text = :text", text="ein % und ein :name")
    )
    assert [(row["id"], row["text"]) for row in rows] == [(1, "ein % und ein :name")]
    assert await notes.read(lambda tx: tx.one("SELECT id FROM notes WHERE id = :id", id=2)) is None


async def test_what_waits_together_is_committed_together(notes: Database) -> None:
    first, last = Gate(), Gate()
    [head] = await queued(notes.write(first))
    await first.entered()
    tasks = await queued(*(notes.write(note(id)) for id in range(50)), notes.write(last))
    first.open()
    await last.entered()

    assert await count(notes) == 0  # fifty have run, none is committed
    assert not any(task.done() for task in tasks)
    last.open()

    assert await asyncio.gather(head, *tasks) == [None, *[1] * 50, None]
    assert await count(notes) == 50


async def test_a_bad_operation_hurts_only_itself(notes: Database) -> None:
    def unlucky(tx: Tx) -> None:
        note(100)(tx)
        raise NotFound("nothing there")

    def sloppy(tx: Tx) -> None:
        note(101)(tx)
        next(iter(()))

    gate = Gate()
    await queued(notes.write(gate))
    await gate.entered()
    tasks = await queued(
        *(notes.write(note(id)) for id in range(10)),
        notes.write(unlucky),
        notes.write(note(5)),
        notes.write(note(11, None)),
        notes.write(sloppy),
        *(notes.write(note(id)) for id in range(20, 30)),
    )
    gate.open()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [result for result in results if not isinstance(result, Exception)] == [1] * 20
    missing, duplicate, null, stopped = [result for result in results if isinstance(result, Exception)]
    assert isinstance(missing, NotFound)
    assert isinstance(duplicate, (sqlite3.IntegrityError, psycopg.errors.UniqueViolation))
    assert isinstance(null, (sqlite3.IntegrityError, psycopg.errors.NotNullViolation))
    assert isinstance(stopped, RuntimeError)
    assert await count(notes) == 20


async def test_who_stops_waiting_disturbs_nobody(notes: Database) -> None:
    gate = Gate()
    await queued(notes.write(gate))
    await gate.entered()
    tasks = await queued(*(notes.write(note(id)) for id in range(3)))
    tasks[1].cancel()
    gate.open()

    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert results[0] == results[2] == 1
    assert isinstance(results[1], asyncio.CancelledError)
    assert await count(notes) == 3  # it was on its way


async def test_beyond_the_bound_it_is_refused_at_once(database_url: str) -> None:
    async with open_database(database_url, queue=3) as db:
        gate = Gate()
        tasks = await queued(*(db.write(gate) for _ in range(3)))
        db.write_later(gate)  # nobody hears of this one

        with pytest.raises(Overloaded):
            await db.write(gate)

        gate.open()
        await asyncio.gather(*tasks)
        await db.write(gate)


async def test_what_waited_too_long_is_refused_and_not_run(database_url: str) -> None:
    async with open_database(database_url) as db:
        await db.write(lambda tx: tx.run(CREATE))
    async with open_database(database_url, patience=1.2) as db:
        gate = Gate()
        [head] = await queued(db.write(gate))
        await gate.entered()
        tasks = await queued(db.write(note(1)), db.write(note(2)))
        for _ in range(2):
            await asyncio.sleep(0.7)  # time itself is tried here: together longer than they have patience
        gate.open()

        results = await asyncio.gather(*tasks, return_exceptions=True)

        await head
        assert [type(result) for result in results] == [Overloaded, Overloaded]
    async with open_database(database_url) as db:  # patient
        assert await count(db) == 0


async def test_closing_serves_what_waits_and_leaves_no_thread(database_url: str) -> None:
    async with open_database(database_url) as db:
        await db.write(lambda tx: tx.run(CREATE))
        tasks = await queued(*(db.write(note(id)) for id in range(600)), db.read(lambda tx: tx.one(COUNT)))

    assert all(task.done() for task in tasks)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("relay-")] == []
    with pytest.raises(Overloaded):
        await db.write(note(601))
    async with open_database(database_url) as db:
        assert await count(db) == 600


async def test_a_failing_body_closes_the_database_too(database_url: str) -> None:
    with pytest.raises(RuntimeError, match="body"):
        async with open_database(database_url):
            raise RuntimeError("body")

    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("relay-")] == []


async def test_a_reader_cannot_write_on_sqlite(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/relay.db") as db:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await db.read(lambda tx: tx.run(CREATE))


async def test_a_write_nobody_waits_for_may_fail_quietly(notes: Database) -> None:
    notes.write_later(note(1))
    notes.write_later(note(1))
    await notes.write(lambda tx: None)

    assert await count(notes) == 1


async def test_a_text_postgresql_cannot_hold_is_an_invalid_request(postgres_url: str) -> None:
    async with open_database(postgres_url) as db:
        await db.write(lambda tx: tx.run(CREATE))

        with pytest.raises(InvalidRequest):
            await db.write(note(1, "a\x00b"))

        await db.write(note(1))


async def test_a_swallowed_error_does_not_pass_for_a_commit(postgres_url: str) -> None:
    def careless(tx: Tx) -> None:
        try:
            tx.run("INSERT INTO nowhere VALUES (1)")
        except psycopg.Error:
            return

    async with open_database(postgres_url) as db:
        with pytest.raises(RuntimeError, match="ROLLBACK"):
            await db.write(careless)


async def test_a_relative_path_is_taken_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async with open_database("sqlite:///here.db"):
        pass

    assert (tmp_path / "here.db").is_file()


@pytest.mark.parametrize("url", ["", "relay.db", "mysql://localhost/x", "sqlite:///", "sqlite://relay.db"])
async def test_a_url_that_is_none_says_what_one_looks_like(url: str) -> None:
    with pytest.raises(Misconfigured, match=r"sqlite:///relay\.db"):
        async with open_database(url):
            pass


async def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    junk = tmp_path / "junk.db"
    junk.write_text("this is no database " * 100)
    stuck = tmp_path / "stuck.db"
    stuck.with_name("stuck.db-journal").mkdir()  # as in a folder that nobody may write to
    for url in (f"sqlite:///{tmp_path}/missing/relay.db", f"sqlite:///{junk}", f"sqlite:///{stuck}"):
        with pytest.raises(Misconfigured, match=r"\.db"):
            async with open_database(url):
                pass


async def test_a_postgresql_url_that_makes_no_sense_is_misconfigured() -> None:
    with pytest.raises(Misconfigured, match="URL"):
        async with open_database("postgresql://localhost:not-a-port/x?nonsense=1"):
            pass


async def test_a_server_that_is_not_there_is_unreachable(postgres_url: str) -> None:
    with pytest.raises(Unreachable):
        async with open_database(f"postgresql://postgres@127.0.0.1:{free_port()}/x", patience=0.2):
            pass


async def test_another_process_that_writes_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"
    async with open_database(f"sqlite:///{path}") as db:
        await db.write(lambda tx: tx.run(CREATE))
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        tasks = await queued(*(db.write(note(id)) for id in range(5)))
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in tasks)
        assert await count(db) == 0  # readers are not in its way
        other.execute("ROLLBACK")
        other.close()

        assert await asyncio.gather(*tasks) == [1] * 5


async def test_another_process_that_does_not_end_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"
    async with open_database(f"sqlite:///{path}", patience=1) as db:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(Unreachable, match="gives no answer"):
            await db.write(lambda tx: tx.run(CREATE))

        other.close()


def test_it_runs_on_uvloop(tmp_path: Path) -> None:
    async def main() -> int:
        async with open_database(f"sqlite:///{tmp_path}/relay.db") as db:
            await db.write(lambda tx: tx.run(CREATE))
            await asyncio.gather(*(db.write(note(id)) for id in range(100)))
            return await count(db)

    assert uvloop.run(main()) == 100


class Wire:
    """A proxy before PostgreSQL that can break the connection at COMMIT, before the server has it or after."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cuts: list[str] = []  # what to do at the next commits: "before", "after"
        self.cut = 0

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        back = asyncio.ensure_future(_copy(server, to_client))
        try:
            while data := await client.read(65536):
                if b"COMMIT" in data and b"COMMITTED" not in data and self.cuts:
                    self.cut += 1
                    if self.cuts.pop(0) == "after":
                        back.cancel()
                        await asyncio.wait([back])
                        to_server.write(data)
                        await server.read(65536)  # the answer: it is durable, and nobody will know
                    return
                to_server.write(data)
        finally:
            back.cancel()
            await asyncio.wait([back])
            to_server.close()
            to_client.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)


@pytest_asyncio.fixture
async def wire(postgres_url: str) -> AsyncIterator[tuple[Wire, str]]:
    address, _, name = postgres_url.rpartition("/")
    wire = Wire(int(address.rpartition(":")[2]))
    served: set[asyncio.Task[None]] = set()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.ensure_future(wire.serve(reader, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield wire, f"postgresql://postgres@127.0.0.1:{server.sockets[0].getsockname()[1]}/{name}"
    server.close()
    if served:
        await asyncio.wait(served, timeout=30)


@pytest.mark.parametrize("cuts", [["before"], ["after"], ["after", "before", "after"]])
async def test_a_wire_that_breaks_at_commit_loses_and_doubles_nothing(wire: tuple[Wire, str], cuts: list[str]) -> None:
    def once(id: int) -> Op[int]:
        return lambda tx: tx.run("INSERT INTO notes (id, text) VALUES (:id, 'x') ON CONFLICT DO NOTHING", id=id)

    proxy, url = wire
    async with open_database(url) as db:
        await db.write(lambda tx: tx.run(CREATE))
        proxy.cuts = [*cuts]

        await asyncio.gather(*(db.write(once(id)) for id in range(20)))

        assert proxy.cut == len(cuts)
        assert await count(db) == 20


async def test_a_server_that_drops_the_connection_is_called_again(postgres_url: str) -> None:
    kill = "SELECT pg_terminate_backend(pg_backend_pid())"
    attempts: list[int] = []

    def interrupted(id: int) -> Callable[[Tx], int]:
        def op(tx: Tx) -> int:
            done = note(id)(tx)
            attempts.append(id)
            if len(attempts) in (3, 5):
                tx.one(kill)
            return done

        return op

    async with open_database(postgres_url) as db:
        await db.write(lambda tx: tx.run(CREATE))

        assert await asyncio.gather(*(db.write(interrupted(id)) for id in range(10))) == [1] * 10
        assert await count(db) == 10

        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'relay %' AND datname = current_database()"
            )
        assert await db.write(note(11)) == 1
        assert await count(db) == 11


async def test_two_transactions_that_wait_for_each_other_both_get_through(postgres_url: str) -> None:
    barrier = threading.Barrier(2)

    def crossing(first: int, second: int) -> Op[None]:
        met: list[bool] = []

        def op(tx: Tx) -> None:
            tx.run("UPDATE notes SET text = text || 'x' WHERE id = :id", id=first)
            if not met:
                met.append(True)
                barrier.wait(30)
            tx.run("UPDATE notes SET text = text || 'x' WHERE id = :id", id=second)

        return op

    async with open_database(postgres_url) as one, open_database(postgres_url) as two:
        await one.write(lambda tx: tx.run(CREATE))
        await one.write(note(1, ""))
        await one.write(note(2, ""))

        await asyncio.gather(one.write(crossing(1, 2)), two.write(crossing(2, 1)))

        rows = await one.read(lambda tx: tx.all("SELECT text FROM notes"))
        assert [row["text"] for row in rows] == ["xx", "xx"]
