"""README is true: each command in it is run here, the way a newcomer would, and its figures come from the bench."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from relay.devchain.ports import free_port
from relay.payment import Status
from relay.settings import load
from tests.server.paying import post

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]
MAKE = {  # what CI runs by that name, and what is run below
    "make test": "CI",
    "make check": "CI",
    "make demo": "test_make_demo_takes_a_payment",
    "make bench": "tests/bench/test_bench.py",
    "make soak": "tests/bench/test_soak.py",
}
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


async def run(command: str, cwd: Path, **environment: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_shell(
        command,
        cwd=cwd,
        env={**ENVIRONMENT, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def test_every_make_target_readme_names_is_covered() -> None:
    named = [command for command in COMMANDS if command.startswith("make ")]
    assert sorted(named) == sorted(MAKE)
    assert "make check" in (ROOT / ".ci/run").read_text() and "make test" in (ROOT / ".ci/run").read_text()


def test_the_table_of_events_has_each_type_the_code_sends_and_no_other() -> None:
    source = "".join(path.read_text() for path in (ROOT / "relay").rglob("*.py"))
    sent = {f"{noun}.{kind}" for noun, kind in re.findall(r'(invoice|webhook)_event\(\s*\w+, "(\w+)"', source)}
    sent |= {".".join(found) for found in re.findall(r'type = "(funds)\.(\w+)"', source)}
    sent |= {f"payment.{status}" for status in Status if status is not Status.ACCEPTED}
    table = README.partition("| event | when |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([a-z.]+)`", row)} == sent
    assert len(sent) == 7 + 2 + 2 + 1


@pytest.mark.slow
@pytest.mark.timeout(280)
async def test_make_demo_takes_a_payment(tmp_path: Path) -> None:
    """README's first command, then the two that pay and listen, on free ports; then again on the same data."""
    pay, events = (command for command in COMMANDS if command.startswith(".venv/bin/relay"))
    seen: list[dict[str, object]] = []
    for start in (1, 2):
        demo = await asyncio.create_subprocess_exec(
            "make", "demo", f"DEMO=--port 0 --node-port 0 --data {tmp_path}/data",
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert demo.stdout is not None
        async with asyncio.timeout(240):
            while not (line := (await demo.stdout.readline()).decode()).startswith("relay ready "):
                assert line
        url = line.split()[-1]
        known = json.loads((tmp_path / "data" / "demo.json").read_text())
        assert known["url"] == url and known["networks"]["hedera:devnet"]["nodes"]
        code, out, err = await run(pay.replace("http://127.0.0.1:8099", url), ROOT, XDG_STATE_HOME=str(tmp_path))
        assert (code, err) == (0, "") and "settled" in out
        saved = Path(json.loads(out.splitlines()[-1])["savedIn"])
        assert saved.is_relative_to(tmp_path) and await asyncio.to_thread(saved.read_bytes) > b"eyJ"
        asked = await post(url, "/v1/invoices", known["apiKey"], json={"network": "hedera:devnet", "amount": "7"})
        invoice = await run(f".venv/bin/relay pay {asked[1]['url']}", ROOT, XDG_STATE_HOME=str(tmp_path))
        assert invoice[0] == 0 and "settled" in invoice[1]
        code, out, err = await run(f"{events} --url {url}", ROOT, RELAY_API_KEY=known["apiKey"])
        assert (code, err) == (0, "")
        seen = [json.loads(line) for line in out.splitlines()]
        assert [event["seq"] for event in seen] == list(range(1, 4 * start + 1))
        demo.terminate()
        assert await asyncio.wait_for(demo.wait(), 60) in (0, -15, 2)
        assert (await demo.stdout.read()).decode().startswith("open ")
    assert {event["type"] for event in seen} == {"payment.submitted", "payment.settled"}


async def test_running_it_for_real(tmp_path: Path) -> None:
    """The configuration and the commands of README, in its order; only the network is the development one."""
    toml = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert toml is not None
    (tmp_path / "readme.toml").write_text(toml[1])
    load(tmp_path / "readme.toml", {"RELAY_SIGNING_KEY": "00" * 32})  # true as it is written
    devnet = await asyncio.create_subprocess_exec(
        "relay", "devnet", "--port", "0", cwd=tmp_path, env=ENVIRONMENT, stdout=asyncio.subprocess.PIPE
    )
    assert devnet.stdout is not None
    _, _, address, _, mirror = (await asyncio.wait_for(devnet.stdout.readline(), 60)).decode().split()
    (tmp_path / "relay.toml").write_text(
        toml[1].replace("port = 8099", f"port = {free_port()}")
        .replace("hedera:testnet", "hedera:devnet")
        .replace("assets = ", f'nodes = {{ "{address}" = "0.0.3" }}\nmirror = "{mirror}"\nassets = ')
    )  # fmt: skip
    code, key, _ = await run("relay key signing", tmp_path)
    assert code == 0
    signing = {"RELAY_SIGNING_KEY": key.strip()}
    code, _, err = await run("relay serve", tmp_path, **signing)
    assert code == 1 and "relay migrate" in err and err.count("\n") == 1
    block = next(block for block in BLOCKS if "relay migrate" in block)
    for command in block.splitlines():
        if command == "relay serve":
            break
        code, out, err = await run(command.replace("hedera:testnet", "hedera:devnet"), tmp_path, **signing)
        assert (code, err) == (0, ""), command
        assert key.strip() not in out
    serve = await asyncio.create_subprocess_exec(
        "relay", "serve", cwd=tmp_path, env={**ENVIRONMENT, **signing}, stdout=asyncio.subprocess.PIPE
    )
    assert serve.stdout is not None
    assert (await asyncio.wait_for(serve.stdout.readline(), 60)) == b"relay ready https://pay.example.com\n"
    for process in (serve, devnet):
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 60) == 0


@pytest.mark.parametrize(
    "command", ["serve", "demo", "devnet", "check", "migrate", "merchant", "key", "audit", "pay", "paywall", "events"]
)
async def test_every_command_helps_with_an_example(command: str, tmp_path: Path) -> None:
    code, out, err = await run(f"relay {command} --help", tmp_path)
    assert (code, err) == (0, "")
    assert "example: relay " + command in out


async def test_the_version_is_the_packages(tmp_path: Path) -> None:
    code, out, err = await run("relay --version", tmp_path)
    assert (code, err) == (0, "")
    assert f'\nversion = "{out.removeprefix("relay ").strip()}"\n' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("relay", 2, ""),
        ("relay nothing", 2, "invalid choice"),
        ("relay serve", 1, "there is no relay.toml"),
        ("relay check --config missing.toml", 1, "there is no missing.toml"),
        ("relay pay http://127.0.0.1:1/i/inv_1 --yes", 1, "does not answer"),
        ("relay pay inv_1", 2, "inv_1: expected the address of an invoice"),
        ("relay events --url http://127.0.0.1:1 --key sk_1", 1, "does not answer"),
        ("relay events --url http://127.0.0.1:1", 1, "RELAY_API_KEY"),
        ("relay devnet --port 99999", 2, "0 to 65535"),
    ],
)
async def test_an_error_is_one_line_that_says_what_to_do(command: str, code: int, says: str, tmp_path: Path) -> None:
    got, _, err = await run(command, tmp_path)
    assert got == code, err
    assert says in err
    assert "Traceback" not in err
    if code == 1:
        assert err.count("\n") == 1


def test_the_picture_is_there() -> None:
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (ROOT / path).is_file()


@pytest.mark.skipif(
    shutil.which("java") is None and not os.environ.get("JAVA_HOME"),
    reason="Java is not installed; `make test` as root installs it",
)
async def test_the_sdk_signs_for_the_terminal_wallet(tmp_path: Path) -> None:
    """`relay pay --signer hedera-sdk`: hedera-sdk-py on a JVM builds and signs, the relay passes its bytes on."""
    demo = await asyncio.create_subprocess_shell(
        f"exec relay demo --port 0 --node-port 0 --data {tmp_path}/data",
        cwd=tmp_path, env=ENVIRONMENT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert demo.stdout is not None
    url = (await asyncio.wait_for(demo.stdout.readline(), 60)).decode().split()[-1]
    token = tmp_path / "token"
    try:
        code, out, err = await run(f"relay pay {url}/demo/ --yes --signer hedera-sdk --token-file {token}", tmp_path)
        assert code == 0, err
        assert "settled" in out
        assert token.stat().st_mode & 0o077 == 0 and token.read_text().count(".") == 2
    finally:
        demo.terminate()
        assert await asyncio.wait_for(demo.wait(), 60) == 0
