"""x402's own words for what is wrong with a payment of scheme `exact` on Hedera; the public codes are coarser.

The first part is the reference implementation's vocabulary (@x402/hedera), in the order it checks; of what is below it,
nothing is checked there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from relay.errors import InvalidTransfer, RelayError

_PREFIX = "invalid_exact_hedera_payload_"


class Reason(StrEnum):
    UNDECODABLE = _PREFIX + "transaction_could_not_be_decoded"
    SHAPE = _PREFIX + "transaction_invalid_shape"
    FEE_PAYER = _PREFIX + "fee_payer_mismatch"
    OTHER_OPERATIONS = _PREFIX + "contains_non_transfer_ops"
    HBAR_SUM = _PREFIX + "hbar_sum_non_zero"
    FEE_PAYER_HBAR = _PREFIX + "fee_payer_transferring_hbar"
    UNEXPECTED_HBAR = _PREFIX + "unexpected_hbar_transfers"
    ASSET = _PREFIX + "asset_mismatch"
    ASSET_SUM = _PREFIX + "asset_sum_non_zero"
    FEE_PAYER_FUNDS = _PREFIX + "fee_payer_transferring_funds"
    AMOUNT = _PREFIX + "amount_mismatch"
    OTHERS_PAID = _PREFIX + "extra_positive_transfers"
    ALIAS = _PREFIX + "pay_to_alias_not_allowed"
    SIGNATURE = _PREFIX + "signature_invalid"
    PREFLIGHT = _PREFIX + "preflight_failed"
    NO_FEE_PAYER = _PREFIX + "missing_fee_payer"  # of requirements, as the next one
    PAY_TO = _PREFIX + "pay_to"

    APPROVAL = _PREFIX + "approval_not_allowed"  # would draw on an allowance granted to the fee payer
    MAX_FEE = _PREFIX + "max_fee_too_high"
    WINDOW = _PREFIX + "valid_window"  # over, too near its end, or not begun


def invalid(reason: Reason, message: str, code: str | None = None) -> InvalidTransfer:
    """The refusal; `invalid_transaction` is its public code unless another is given."""
    return InvalidTransfer(message, code=code, x402=reason)


@contextmanager
def meaning(reason: Reason) -> Iterator[None]:
    """What is refused in here is refused for `reason`, unless it was said more exactly."""
    try:
        yield
    except RelayError as error:
        error.x402 = error.x402 or reason
        raise
