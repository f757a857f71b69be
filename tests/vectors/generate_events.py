"""Write events.json: the bodies of events, byte for byte as sockets, SSE, REST and webhooks carry them.

.venv/bin/python -m tests.vectors.generate_events           rewrites the file
.venv/bin/python -m tests.vectors.generate_events --check   exit 1 when the committed file is stale

    {"cases": [{"name", "body", "event"}]}      `body` is the JSON text as sent, `event` the same as an object
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from relay.chain import SIGNED, Never, Receipt, Refused, SignedTransfer, Taken, Unknown
from relay.channel import Event
from relay.money import Account, Asset, ChainId, TxId
from relay.payment import Fact, Payment, PaymentId, Share, advance
from relay.wire.events import payment_event
from tests.changed import replace

VECTORS = Path(__file__).parent / "events.json"
NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)

HBAR = Payment(
    id=PaymentId("pay_01KAGX5M00000000000000000B"),
    merchant="shop",
    invoice="inv_01KAGX5M00000000000000000A",
    content="post-42",
    tx=TxId("0.0.1001@1700000000.000000001"),
    signed=SignedTransfer(ChainId("hedera", "testnet"), SIGNED, b"never in an event"),
    payer=Account("0.0.1001"),
    pay_to=(Share(Account("0.0.2001"), 900_000), Share(Account("0.0.3001"), 100_000)),
    asset=Asset("0.0.0"),
    amount=1_000_000,
    memo="relay:AAECAwQFBgcICQoLDA0ODw",
    valid_until=NOW + timedelta(seconds=120),
    created=NOW,
    updated=NOW,
)
DUSD = replace(HBAR, asset=Asset("0.0.5001"), pay_to=(Share(Account("0.0.2001"), 1),), amount=1)
WIDEST = replace(
    HBAR,
    tx=TxId("0x" + "ab" * 32),
    signed=SignedTransfer(ChainId("eip155", "8453"), SIGNED, b""),
    payer=Account("0x" + "11" * 20),
    pay_to=(Share(Account("0x" + "22" * 20), 2**256 - 1),),
    asset=Asset("native"),
    amount=2**256 - 1,
)
ANYONE = replace(HBAR, invoice=None, content=None, memo="")
ODD_MEMO = replace(ANYONE, content="käse", memo='17,käse "quoted" \\ / \u2028 <b>&amp; 🧀\t')

TAKEN, OK = Taken(), Receipt(ok=True, code=22, name="SUCCESS")
STORIES: dict[str, tuple[Payment, list[Fact], str | None]] = {
    "submitted": (HBAR, [TAKEN], None),
    "submitted, the node's answer lost": (HBAR, [Unknown("deadline exceeded")], None),
    "submitted, the node had it already": (HBAR, [Taken(11)], None),
    "settled, with the token that opens the content": (HBAR, [TAKEN, OK], "eyJhbGciOiJFZERTQSJ9.e30.c2ln"),
    "settled in a token": (DUSD, [TAKEN, OK], None),
    "settled, the widest amount": (WIDEST, [TAKEN, OK], None),
    "settled, without invoice, content or memo": (ANYONE, [TAKEN, OK], None),
    "settled, a memo that needs escaping": (ODD_MEMO, [TAKEN, OK], None),
    "included": (WIDEST, [TAKEN, replace(OK, final=False)], None),
    "rejected by the node": (HBAR, [Refused("node_refused", "INSUFFICIENT_PAYER_BALANCE", 10)], None),
    "rejected, no node to ask": (
        HBAR,
        [Refused("node_unreachable", "UNAVAILABLE. Hedera network unreachable.")],
        None,
    ),
    "failed": (HBAR, [TAKEN, Receipt(ok=False, code=28, name="INSUFFICIENT_ACCOUNT_BALANCE")], None),
    "expired": (HBAR, [TAKEN, Never("the mirror node covers its window and lacks it")], None),
    "expired after a reorganisation": (WIDEST, [TAKEN, replace(OK, final=False), Never("replaced")], None),
}


def events() -> dict[str, Event]:
    made = {}
    for seq, (name, (payment, facts, token)) in enumerate(STORIES.items(), start=1):
        for step, fact in enumerate(facts, start=1):
            payment = advance(payment, fact, NOW + timedelta(milliseconds=300 * step))
        made[name] = payment_event(payment, id=f"evt_01KAGX5M0000000000000000{seq:02}", seq=seq, token=token)
    return made


def vectors() -> dict[str, Any]:
    return {
        "cases": [
            {"name": name, "body": event.body.decode(), "event": json.loads(event.body)}
            for name, event in events().items()
        ]
    }


def text() -> str:
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    if "--check" in sys.argv:
        return 0 if VECTORS.read_text() == text() else 1
    VECTORS.write_text(text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
