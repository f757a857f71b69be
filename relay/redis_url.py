"""Redis by its URL: one server, the master that Sentinel names, or a cluster.

    redis://host:port/0   rediss://…   unix://…                one server
    redis+sentinel://host[:26379],host,…/service[/0]           whoever is master; `sentinel_username` and
                                                               `sentinel_password` may be given as in a query string
    redis+cluster://host:port,host:port,…                      any of its nodes, the others are asked for

`rediss+…` is the same over TLS. A URL may carry a password, so it is never logged, and nothing here says it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis.asyncio as redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from relay.errors import Misconfigured

SENTINEL_PORT, PORT = 26379, 6379
EXPECTED = "redis: expected redis://host:6379/0, redis+sentinel://… or redis+cluster://…"
CONNECTIONS = 1_000  # to a server of a kind whose pools do not wait for a free one; who asks bounds what is asked
# What redis-py raises when Redis goes away; on uvloop a write to a connection that just closed is a RuntimeError.
AWAY = (RedisError, OSError, RuntimeError)

Client = redis.Redis | RedisCluster


@dataclass(frozen=True, slots=True)
class Nodes:
    """Open connections; `of` is which of them has a key or channel, None where its server is away."""

    connections: tuple[AbstractConnection, ...]
    of: Callable[[bytes], AbstractConnection | None]
    sharded: bool  # channels belong to servers, as keys do
    whole: bool = True  # all of them are there


def open_redis(url: str, answer_seconds: float, connections: int) -> Client:
    """A client that asks once and waits no longer than that, with so many connections to one server."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        raise Misconfigured(EXPECTED) from None
    options = _options(url, answer_seconds)
    if scheme.endswith("+cluster"):
        return _cluster(url, options)
    if scheme.endswith("+sentinel"):
        return _master(url, options)
    try:
        pool = redis.BlockingConnectionPool.from_url(
            url, max_connections=connections, timeout=answer_seconds, **options
        )
    except ValueError:  # its words may hold the URL
        raise Misconfigured(EXPECTED) from None
    return redis.Redis.from_pool(pool)


async def close_redis(client: Client) -> None:
    """Close a client with every connection it has, and what it asked for its master."""
    await client.aclose()
    if isinstance(client, RedisCluster):  # it closes nothing when it has lost one of its nodes and not yet looked again
        for kept in ("nodes_cache", "startup_nodes"):
            await client.nodes_manager.aclose(kept)
    elif isinstance(client.connection_pool, SentinelConnectionPool):
        for sentinel in client.connection_pool.sentinel_manager.sentinels:
            await sentinel.aclose()


@asynccontextmanager
async def open_nodes(url: str, answer_seconds: float) -> AsyncIterator[Nodes]:
    """Look up who serves now, and connect to all of them. Whatever fails later: do it anew."""
    async with AsyncExitStack() as stack:

        async def connected(connection: AbstractConnection) -> AbstractConnection:
            stack.push_async_callback(connection.disconnect, nowait=True)
            await connection.connect()  # type: ignore[no-untyped-call]
            return connection

        client = open_redis(url, answer_seconds, 1)
        stack.push_async_callback(close_redis, client)
        if isinstance(client, redis.Redis):
            one = await connected(client.connection_pool.make_connection())  # type: ignore[no-untyped-call]
            yield Nodes((one,), lambda name: one, sharded=False)
            return
        cluster = await client.initialize()
        primaries, by_node = cluster.get_primaries(), dict[str, AbstractConnection]()
        for node in primaries:
            with contextlib.suppress(*AWAY):  # the others serve what is theirs
                by_node[node.name] = await connected(node.connection_class(**node.connection_kwargs))

        def of(name: bytes) -> AbstractConnection | None:
            node = cluster.get_node_from_key(name.decode())
            return None if node is None else by_node.get(node.name)

        yield Nodes(tuple(by_node.values()), of, sharded=True, whole=len(by_node) == len(primaries))


def _options(url: str, answer_seconds: float) -> dict[str, Any]:
    return {
        "protocol": 2,  # replies of one shape, whichever parser is installed
        "socket_timeout": answer_seconds,
        "socket_connect_timeout": answer_seconds,
        "socket_keepalive": True,
        "retry": Retry(NoBackoff(), 0),  # whoever asks knows what to do without an answer
    }


def _credentials(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    login, _, _ = parts.netloc.rpartition("@")
    username, _, password = login.partition(":")
    found: dict[str, Any] = {"username": unquote(username) or None, "password": unquote(password) or None}
    return found | ({"ssl": True} if parts.scheme.startswith("rediss") else {})


def _hosts(url: str, port: int) -> list[tuple[str, int]]:
    """The servers a URL lists; raises `Misconfigured` if that is not a list of them."""
    try:
        hosts = [urlsplit(f"//{each}") for each in urlsplit(url).netloc.rpartition("@")[2].split(",")]
        found = [(host.hostname, host.port or port) for host in hosts if host.hostname]
    except ValueError:
        found = []
    if not found:
        raise Misconfigured("redis: after the :// come servers, host:port,host:port")
    return found


def _master(url: str, options: dict[str, Any]) -> redis.Redis:
    parts = urlsplit(url)
    service, _, database = parts.path.strip("/").partition("/")
    if not service or not (database.isdigit() or not database):
        raise Misconfigured("redis: a sentinel's URL ends in the name of its service, redis+sentinel://host,host/NAME")
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    credentials = _credentials(url)
    sentinels = Sentinel(  # type: ignore[no-untyped-call]
        _hosts(url, SENTINEL_PORT),
        sentinel_kwargs={
            **options,
            "username": asked.get("sentinel_username"),
            "password": asked.get("sentinel_password"),
            **({"ssl": True} if "ssl" in credentials else {}),
        },
    )
    master: redis.Redis = sentinels.master_for(
        service, db=int(database or 0), max_connections=CONNECTIONS, **options, **credentials
    )
    return master


def _cluster(url: str, options: dict[str, Any]) -> RedisCluster:
    nodes = [ClusterNode(host, port) for host, port in _hosts(url, PORT)]
    return RedisCluster(startup_nodes=nodes, max_connections=CONNECTIONS, **options, **_credentials(url))
