"""Why a payment is refused, in x402's words. Pure.

A chain module says the rule that is broken itself (`RelayError.x402`). What is refused elsewhere (whom it pays, which
invoice, our own bounds) has one word here per public code. Words of our own stand where x402 has none: stock clients
show any.
"""

from __future__ import annotations

from collections.abc import Mapping

from relay.errors import RelayError
from relay.money import ChainId

DUPLICATE = "duplicate_settlement"
PENDING = "settlement_pending"
FAILED = "transaction_failed"
IDENTIFIER_CONFLICT = "payment_identifier_conflict"
ACCEPTED_MISMATCH = "accepted_payment_requirements_mismatch"
NETWORK_MISMATCH = "network_mismatch"
UNSUPPORTED_SCHEME = "unsupported_scheme"
INVALID_NETWORK = "invalid_network"
INVALID_ASSET = "invalid_asset"
INVALID_REQUIREMENTS = "invalid_payment_requirements"

_BY_CODE: Mapping[str, str] = {
    "invalid_request": "invalid_payload",
    "too_large": "invalid_payload",
    "invalid_transaction": "invalid_payload",
    "unsupported_transaction": UNSUPPORTED_SCHEME,
    "unsupported_network": INVALID_NETWORK,
    "unknown_payee": INVALID_REQUIREMENTS,
    "wrong_asset": INVALID_ASSET,
    "insufficient_funds": "insufficient_funds",
    "foreign_transaction": DUPLICATE,
    "not_found": INVALID_REQUIREMENTS,
    "transfer_failed": FAILED,
    "node_refused": FAILED,
    "simulation_failed": "invalid_transaction_state",
}
_EVM, _HEDERA = "invalid_exact_evm_", "invalid_exact_hedera_payload_"
_BY_CHAIN: Mapping[str, Mapping[str, str]] = {
    "eip155": {
        "invalid_signature": _EVM + "payload_signature",
        "unknown_payee_asked": _EVM + "payload_recipient_mismatch",
        "wrong_amount": _EVM + "payload_authorization_value_mismatch",
        "insufficient_funds": _EVM + "insufficient_balance",
        "transaction_expired": _EVM + "payload_authorization_valid_before",
        "authorization_used": _EVM + "nonce_already_used",
        "allowance_required": "permit2_allowance_required",
        "simulation_failed": _EVM + "transaction_simulation_failed",
    },
    "hedera": {
        "invalid_transaction": _HEDERA + "transaction_invalid_shape",
        "invalid_signature": _HEDERA + "signature_invalid",
        "unknown_payee_asked": _HEDERA + "amount_mismatch",
        "extra_payee": _HEDERA + "extra_positive_transfers",
        "wrong_amount": _HEDERA + "amount_mismatch",
        "wrong_asset": _HEDERA + "asset_mismatch",
        "insufficient_funds": _HEDERA + "preflight_failed",
        "authorization_used": DUPLICATE,
    },
}


def reason_of(error: RelayError, chain: ChainId) -> str:
    """The word for a refusal."""
    return error.x402 or reason(error.code, chain)


def failure(code: str | None, receipt: int | None, chain: ChainId) -> str:
    """The word for a payment that was sent and is none, by its public code and the ledger's own."""
    if chain.namespace == "eip155" and receipt == 1:  # the transaction went through, and moved something else
        return _EVM + "transfer_event_mismatch"
    return reason(code or "transfer_failed", chain)


def reason(code: str, chain: ChainId) -> str:
    """The word for a public code of ours, or for a difference from what was asked."""
    return _BY_CHAIN.get(chain.namespace, {}).get(code) or _BY_CODE.get(code) or code
