"""A transfer on its way for one merchant, and every move it can make.

    accepted ─▶ submitted ─▶ included ─▶ settled        accepted   durable here, nothing sent
        │           │  ▲─────────┘│                     submitted  a node has it, or may have it
        ▼           ▼             ▼                     included   on the ledger, could be reorganised away
    rejected     expired        failed                  settled    final

    rejected  can never land, no money moved        failed    landed, and the ledger said no
    expired   proven that it never landed           reverted  was settled, and the chain took it back

Steps may be jumped over. `advance` is the only place a status changes. Three rules are easy to break and decide all:

* A refusal proves something only while nothing was sent before (`accepted`). Later it is ignored: an earlier copy may
  have landed, so only the ledger (`Receipt`) or a proof of absence (`Never`) ends the payment.
* What is over stays over: rejected, failed, expired and settled take no further move. One fact is stronger: `Undone`,
  which only someone who looked again at a *settled* payment may state; a look that began earlier proves nothing.
* A reverted payment may still land, with the same bytes: then it is settled again.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NewType, assert_never

import msgspec

from relay.chain import (
    Never,
    Pending,
    Receipt,
    Refused,
    Sight,
    SignedTransfer,
    Submission,
    Taken,
    Transfer,
    Undone,
    Unknown,
)
from relay.money import Account, Asset, TxId

PaymentId = NewType("PaymentId", str)


class Status(StrEnum):
    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    INCLUDED = "included"
    SETTLED = "settled"
    REJECTED = "rejected"
    FAILED = "failed"
    EXPIRED = "expired"
    REVERTED = "reverted"


OVER = frozenset({Status.SETTLED, Status.REJECTED, Status.FAILED, Status.EXPIRED})
NO_MONEY_MOVED = frozenset({Status.REJECTED, Status.FAILED, Status.EXPIRED})  # an invoice they claimed is free again


class Share(msgspec.Struct, frozen=True, gc=False):
    """One payee's part, in smallest units."""

    account: Account
    amount: int


class Payment(msgspec.Struct, frozen=True, gc=False):
    """A row of the journal. `version` counts its changes: whoever writes must have read the one before."""

    id: PaymentId
    merchant: str
    invoice: str | None
    content: str | None
    tx: TxId
    signed: SignedTransfer
    payer: Account
    pay_to: tuple[Share, ...]
    asset: Asset
    amount: int  # the sum of `pay_to`
    memo: str
    valid_until: datetime
    created: datetime
    updated: datetime
    status: Status = Status.ACCEPTED
    precheck: int | None = None  # the node's answer to the bytes; None while no node answered
    receipt: int | None = None  # the ledger's code
    reason: str | None = None  # public refusal code
    error: str | None = None  # the same for people
    block: int | None = None  # where the ledger has it, on chains that can be reorganised
    version: int = 0
    door: str = ""  # the way it came, where that decides what it opens: `x402`


Fact = Submission | Sight | Undone


def advance(payment: Payment, fact: Fact, now: datetime) -> Payment:
    """What the payment becomes when `fact` is learnt. Pure; returns the same object when nothing changes."""
    if isinstance(fact, Undone):
        if payment.status is not Status.SETTLED:
            return payment
        return _moved(
            payment, now, status=Status.REVERTED, receipt=None, block=None, reason="reverted", error=fact.message
        )
    if payment.status is Status.REVERTED:
        return _landed_again(payment, fact, now)
    if payment.status is Status.SETTLED and isinstance(fact, Receipt) and fact.ok and fact.block != payment.block:
        return _moved(payment, now, block=fact.block)  # mined again elsewhere, before anyone knew that it was gone
    if payment.status in OVER:
        return payment
    match fact:
        case Taken(code):
            if payment.precheck is not None and payment.status is not Status.ACCEPTED:
                return payment
            status = Status.SUBMITTED if payment.status is Status.ACCEPTED else payment.status
            return _moved(payment, now, status=status, precheck=code)
        case Unknown():
            if payment.status is not Status.ACCEPTED:
                return payment
            return _moved(payment, now, status=Status.SUBMITTED)
        case Refused(reason, message, code):
            if payment.status is not Status.ACCEPTED:
                return payment
            return _moved(payment, now, status=Status.REJECTED, precheck=code, reason=reason, error=message)
        case Receipt(ok, code, name, final, block=block, error=error, reason=reason):
            if ok:
                status = Status.SETTLED if final else Status.INCLUDED
                same = (payment.status, payment.block) == (status, block)
                return payment if same else _moved(payment, now, status=status, receipt=code, block=block)
            if not final:  # on its way, whatever an included copy or a refusal of the next one says
                if payment.status is Status.SUBMITTED:
                    return payment
                return _moved(payment, now, status=Status.SUBMITTED, receipt=None, block=None)
            message = error or f"the ledger recorded the transfer as {name} and moved no money"
            return _moved(payment, now, status=Status.FAILED, receipt=code, block=block, reason=reason, error=message)
        case Pending():
            if payment.status is not Status.INCLUDED:
                return payment
            return _moved(payment, now, status=Status.SUBMITTED, receipt=None, block=None)
        case Never(message):
            return _moved(
                payment,
                now,
                status=Status.EXPIRED,
                receipt=None,
                block=None,
                reason="transaction_expired",
                error=message,
            )
        case _:  # pragma: no cover  # mypy proves that every Fact has its case
            assert_never(fact)


def says(payment: Payment, transfer: Transfer) -> bool:
    """Whether a transfer with the id of a payment also says what the payment does."""
    credited = {(leg.account, leg.amount) for leg in transfer.legs if leg.asset == payment.asset}
    said = (transfer.payer, transfer.memo or "", transfer.valid_until)
    return said == (payment.payer, payment.memo, payment.valid_until) and all(
        (share.account, share.amount) in credited for share in payment.pay_to
    )


def _landed_again(payment: Payment, fact: Submission | Sight, now: datetime) -> Payment:
    match fact:
        case Receipt(ok=True, code=code, final=True, block=block):
            return _moved(payment, now, status=Status.SETTLED, receipt=code, block=block, reason=None, error=None)
        case Never(message) if payment.error != message:
            return _moved(payment, now, error=message)
        case _:
            return payment


def ends(payment: Payment, fact: Fact) -> bool:
    """Whether nobody needs to look again, now that `fact` made `payment` what it is."""
    return payment.status in OVER or (payment.status is Status.REVERTED and isinstance(fact, Never))


def _moved(payment: Payment, now: datetime, **changes: object) -> Payment:
    return msgspec.structs.replace(payment, updated=now, version=payment.version + 1, **changes)
