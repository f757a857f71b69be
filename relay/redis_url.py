"""Redis by its URL: one server, the master that Sentinel names, or a cluster.

    redis://host:port/0   rediss://…   unix://…                one server
    redis+sentinel://host[:26379],host,…/service[/0]           whoever is master; `sentinel_username` and
                                                               `sentinel_password` may be given as in a query string
    redis+cluster://host:port,host:port,…                      any of its nodes, the others are asked for

`rediss+…` is the same over TLS. A URL may carry a password, so it is never logged, and nothing here says it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis.asyncio as redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from relay.errors import Misconfigured

SENTINEL_PORT, PORT = 26379, 6379
# What redis-py raises when Redis goes away; on uvloop a write to a connection that just closed is a RuntimeError.
AWAY = (RedisError, OSError, RuntimeError)

Client = redis.Redis | RedisCluster


@dataclass(frozen=True, slots=True)
class Nodes:
    """Connections to every server that has a part, open; `of` is which of them has a key or channel."""

    connections: tuple[AbstractConnection, ...]
    of: Callable[[bytes], AbstractConnection]
    sharded: bool  # channels belong to servers, as keys do


def open_redis(url: str, answer_seconds: float, connections: int) -> Client:
    """A client that asks once, and waits no longer than that for an answer or a free connection."""
    scheme = urlsplit(url).scheme
    options = _options(url, answer_seconds)
    if scheme.endswith("+cluster"):
        return _cluster(url, options, max_connections=connections)
    if scheme.endswith("+sentinel"):
        return _master(url, options, max_connections=connections)
    pool = redis.BlockingConnectionPool.from_url(url, max_connections=connections, timeout=answer_seconds, **options)
    return redis.Redis.from_pool(pool)


@asynccontextmanager
async def open_nodes(url: str, answer_seconds: float) -> AsyncIterator[Nodes]:
    """Look up who serves now, and connect to all of them. Whatever fails: do it anew."""
    async with AsyncExitStack() as stack:

        async def connected(connection: AbstractConnection) -> AbstractConnection:
            stack.push_async_callback(connection.disconnect, nowait=True)
            await connection.connect()  # type: ignore[no-untyped-call]
            return connection

        client = open_redis(url, answer_seconds, 1)
        stack.push_async_callback(client.aclose)
        if isinstance(client, redis.Redis):
            one = await connected(client.connection_pool.make_connection())  # type: ignore[no-untyped-call]
            yield Nodes((one,), lambda name: one, sharded=False)
            return
        cluster = await client.initialize()
        by_node = {
            node.name: await connected(node.connection_class(**node.connection_kwargs))
            for node in cluster.get_primaries()
        }

        def of(name: bytes) -> AbstractConnection:
            node = cluster.get_node_from_key(name.decode())
            if node is None:
                raise ConnectionError("the cluster has nobody for a slot")
            return by_node[node.name]

        yield Nodes(tuple(by_node.values()), of, sharded=True)


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


def _master(url: str, options: dict[str, Any], max_connections: int) -> redis.Redis:
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
        service, db=int(database or 0), max_connections=max_connections, **options, **credentials
    )
    return master


def _cluster(url: str, options: dict[str, Any], max_connections: int) -> RedisCluster:
    nodes = [ClusterNode(host, port) for host, port in _hosts(url, PORT)]
    return RedisCluster(startup_nodes=nodes, max_connections=max_connections, **options, **_credentials(url))
