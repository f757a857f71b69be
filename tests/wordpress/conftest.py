"""WordPress sites for the tests: one of each database for all tests of a process; each test has its articles."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession, CookieJar

from tests.servers.mariadb import MariaDBServer, mariadb
from tests.wordpress.site import Site, running_site

__all__ = ["mariadb"]


@pytest.fixture(scope="session")
def sqlite_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("sqlite-site")) as site:
        yield site


@pytest.fixture(scope="session")
def mariadb_site(tmp_path_factory: pytest.TempPathFactory, mariadb: MariaDBServer) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("mariadb-site"), mariadb) as site:
        yield site


@pytest.fixture(params=["sqlite", "mariadb"])
def any_site(request: pytest.FixtureRequest) -> Site:
    """The same test on both databases."""
    site: Site = request.getfixturevalue(f"{request.param}_site")
    return site


@pytest_asyncio.fixture
async def stranger() -> AsyncIterator[ClientSession]:
    """Somebody with an empty browser and JavaScript off."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        yield http
