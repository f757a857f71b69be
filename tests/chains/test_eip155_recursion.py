"""What the Ethereum libraries do to the interpreter when they are imported stays undone."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
bound = sys.getrecursionlimit()
import relay.chains.eip155
import eth_account, web3
assert sys.getrecursionlimit() == bound, sys.getrecursionlimit()
from relay.errors import InvalidRequest
from relay.wire import api
try:
    api.decode(b'{"network":"eip155:1","transaction":' + b"[" * 60_000, api.CreatePayment)
except InvalidRequest as refused:
    print(refused.message)
"""


def test_json_that_nests_deep_ends_a_request_and_not_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=False)

    assert (done.returncode, done.stdout.strip()) == (0, "the body nests too deep"), done.stderr


def test_a_relay_without_an_evm_chain_imports_none_of_them() -> None:
    script = (
        "import relay.app, relay.chains.hedera, sys; print([m for m in ('eth_account', 'web3') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)

    assert done.stdout.strip() == "[]"
