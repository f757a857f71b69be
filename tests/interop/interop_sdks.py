"""The four SDKs as programs to run; README.md says what they take and print."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TIMEOUT_SECONDS = 120  # a JVM on a busy machine; a whole run takes two seconds on an idle one


@dataclass(frozen=True)
class Sdk:
    """One SDK behind its program."""

    name: str
    program: str

    async def execute(self, node: str) -> dict[str, object]:
        """Pay on the development node at `host:port`."""
        return await self._run("execute", node)

    async def sign(self, *asked: dict[str, object]) -> list[dict[str, str]]:
        """Sign transfers offline; `bytes` come as hex."""
        return await self._run("sign", json.dumps(asked))

    @property
    def is_javascript(self) -> bool:
        return self.program.endswith(".mjs")

    @property
    def needs_java(self) -> bool:
        return "jvm" in self.program

    async def _run(self, *arguments: str) -> object:
        interpreter = "node" if self.is_javascript else sys.executable
        environment = dict(os.environ)
        if self.needs_java:
            environment["JAVA_HOME"] = java_home() or ""
        running = await asyncio.create_subprocess_exec(
            interpreter,
            str(HERE / self.program),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            out, err = await asyncio.wait_for(running.communicate(), TIMEOUT_SECONDS)
        except TimeoutError:
            running.kill()
            await running.communicate()
            raise
        if running.returncode != 0:
            raise RuntimeError(f"{self.name} failed:\n{err.decode()[-3000:]}")
        return json.loads(out)


SDKS = (
    Sdk("hiero-sdk-python", "hiero_python.py"),
    Sdk("hedera-sdk-py", "hedera_jvm.py"),
    Sdk("@hashgraph/sdk", "hashgraph_js.mjs"),
    Sdk("@hiero-ledger/sdk", "hiero_ledger_js.mjs"),
)


def java_home() -> str | None:
    """Where a Java is, as pyjnius wants to be told; None where none is installed."""
    if os.environ.get("JAVA_HOME"):
        return os.environ["JAVA_HOME"]
    found = shutil.which("javac") or shutil.which("java")
    if found is None:
        installed = sorted(Path("/usr/lib/jvm").glob("*/bin/java"))
        found = str(installed[0]) if installed else None
    return str(Path(found).resolve().parent.parent) if found else None
