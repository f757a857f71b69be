"""Fixtures every suite may use: databases, Redis, a development node, a relay of its own process."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

import relay.chains.eip155.recursion  # tests import eth-account, and it would undo a bound
from relay.devchain import ports
from relay.devnet import open_devnet
from relay.devnet.network import DevNode
from relay.store.database import open_database
from relay.store.migrate import migrate
from tests.servers.postgres import PostgresServer, postgres, postgres_model, postgres_url
from tests.servers.redis import redis_server
from tests.servers.relay_process import RelayProcess, prepare

__all__ = ["postgres", "postgres_model", "postgres_url", "redis_server"]

# How long an example takes is the machine's business: it may be busy with other tests.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

# Nor do two processes of the suite choose one port before either listens there.
ports.PORTS = ports.PORTS[int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 8 :: 8]

MERCHANTS = {"shop": "0.0.2001", "blog": "0.0.2002"}
CONSENSUS = timedelta(milliseconds=30)
SPREAD = 0.85  # of the other files have begun when the last slow one does


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests are spread among the others: they wait for browsers and processes while the others compute.

    xdist gives its processes whole files, in this order. Were the slow ones first, a core would idle meanwhile and both
    would be queued for afterwards; were one of them among the last, it would end alone.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    files = list(dict.fromkeys(item.path for item in items))
    waiting, computing = [path for path in files if path in slow], [path for path in files if path not in slow]
    place = {path: float(at) for at, path in enumerate(computing)}
    step = SPREAD * len(computing) / max(len(waiting), 1)
    place |= {path: at * step - 0.5 for at, path in enumerate(waiting)}
    items.sort(key=lambda item: place[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Of thousands of tests none is garbage, now or later: to look for some was a quarter of the work of collecting."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with this version's schema and nothing in it, once of each kind."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a schema, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/relay.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@pytest_asyncio.fixture
async def devnet() -> AsyncIterator[DevNode]:
    """A development node in this process, quick to agree."""
    async with open_devnet(port=ports.free_port(), consensus=CONSENSUS) as node:  # so that it can come back there
        yield node


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with this version's schema: to copy it takes a millisecond, to migrate fifty."""
    file = tmp_path_factory.mktemp("model") / "relay.db"
    async with open_database(f"sqlite:///{file}") as db:
        await migrate(db)
    return file


@pytest.fixture
def sqlite_url(sqlite_model: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_model, tmp_path)}"


Start = Callable[..., Awaitable[RelayProcess]]


@pytest_asyncio.fixture
async def start_relay(tmp_path: Path) -> AsyncIterator[Start]:
    """Start relay processes; all are gone when the test is."""
    async with AsyncExitStack() as stack:

        async def start(database: str, devnet: DevNode, **options: object) -> RelayProcess:
            process = RelayProcess(tmp_path, database, devnet.network, devnet.mirror, **options)  # type: ignore[arg-type]
            return await stack.enter_async_context(process)

        yield start


@pytest_asyncio.fixture
async def keys(sqlite_url: str) -> dict[str, str]:
    """API keys of the merchants in a fresh SQLite database, by merchant."""
    return await prepare(sqlite_url, MERCHANTS)


@pytest_asyncio.fixture
async def relay(sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start) -> RelayProcess:
    """A relay on SQLite over the development node."""
    return await start_relay(sqlite_url, devnet)
