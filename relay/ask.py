"""Whether a transfer is what x402's requirements ask: to the last unit, to nobody else. Pure."""

from __future__ import annotations

from relay.abilities import Ask, Describes
from relay.chain import Transfer
from relay.errors import InvalidRequest, TransferMismatch
from relay.invoice import credits
from relay.money import Account, ChainId
from relay.wire.x402 import PaymentPayload, PaymentRequirements
from relay.wire.x402_reasons import ACCEPTED_MISMATCH, INVALID_REQUIREMENTS, reason


def ask_of(requirements: PaymentRequirements) -> Ask:
    """What is asked; raises `InvalidRequest`."""
    units = requirements.units
    if not 0 < units < 1 << 256:
        raise InvalidRequest("amount: at least 1 and below 2^256 smallest units", x402=INVALID_REQUIREMENTS)
    return Ask(requirements.pay_to, requirements.asset, units, requirements.extra or {})


def require_asked(transfer: Transfer, ask: Ask, described: Describes | None) -> None:
    """Raise `TransferMismatch` where a transfer is not what was asked, or `InvalidRequest` where nothing could be."""
    chain, paid = transfer.signed.chain, credits(transfer)
    asset = ", ".join(sorted(paid))
    if asset.lower() != ask.asset.lower():
        raise _mismatch(chain, "wrong_asset", f"asset: expected {ask.asset}, got {asset}")
    [accounts] = paid.values()
    try:
        payee = Account(ask.pay_to) if described is None else described.account(ask.pay_to)
    except InvalidRequest as error:
        raise InvalidRequest(f"payTo: {error.message}", x402=INVALID_REQUIREMENTS) from None
    others = sorted(account for account in accounts if account != payee)
    if payee not in accounts:
        raise _mismatch(chain, "unknown_payee_asked", f"payTo: expected {payee}, got {', '.join(others)}")
    if others:
        raise _mismatch(chain, "extra_payee", f"payTo: expected {payee} alone, {', '.join(others)} is paid besides")
    if accounts[payee] != ask.amount:
        raise _mismatch(chain, "wrong_amount", f"amount: expected {ask.amount}, got {accounts[payee]}")


def require_accepted(payload: PaymentPayload, requirements: PaymentRequirements) -> None:
    """Raise `TransferMismatch` where the buyer says that he accepted other terms."""
    accepted = payload.accepted
    if accepted is None:  # version 1
        return
    for name in ("asset", "amount", "pay_to", "max_timeout_seconds"):
        said, asked = getattr(accepted, name), getattr(requirements, name)
        if str(said).lower() != str(asked).lower():
            raise TransferMismatch(f"accepted.{name}: expected {asked}, got {said}", x402=ACCEPTED_MISMATCH)


def _mismatch(chain: ChainId, code: str, message: str) -> TransferMismatch:
    return TransferMismatch(message, x402=reason(code, chain))
