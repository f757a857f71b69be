"""Write hedera-exact.json: payments of x402's scheme `exact` on Hedera, for anyone who verifies them to replay.

.venv/bin/python -m tests.vectors.generate_hedera_exact           rewrites the file
.venv/bin/python -m tests.vectors.generate_hedera_exact --check   exit 1 when the committed file is stale

    network, nodes         where it is, and the accounts of its nodes
    now                    seconds since 1970: the time of every case
    feePayer               account, and its public key (a serialized proto.Key, hex)
    maxFeeTinybars         that a payer may have it charged at most
    tokens                 id → decimals, of those taken, and what may keep them from being paid exactly
    ledger                 account → key, tinybars, tokens, and what may keep it from being paid
    cases[]                transaction (base64, as x402's payload has it), terms (asset, amount, payTo, extra);
                           `payer` and `transactionId` of a good one, `code` (ours) and `reason` (x402's) of a bad one

Each case is verified alone: nothing of another is on its way.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

from relay.chains.hedera.cosign import FeePayer, FeePayerOptions
from relay.chains.hedera.exact import Exact
from relay.money import Asset
from tests.chains.exact_corpus import broken
from tests.chains.exact_hedera import FEE_PAYER, OPTIONS, payment
from tests.chains.exact_payments import LEDGER, NOW, TOKENS, Case, Holder, Token, good
from tests.chains.exact_refusals import unfounded
from tests.chains.signing import DEVNET

VECTORS = Path(__file__).parent / "hedera-exact.json"
MAX_FEE = 100_000_000


def vectors() -> dict[str, Any]:
    fee_payer = FeePayer.read(FeePayerOptions(**OPTIONS))
    decimals = {Asset(f"0.0.{num}"): token.decimals for num, token in TOKENS.items()}
    exact = Exact(fee_payer, MAX_FEE, {Asset("0.0.0"): 8, **decimals})
    cases = [*good(), *broken(), *unfounded()]
    assert len({case.name for case in cases}) == len(cases)
    return {
        "network": str(DEVNET),
        "nodes": ["0.0.3"],
        "now": NOW,
        "feePayer": {"account": f"0.0.{FEE_PAYER}", "key": fee_payer.public.SerializeToString().hex()},
        "maxFeeTinybars": MAX_FEE,
        "tokens": {f"0.0.{num}": _token(token) for num, token in TOKENS.items()},
        "ledger": {f"0.0.{num}": _holder(holder) for num, holder in LEDGER.items()},
        "cases": [_case(case, exact) for case in cases],
    }


def _holder(holder: Holder) -> dict[str, Any]:
    return {
        "key": holder.key.SerializeToString().hex(),
        "tinybars": holder.tinybars,
        "tokens": {} if holder.dusd is None else {f"0.0.{num}": holder.dusd for num in TOKENS},
        "automaticAssociations": {"most": holder.slots, "used": holder.used_slots},
        "frozen": holder.frozen,
        "receiverSigRequired": holder.signs_receipts,
        "deleted": holder.deleted,
    }


def _token(token: Token) -> dict[str, Any]:
    return {
        "decimals": token.decimals,
        "paused": token.paused,
        "deleted": token.deleted,
        "fractionalFees": [{"netOfTransfers": net} for net in (False, True) if (token.keeps_fee, token.adds_fee)[net]],
    }


def _case(case: Case, exact: Exact) -> dict[str, Any]:
    shown = {"name": case.name, "transaction": base64.b64encode(case.raw).decode(), "terms": case.terms}
    if case.code:
        return shown | {"code": case.code, "reason": str(case.reason)}
    transfer = exact.decode(payment(case.raw))
    return shown | {"payer": transfer.payer, "transactionId": transfer.id}


def text() -> str:
    return json.dumps(vectors(), indent=1) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(VECTORS.read_text() != text())
    VECTORS.write_text(text())
