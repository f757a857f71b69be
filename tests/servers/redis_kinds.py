"""Redis in its other shapes, of real servers: a master with a replica under Sentinel, and a cluster of three.

Both have `url` and `kill()`, which takes away one that matters: the master, or a node.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

from relay.devchain.ports import free_port
from tests.servers.redis import RedisServer

SLOTS = 16_384
SECONDS = 40.0


def until(true: Callable[[], bool], what: str) -> None:
    leave = time.monotonic() + SECONDS
    while not true():
        if time.monotonic() > leave:
            raise AssertionError(f"not in {SECONDS} s: {what}")
        time.sleep(0.02)


class Watched:
    """A master, a replica, and one sentinel that replaces the one by the other."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.master = _started(RedisServer(folder, options=("--repl-diskless-sync-delay", "0")), stack)
        self.replica = _started(RedisServer(folder, options=("--replicaof", "127.0.0.1", str(self.master.port))), stack)
        with redis.Redis(port=self.replica.port) as replica:  # the sentinel asks each, and then not for ten seconds
            until(lambda: replica.info("replication")["master_link_status"] == "up", "the replica follows the master")
        self._port = free_port()
        config = folder / "sentinel.conf"
        config.write_text(
            f"port {self._port}\nbind 127.0.0.1\nsentinel monitor shop 127.0.0.1 {self.master.port} 1\n"
            "sentinel down-after-milliseconds shop 60000\nsentinel failover-timeout shop 2000\n"
        )
        process = subprocess.Popen(["redis-server", config, "--sentinel"], cwd=folder, stdout=subprocess.DEVNULL)
        stack.callback(process.wait)
        stack.callback(process.kill)
        self._sentinel = redis.Redis(port=self._port, decode_responses=True)
        stack.callback(self._sentinel.close)
        until(self._knows_the_replica, "the sentinel knows the replica")

    @property
    def url(self) -> str:
        return f"redis+sentinel://127.0.0.1:{free_port()},127.0.0.1:{self._port}/shop/0"  # the first one is away

    def kill(self) -> None:
        """Only now is silence taken for death: a busy machine keeps a living one silent for as long."""
        self._sentinel.sentinel_set("shop", "down-after-milliseconds", 300)
        self.master.kill()

    def _knows_the_replica(self) -> bool:
        try:
            [replica] = self._sentinel.sentinel_slaves("shop")
        except (redis.RedisError, ValueError):
            return False
        return replica["master-link-status"] == "ok"  # type: ignore[no-any-return]


class Cluster:
    """Three nodes that share the slots; without replicas."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.nodes: list[RedisServer] = []
        buses = []
        for number in range(3):
            buses.append(free_port())
            options = (
                *("--cluster-enabled", "yes", "--cluster-config-file", f"nodes-{number}.conf"),
                *("--cluster-port", str(buses[-1]), "--cluster-node-timeout", "15000"),
                *("--cluster-require-full-coverage", "no"),  # what one node has is away, the rest is served
            )
            self.nodes.append(_started(RedisServer(folder, options=options), stack))
        share = -(-SLOTS // len(self.nodes))
        self._clients = clients = [
            stack.enter_context(redis.Redis(port=node.port, decode_responses=True)) for node in self.nodes
        ]
        for number, client in enumerate(clients):
            last = min((number + 1) * share, SLOTS) - 1
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last)
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port, buses[0])

        def whole() -> bool:
            states = [client.execute_command("CLUSTER", "INFO") for client in clients]
            return all("cluster_state:ok" in state and "cluster_known_nodes:3" in state for state in map(str, states))

        until(whole, "the nodes of the cluster know each other")
        for client in clients:  # from now on silence is no death: a busy machine keeps a living node silent for as long
            client.config_set("cluster-node-timeout", 60_000)

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def kill(self) -> None:
        self.nodes[-1].kill()  # the first is whom clients ask who has what: they would get no further

    def move(self, key: str) -> None:
        """Give the key's slot, which is empty, to another node."""
        slot = self._clients[0].execute_command("CLUSTER", "KEYSLOT", key)
        share = -(-SLOTS // len(self.nodes))
        owner = slot // share
        others = [client for number, client in enumerate(self._clients) if number != owner]
        target = others[0].execute_command("CLUSTER", "MYID")
        others[0].execute_command("CLUSTER", "SETSLOT", slot, "NODE", target)
        # Or the owner's last word, still on its way, would take it back.
        others[0].execute_command("CLUSTER", "BUMPEPOCH")
        for client in (*others[1:], self._clients[owner]):
            client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", target)


@contextmanager
def redis_kind(kind: str, folder: Path) -> Iterator[RedisServer | Watched | Cluster]:
    """`one`, `sentinel` or `cluster`, until the block ends."""
    with ExitStack() as stack:
        match kind:
            case "one":
                yield _started(RedisServer(folder), stack)
            case "sentinel":
                yield Watched(folder, stack)
            case _:
                yield Cluster(folder, stack)


def _started(server: RedisServer, stack: ExitStack) -> RedisServer:
    server.start()
    stack.callback(server.kill)
    return server
