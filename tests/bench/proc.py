"""Processes as the kernel sees them: on which cores they run, how much CPU time and memory they took."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1  # prctl(2)
_CPUCLOCK_SCHED = 2  # clock_getcpuclockid(3), as the kernel numbers them
NICE = -15  # before whatever else runs here, where allowed: all that is measured, and who measures; a `nice` stays


def split_cores() -> tuple[list[int], list[int]]:
    """Cores for the server and for everything else; the same ones if there is only one."""
    first, *rest = sorted(os.sched_getaffinity(0))
    return rest[-1:] or [first], [first, *rest[:-1]]


def settle_in(cores: Iterable[int]) -> None:
    """In the child, before exec: on these cores only, and not longer than the benchmark, however that ends.

    The child has a session of its own: Linux shares out a core between sessions first (sched_autogroup), and a priority
    among the processes of one says nothing to those of others.
    """
    os.sched_setaffinity(0, cores)
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    _favour(os.getpid())


def favour(pid: int) -> None:
    """A process that somebody else started, and its descendants, come before others as one does that settled in."""
    for each in _family(pid):
        _favour(each)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and its descendants so far, to the nanosecond."""
    return sum(time.clock_gettime(~each << 3 | _CPUCLOCK_SCHED) for each in _family(pid))


def memory(pid: int) -> int:
    """Resident bytes of a process and its descendants."""
    return sum(map(_resident, _family(pid)))


def own_memory(pid: int) -> int:
    """Resident bytes of one process that are its own: no libraries, no file that it has mapped."""
    [kilobytes] = re.findall(r"^RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return 1024 * int(kilobytes)


def open_files(pid: int) -> int:
    """How many files, sockets and pipes it holds."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def is_held(port: int) -> bool:
    """Whether who is connected to a TCP port of this machine has not ended that: what is on its way may still be."""
    mine, established = f":{port:04X}", "01"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[2].endswith(mine) and line.split()[3] == established for line in lines)


def kernel_holds(port: int) -> int:
    """Bytes sent to a TCP port of this machine that its process has not read; while there is one connection there."""
    mine, held = f":{port:04X}", 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues, *_ = line.split()
        unacknowledged, unread = (int(size, 16) for size in queues.split(":"))
        held += unacknowledged if remote.endswith(mine) else unread if local.endswith(mine) else 0
    return held


def _favour(pid: int) -> None:
    with suppress(OSError):
        if os.getpriority(os.PRIO_PROCESS, pid) == 0:
            os.setpriority(os.PRIO_PROCESS, pid, NICE)
            Path(f"/proc/{pid}/autogroup").write_text(str(NICE))


def _family(pid: int) -> list[int]:
    children = [
        int(child) for threads in Path(f"/proc/{pid}/task").glob("*/children") for child in threads.read_text().split()
    ]
    return [pid, *(member for child in children for member in _family(child))]


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    return 0
