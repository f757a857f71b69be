"""plugins/js: its own tests under Node, its types, and the client over a real relay."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
from pathlib import Path

import pytest

from tests.browser.processes import ROOT, running_demo
from tests.js import generate, generate_eip155

HERE = Path(__file__).parent
SMALL = Path("without-socket.io.js")
NODE = shutil.which("node")
pytestmark = [
    pytest.mark.skipif(NODE is None, reason="Node is not installed; `make test` as root installs it"),
    pytest.mark.skipif(not (HERE / "node_modules").exists(), reason="run `npm ci` in tests/js"),
]


async def node(*arguments: str) -> tuple[int, str]:
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), 200)
    except TimeoutError:
        process.kill()
        out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_the_vectors_are_fresh() -> None:
    assert generate.VECTORS.read_text() == generate.text(), "run tests/js/generate.py"
    assert generate_eip155.VECTORS.read_text() == generate_eip155.text(), "run python -m tests.js.generate_eip155"


async def test_its_own_tests_pass() -> None:
    files = [str(file) for file in sorted(HERE.glob("*.test.js"))]
    each = [files[start::3] for start in range(3)]  # on two cores Node runs one file at a time, and many of them wait
    for code, said in await asyncio.gather(*(node("--test", *some) for some in each)):
        assert code == 0, said


async def test_its_types_hold() -> None:
    code, said = await node("tests/js/node_modules/typescript/bin/tsc", "-p", "tests/js/tsconfig.json")
    assert code == 0, said


async def test_what_is_built_is_fresh_and_small(tmp_path: Path) -> None:
    """Run `make client` where this fails."""
    code, said = await node("tests/js/build.mjs", str(tmp_path))
    assert code == 0, said
    client = ROOT / "plugins" / "js"
    built = files(tmp_path) - {SMALL}
    kept = {path for path in files(client) if path.parts[0] in ("dist", "types")}
    assert built == kept
    assert [path for path in sorted(built) if (tmp_path / path).read_bytes() != (client / path).read_bytes()] == []
    assert len(gzip.compress((tmp_path / SMALL).read_bytes())) < 25_000


async def test_the_vendored_bundle_is_the_published_one() -> None:
    published = HERE / "node_modules" / "socket.io-client" / "dist" / "socket.io.esm.min.js"
    assert (ROOT / "plugins" / "js" / "vendor" / "socket.io.esm.min.js").read_bytes() == published.read_bytes()


async def test_a_shop_and_a_payer_over_a_real_relay(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as demo:
        key = json.loads((tmp_path / "demo.json").read_text())["apiKey"]
        code, said = await node("tests/js/shop.mjs", demo.url, key)
    assert code == 0, said
    told = json.loads(said.splitlines()[-1])
    assert told["results"]["hbar"] == {"asset": "0.0.0", "amount": "700", "token": True, "status": "settled"}
    assert told["results"]["token"] == {"asset": "0.0.5001", "amount": "250000", "token": True, "status": "settled"}
    assert told["results"]["wrong"]["code"] == "wrong_amount"
    assert "expected 900, got 899" in told["results"]["wrong"]["message"]
    assert told["heard"] == [[n + 1, f"payment.{('submitted', 'settled')[n % 2]}"] for n in range(6)]
    assert told["gaps"] == []
    assert told["balance"] == str(10_000 * 10**8 + 700 + 701)
