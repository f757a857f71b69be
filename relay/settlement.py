"""What x402's facilitator found, as nouns; and the same as the wire writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from relay.chain import Transfer
from relay.payment import Payment
from relay.wire.events import payment_fields, timestamp
from relay.wire.x402 import SettleResponse, VerifyResponse
from relay.wire.x402_reasons import DUPLICATE, PENDING


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody calls the request that a payment is for; `scope` is whose names these are."""

    scope: str
    name: str


@dataclass(frozen=True, slots=True)
class Verified:
    """It would go through now, and pay `merchant`. `claimant` is who may be told that it did."""

    transfer: Transfer
    merchant: str
    claimant: str


@dataclass(frozen=True, slots=True)
class Invalid:
    """It would not, or is not what was asked; nothing was sent. `reason` is x402's."""

    reason: str
    message: str
    payer: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """Final on the ledger, and this caller's."""

    payment: Payment
    transaction: str
    claimant: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The payment was made, and opened something else."""

    payment: Payment
    transaction: str


@dataclass(frozen=True, slots=True)
class Underway:
    """Sent, and not final so far. Asking again waits on."""

    payment: Payment
    transaction: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Proven to have moved no money."""

    payment: Payment
    transaction: str
    reason: str


Settlement = Settled | Duplicate | Underway | Failed | Invalid


def verify_response(found: Verified | Invalid) -> VerifyResponse:
    """As `POST /verify` answers."""
    match found:
        case Verified(transfer):
            return VerifyResponse(is_valid=True, payer=transfer.payer)
        case Invalid(reason, message, payer):
            return VerifyResponse(is_valid=False, invalid_reason=reason, invalid_message=message, payer=payer)
        case _:  # pragma: no cover  # mypy proves that every outcome has its case
            assert_never(found)


def settle_response(found: Settlement, network: str) -> SettleResponse:
    """As `POST /settle` answers, and as `PAYMENT-RESPONSE` carries it; the network as the asker calls it."""
    match found:
        case Settled(payment, transaction):
            extra = {"payment": payment.id} | ({} if payment.invoice is None else {"invoice": payment.invoice})
            return SettleResponse(
                success=True,
                transaction=transaction,
                network=network,
                payer=payment.payer,
                amount=str(payment.amount),
                extra=extra,
                transaction_id=transaction if payment.signed.chain.namespace == "hedera" else None,
            )
        case Duplicate(payment, transaction):
            return _unsuccessful(
                payment.payer, transaction, network, DUPLICATE, "this payment was made once, and opened something else"
            )
        case Underway(payment, transaction):
            message = "the payment is on its way and is not final yet; ask again with the same payload, sign no other"
            return _unsuccessful(payment.payer, transaction, network, PENDING, message)
        case Failed(payment, transaction, reason):
            message = payment.error or "the ledger moved no money"
            return _unsuccessful(payment.payer, transaction, network, reason, message)
        case Invalid(reason, message, payer):
            return _unsuccessful(payer, "", network, reason, message)
        case _:  # pragma: no cover  # mypy proves that every outcome has its case
            assert_never(found)


def settlement_json(payment: Payment, transaction: str) -> Mapping[str, object]:
    """As `GET /settlements/{id}` answers: what the ledger tells anyone."""
    fields = payment_fields(payment)
    names = ("payment", "status", "network", "payer", "payTo", "asset", "amount", "error", "reason")
    return {
        **{name: fields[name] for name in names},
        "transaction": transaction,
        "createdAt": timestamp(payment.created),
        "updatedAt": timestamp(payment.updated),
    }


def _unsuccessful(payer: str | None, transaction: str, network: str, reason: str, message: str) -> SettleResponse:
    return SettleResponse(
        success=False,
        transaction=transaction,
        network=network,
        error_reason=reason,
        error_message=message,
        payer=payer,
    )
