"""A process of a benchmark: pinned to its cores, asked in lines, gone when the benchmark is."""

from __future__ import annotations

import json
import select
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from tests.bench import proc

ROOT = Path(__file__).resolve().parents[2]
ORDER_SECONDS = 120.0
STOP_SECONDS = 10.0


class Failed(Exception):
    """A process of the benchmark did not do its part; the message says which, and what it said."""


class Process:
    """A child process that answers in lines."""

    def __init__(self, name: str, command: Sequence[str], cores: Iterable[int], errors: Path) -> None:
        self.name = name
        self._errors = errors
        with errors.open("ab") as log:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                cwd=ROOT,
                start_new_session=True,
                preexec_fn=lambda: proc.settle_in(cores),
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def line(self, seconds: float) -> str:
        """Its next line."""
        stdout: IO[bytes] = self._popen.stdout  # type: ignore[assignment]  # it is a pipe
        line = stdout.readline() if select.select([stdout], [], [], seconds)[0] else b""
        if not line:
            raise Failed(f"{self.name} did not answer within {seconds:.0f} s. {self.last_words()}")
        return line.decode().strip()

    def last_words(self) -> str:
        """How it ended, if it has, and what it said."""
        ended = self._popen.poll()
        said = self._errors.read_text(errors="replace")[-1500:].strip()
        return f"{self.name} {'runs' if ended is None else f'ended with {ended}'}; it said:\n{said or '(nothing)'}"

    def ask(self, order: dict[str, object]) -> dict[str, Any]:
        """One JSON object there, one back."""
        stdin: IO[bytes] = self._popen.stdin  # type: ignore[assignment]  # it is a pipe
        stdin.write(json.dumps(order).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self.line(ORDER_SECONDS))
        if "error" in answer:
            raise Failed(f"{self.name}: {answer['error']}")
        return answer

    def kill(self) -> None:
        self._popen.kill()
        self.stop()

    def stop(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                pipe.close()
