"""What buyers on Hedera sign for scheme `exact`: a transfer whose fee somebody else pays; and a wallet to bend it with.

Deterministic, as tests/chains/signing.py is, whose keys these are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from relay import hapi_pb2 as pb
from relay.chain import EXACT, SignedTransfer
from tests.chains import signing
from tests.chains.signing import DEVNET, PAYER, SHOP, listed, modern, pair, transfer_of

FEE_PAYER = 4001
AMOUNT = 1_000
OPTIONS: dict[str, Any] = {"account": f"0.0.{FEE_PAYER}", "key": signing.secret(FEE_PAYER).hex()}
HBAR = transfer_of({PAYER: -AMOUNT, SHOP: AMOUNT})
DUSD = transfer_of({}, {PAYER: -AMOUNT, SHOP: AMOUNT})


def body(transfer: pb.CryptoTransferTransactionBody = HBAR, **changes: Any) -> pb.TransactionBody:
    """Unsigned, from a payer to the shop; `fee` is the most it may cost."""
    fee = changes.pop("fee", 100_000_000)
    made = signing.body(transfer, **{"payer": FEE_PAYER, "memo": "", **changes})
    made.transactionFee = fee
    return made


def signed(
    made: pb.TransactionBody, by: Iterable[int] = (PAYER,), nodes: Sequence[int] = (3,), *, prefix: int | None = None
) -> bytes:
    """What a buyer sends: a Transaction of one copy, or a list of several."""
    copies = []
    for node in nodes:
        copy = pb.TransactionBody.FromString(made.SerializeToString())
        copy.nodeAccountID.accountNum = node
        raw = copy.SerializeToString()
        copies.append(modern(raw, [pair(raw, num, prefix=prefix) for num in by]))
    return copies[0] if len(copies) == 1 else listed(copies)


def payment(raw: bytes) -> SignedTransfer:
    return SignedTransfer(DEVNET, EXACT, raw)


def fresh(
    now: datetime, nanos: int, transfer: pb.CryptoTransferTransactionBody = HBAR, **changes: Any
) -> pb.TransactionBody:
    """A body valid since five seconds before `now`."""
    return body(transfer, **{"seconds": int(now.timestamp()) - 5, "nanos": nanos, **changes})
