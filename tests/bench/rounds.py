"""`python -m tests.bench.rounds [--rounds 100000]`: clients come, pay and leave, again and again; memory stays.

Each round is a new connection: every second one joins with the merchant's key and listens to all of his events; it
pays, waits until it is settled, and leaves as a browser does or as one whose battery is empty. The relay is the real
one, its journal on SQLite. The first quarter fills caches; what grows after that, grows. Prints one JSON object; exit
code 1 when a round leaves more than `BOUND_BYTES` behind: a connection that is forgotten would leave a thousand.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from tests.bench.load import NODE, Purse
from tests.bench.proc import split_cores
from tests.bench.process import ROOT
from tests.bench.servers import NETWORK, RelayServer, Stub
from tests.bench.wire import Wallet

AT_ONCE = 128  # each waits a tenth of a second for its receipt; so many keep the relay's core busy
SAMPLES = 20
BOUND_BYTES = 200.0


async def go_round(server: RelayServer, rounds: int) -> list[int]:
    """That many rounds; the relay's memory in bytes after each twentieth of them."""
    purse, memory = Purse(), [server.memory()]
    for _ in range(SAMPLES):
        raws = purse.sign(rounds // SAMPLES, AT_ONCE)
        await asyncio.gather(*(_come_and_go(server, raws) for _ in range(AT_ONCE)))
        memory.append(server.memory())
    return memory


async def _come_and_go(server: RelayServer, raws: list[bytes]) -> None:
    while raws:
        raw, turn = raws.pop(), len(raws)
        client = await Wallet.connect(server.url, {"apiKey": server.key} if turn % 2 else None)
        if turn % 2:
            await client.ask("SUBSCRIBE", {"merchant": True})
        await client.pay(raw)
        await client.settle(1)
        if turn % 4 < 2:
            client.cut()
        else:
            client.close()


def left_behind(memory: list[int], rounds: int) -> float:
    """Bytes a round leaves, by the last three quarters of them."""
    start = len(memory) // 4
    return (memory[-1] - memory[start]) / (rounds * (len(memory) - 1 - start) / (len(memory) - 1))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rounds", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100_000)
    rounds = parser.parse_args().rounds
    server_cores, other_cores = split_cores()
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rounds-", dir=ROOT / "build") as name:
        folder = Path(name)
        stub = Stub(folder, other_cores)
        server = RelayServer(folder / "relay", {NETWORK: ({"nodes": {stub.address: NODE}}, "0.0.2001")}, server_cores)
        server.start()
        try:
            start = time.monotonic()
            memory = uvloop.run(go_round(server, rounds))
            seconds = time.monotonic() - start
        finally:
            server.stop()
            stub.stop()
    grows = left_behind(memory, rounds)
    print(json.dumps({
        "figure": "rounds_left_behind",
        "unit": "bytes per round",
        "ours": round(grows, 1),
        "rounds": rounds,
        "seconds": round(seconds),
        "megabytes": [round(each / 1e6, 1) for each in memory],
    }))  # fmt: skip
    return 1 if grows > BOUND_BYTES else 0


if __name__ == "__main__":
    sys.exit(main())
