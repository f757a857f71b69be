"""The command line, and a ledger that outlives its process."""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
import sys
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from devnet_wallet import Wallet

from relay.devnet import open_devnet
from relay.devnet.genesis import DUSD, OPENING_DUSD, OPENING_TINYBARS

ROOT = Path(__file__).parents[2]
FAST = timedelta(milliseconds=5)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_says_when_it_is_ready_and_stops_cleanly(how: signal.Signals) -> None:
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "relay.devnet",
        "--port",
        "0",
        "--consensus-ms",
        "5",
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert running.stdout is not None
    ready = (await asyncio.wait_for(running.stdout.readline(), 60)).decode()
    found = re.fullmatch(r"devnet ready (127\.0\.0\.1:\d+) mirror http://127\.0\.0\.1:\d+\n", ready)
    assert found, ready
    async with grpc.aio.insecure_channel(found[1]) as channel:
        await channel.unary_unary("/proto.CryptoService/cryptoTransfer")(b"junk", timeout=30)
    running.send_signal(how)
    assert await asyncio.wait_for(running.wait(), 30) == 0
    assert await running.stdout.read() == b""


async def test_a_taken_port_is_one_line_of_error() -> None:
    async with open_devnet() as first:
        port = first.address.rpartition(":")[2]
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "relay.devnet", "--port", port, stderr=asyncio.subprocess.PIPE, cwd=ROOT
        )
        _, told = await asyncio.wait_for(second.communicate(), 60)
    assert second.returncode == 1
    assert told.decode() == (
        f"devnet: cannot listen on 127.0.0.1:{port}: Address already in use; port 0 picks a free one\n"
    )


async def test_a_second_start_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    state = tmp_path / "demo" / "ledger.db"
    async with open_devnet(consensus=FAST, state=state) as devnet:
        wallet = Wallet(devnet)
        body = wallet.transfer({1001: -5, 2001: 5}, {1001: -6, 2001: 6})
        await wallet.settle(body)
        await wallet.close()
    async with open_devnet(consensus=FAST, state=state) as devnet:
        wallet = Wallet(devnet)
        assert devnet.ledger.balance(2001) == OPENING_TINYBARS + 5
        assert devnet.ledger.balance(2001, DUSD) == OPENING_DUSD + 6
        assert await wallet.receipt_code(body.transactionID) == "SUCCESS"
        assert await wallet.precheck(wallet.sign(body)) == "DUPLICATE_TRANSACTION"
        await wallet.close()


async def test_a_new_account_is_still_there_and_the_next_has_the_next_number(tmp_path: Path) -> None:
    state = tmp_path / "ledger.db"
    for expected in (6001, 6002):
        async with open_devnet(consensus=FAST, state=state) as devnet:
            wallet = Wallet(devnet)
            body = wallet.body(payer=2)
            body.cryptoCreateAccount.key.CopyFrom(devnet.ledger.accounts[1001].public_key)
            body.cryptoCreateAccount.autoRenewPeriod.seconds = 7_776_000
            assert (await wallet.settle(body)).created == expected
            await wallet.close()


async def test_a_killed_process_leaves_a_ledger_that_opens(tmp_path: Path) -> None:
    state = tmp_path / "ledger.db"
    program = (
        "import asyncio, os, sys; from datetime import timedelta; from pathlib import Path\n"
        "sys.path.insert(0, 'tests/devnet'); from devnet_wallet import Wallet; from relay.devnet import open_devnet\n"
        "async def main():\n"
        "    async with open_devnet(consensus=timedelta(milliseconds=1), state=Path(sys.argv[1])) as devnet:\n"
        "        wallet = Wallet(devnet)\n"
        "        for _ in range(100): await wallet.settle(wallet.transfer())\n"
        "        await asyncio.sleep(0.15)\n"
        "        await wallet.settle(wallet.transfer())\n"
        "        os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(state), cwd=ROOT)
    assert await asyncio.wait_for(killed.wait(), 60) == -signal.SIGKILL
    database = sqlite3.connect(state)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    async with open_devnet(state=state) as devnet:
        moved = devnet.ledger.balance(2001) - OPENING_TINYBARS
        assert moved in (100 * 10**8, 101 * 10**8)
        assert len(devnet.ledger.entries) == moved // 10**8
