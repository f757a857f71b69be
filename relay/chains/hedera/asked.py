"""Whether a payment of scheme `exact` is what x402's requirements ask, in the order the reference asks it. Pure."""

from __future__ import annotations

import re

from relay.abilities import Ask
from relay.chains.hedera import names
from relay.chains.hedera.exact import Partial
from relay.chains.hedera.reasons import Reason
from relay.errors import InvalidRequest, TransferMismatch
from relay.money import Account

UNMANAGED = "fee_payer_not_managed_by_facilitator"
INVALID_ASSET = "invalid_asset"
_ALIAS = re.compile(r"(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0x)?[0-9a-fA-F]{40,}|(?:0x)?[0-9a-fA-F]{40}")


def check_terms(ask: Ask, fee_payer: Account) -> None:
    """What can be asked at all, before anything is read; raises `InvalidRequest`."""
    if not _is_entity(ask.asset):
        raise InvalidRequest(f"asset: {ask.asset[:50]!r} is neither 0.0.0 (HBAR) nor a token id", x402=INVALID_ASSET)
    if not _is_entity(ask.pay_to):
        if _ALIAS.fullmatch(ask.pay_to) is not None:
            raise InvalidRequest(
                "payTo: an alias; only accounts by number are paid, an alias may be a new account",
                x402=Reason.ALIAS,
            )
        raise InvalidRequest(f"payTo: {ask.pay_to[:50]!r} is not an account such as 0.0.1001", x402=Reason.PAY_TO)
    named = ask.extra.get("feePayer")
    if not _is_entity(named):
        raise InvalidRequest("extra.feePayer: missing; it is the account that pays the fee", x402=Reason.NO_FEE_PAYER)
    if named != fee_payer:
        raise InvalidRequest(f"extra.feePayer: {named} is not an account of this relay", x402=UNMANAGED)


def check_asked(found: Partial, ask: Ask) -> None:
    """What was signed is what is asked: to the last unit, to nobody else; raises `TransferMismatch`."""
    if found.asset != ask.asset:
        reason = Reason.UNEXPECTED_HBAR if found.asset == names.HBAR else Reason.ASSET
        raise TransferMismatch(f"asset: expected {ask.asset}, got {found.asset}", code="wrong_asset", x402=reason)
    got = found.credits.get(Account(ask.pay_to), 0)
    if got != ask.amount:
        raise TransferMismatch(f"amount to {ask.pay_to}: expected {ask.amount}, got {got}", x402=Reason.AMOUNT)
    others = sorted(found.credits.keys() - {ask.pay_to})
    if others:
        message = f"payTo: expected {ask.pay_to} alone, {', '.join(others)} is paid besides"
        raise TransferMismatch(message, code="unknown_payee", x402=Reason.OTHERS_PAID)


def _is_entity(text: object) -> bool:
    try:
        names.entity(text)
    except InvalidRequest:
        return False
    return True
