"""Write x402.json: what x402 facilitators are asked about `exact` on EVM, and what they say, for others to replay.

.venv/bin/python -m tests.vectors.generate_x402           rewrites the file
.venv/bin/python -m tests.vectors.generate_x402 --check   exit 1 when the committed file is stale

    network, tokens     where it is; what is taken there, with the EIP-712 domain where the token has EIP-3009
    now                 seconds since 1970: the time of every case
    payTo               the account of the only merchant
    cases[]             call: the body of POST /verify and /settle; `reason`, where bytes tell what is wrong with it.
                        Without one it passes, as far as bytes can tell: what the chain would say is not in here

Signatures of contract wallets are not taken. The reasons are those the SDKs' facilitators put on the wire, but for
`invalid_asset` (they have no list of tokens) and `accepted_payment_requirements_mismatch` (only Hedera's has that).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.chains import evm
from tests.x402.rules import NOW, bad, good

VECTORS = Path(__file__).parent / "x402.json"


def vectors() -> dict[str, Any]:
    cases = [*good(), *bad()]
    assert len({case.name for case in cases}) == len(cases)
    return {
        "network": str(evm.CHAIN),
        "tokens": evm.OPTIONS["tokens"],
        "now": NOW,
        "payTo": evm.SHOP,
        "cases": [
            {"name": case.name, "call": case.call} | ({"reason": case.reason} if case.reason else {}) for case in cases
        ],
    }


def text() -> str:
    return json.dumps(vectors(), indent=1) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(VECTORS.read_text() != text())
    VECTORS.write_text(text())
