"""One paragraph that says what the numbers are."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sysconfig
from collections.abc import Sequence


def method(rounds: int, server_cores: Sequence[int], other_cores: Sequence[int]) -> str:
    apart = "pinned to different cores" if set(server_cores) != set(other_cores) else "sharing the only core"
    return (
        f"Medians of {rounds} interleaved round{'s' if rounds != 1 else ''} [lowest to highest]; each section "
        "of each round has processes of its own, so that no figure depends on what ran before it. "
        f"{_python()}; Node {_node()}; {os.cpu_count()} cores, what is measured and everything else {apart}, "
        f"before other processes where that is allowed; load average {os.getloadavg()[1]:.1f} at the end. "
        "A ratio above 1 says that ours is better; where nobody else does the same, `peer` in bench.json is the bound. "
        "node: a Node relay of ours (tests/bench/peer) that does the same work without a journal, with a hot V8: all "
        "are paid as many thousand times before they are measured, a while each in turn. stock: ours on "
        "python-socketio's own sockets, of which 1,000 of 10,000 leave, where of ours and of "
        "Node's all do. No journal: ours with the journal in memory (tests/bench/bare_relay.py); "
        "fan-out and connections are measured so, without a signature check. "
        "News beside a slow reader: two payments a second, so that neither the relay nor the 10,000 are busy for more "
        "than half of the time, stretches of a second with him and without in turn, p99 of each, the medians of four. "
        "The journal is SQLite with synchronous=FULL. The journal alone runs on all cores beside its PostgreSQL, "
        "which is new, has log files to write into as one that has run for a while, commits durably, and comes before "
        "other processes as its client does: it waits for this disk, whose commit is in the table. "
        "A stub node says yes at once; CPU time covers a payment until "
        "it is settled: two node calls, two events and, with the journal, three writes. Capacity is what a server "
        "answers per second with 64 in flight. At 60 % of its own, the faster does more work; the same rate, the same "
        "work for all, is 60 % of the slowest one's. Latency is from handing a transfer to the socket until its ack is "
        "read; of a fixed rate, payments start at their times whether or not earlier ones were answered. EVM: anvil "
        "beside the load, asked for its head every 20 ms; four keys of the relay, one transaction per payment, where "
        "blocks come by the second for five of them, from the start of one; a "
        "verification is decode and every check, no server in front. x402: over HTTP with one key each, "
        "facilitators in turn on chains alike: PyPI's on 256 threads with secp256k1 in C, npm's with a nonce manager; "
        "each on the core of what is measured, chain and load on the other (the bounds come from runs that shared all "
        "cores, where a rate is also the machine's); three blocks, from the start of one: with 256 in flight nobody "
        "settles more than 256 a second, and a peer above 64 leaves the bound no room; settlements per CPU-second of "
        "the facilitator, threads included, say the rest."
    )


def _python() -> str:
    """With how it was built: Debian's says so nowhere but in its own rules."""
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    if "--enable-optimizations" in arguments:
        built = "compiled with --enable-optimizations"
    elif sysconfig.get_config_var("prefix") == "/usr":
        built = "the system's own, as distributions build it: profile-guided"
    else:
        built = "compiled without --enable-optimizations, which costs ours 5 to 10 %: most Pythons are profile-guided"
    return f"Python {platform.python_version()}, {built}"


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        return "none"
    return subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10).stdout.strip().lstrip("v")
