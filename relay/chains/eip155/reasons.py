"""x402's own words for what is wrong with a payment of scheme `exact` on an EVM chain; the public codes are coarser.

They are those that the SDKs' facilitators put on the wire (PyPI `x402` 2.25, mechanisms/evm/constants.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

from relay.errors import RelayError

_EXACT = "invalid_exact_evm_"


class Reason(StrEnum):
    PAYLOAD = "invalid_payload"
    DOMAIN = "missing_eip712_domain"
    NAME = _EXACT + "token_name_mismatch"
    VERSION = _EXACT + "token_version_mismatch"
    NO_EIP3009 = _EXACT + "eip3009_not_supported"
    ASSET = "invalid_asset"  # a word of ours: the SDKs have no list of tokens
    NO_CONTRACT = "asset_not_deployed_contract"
    RECIPIENT = _EXACT + "payload_recipient_mismatch"
    VALUE = _EXACT + "payload_authorization_value_mismatch"
    OVER = _EXACT + "payload_authorization_valid_before"
    NOT_YET = _EXACT + "payload_authorization_valid_after"
    SIGNATURE = _EXACT + "payload_signature"
    NO_WALLET = _EXACT + "payload_undeployed_smart_wallet"
    FACTORY = "eip6492_factory_not_allowed"
    NONCE = _EXACT + "nonce_already_used"
    BALANCE = _EXACT + "insufficient_balance"
    SIMULATION = _EXACT + "transaction_simulation_failed"

    SPENDER = "invalid_permit2_spender"
    PERMIT_RECIPIENT = "invalid_permit2_recipient_mismatch"
    PERMIT_AMOUNT = "permit2_amount_mismatch"
    PERMIT_ASSET = "permit2_token_mismatch"
    PERMIT_OVER = "permit2_deadline_expired"
    PERMIT_NOT_YET = "permit2_not_yet_valid"
    PERMIT_SIGNATURE = "invalid_permit2_signature"
    PERMIT_NONCE = "permit2_invalid_nonce"
    ALLOWANCE = "permit2_allowance_required"


_OF_CODES: Mapping[str, Reason] = {
    "invalid_transaction": Reason.PAYLOAD,
    "too_large": Reason.PAYLOAD,
    "invalid_signature": Reason.SIGNATURE,
    "wrong_asset": Reason.ASSET,
    "transaction_expired": Reason.OVER,
    "authorization_used": Reason.NONCE,
    "insufficient_funds": Reason.BALANCE,
    "allowance_required": Reason.ALLOWANCE,
    "simulation_failed": Reason.SIMULATION,
}
_OF_PERMITS: Mapping[str, Reason] = {
    "invalid_signature": Reason.PERMIT_SIGNATURE,
    "wrong_asset": Reason.PERMIT_ASSET,
    "transaction_expired": Reason.PERMIT_OVER,
    "authorization_used": Reason.PERMIT_NONCE,
}


@contextmanager
def meaning(*, permit2: bool) -> Iterator[None]:
    """What is refused in here is refused in x402's words, unless it was said more exactly."""
    try:
        yield
    except RelayError as error:
        error.x402 = error.x402 or (_OF_PERMITS.get(error.code) if permit2 else None) or _OF_CODES.get(error.code)
        raise
