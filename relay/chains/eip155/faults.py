"""What nodes say when they decline, read: every client words it differently, and what it means decides about money."""

from __future__ import annotations

from enum import Enum

from relay.chains.eip155.endpoint import Fault
from relay.errors import TransferMismatch

_ERROR_STRING = "0x08c379a0"  # Error(string): what `require` reverts with


class Declined(Enum):
    """Why a node did not take a transaction."""

    KNOWN = "it has it already"
    NONCE_USED = "its nonce is used"
    OUTBID = "another transaction with the same nonce waits and pays as much"
    CHEAP = "it offers too little for gas"
    POOR = "its sender cannot pay for it"
    OTHER = "another reason"


_WORDS: tuple[tuple[Declined, tuple[str, ...]], ...] = (
    (Declined.KNOWN, ("already known", "known transaction", "already imported", "already exists", "alreadyknown")),
    (Declined.NONCE_USED, ("nonce too low", "nonce is too low", "invalid nonce", "old nonce", "nonce has already")),
    (Declined.OUTBID, ("replacement transaction underpriced", "replacement fee too low", "could not replace")),
    (Declined.POOR, ("insufficient funds", "insufficient balance", "insufficient_payer_balance")),
    (Declined.CHEAP, ("underpriced", "fee too low", "max fee per gas less than", "feecap", "fee cap", "gas price")),
)
_REASONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("simulation_failed", ("gas required exceeds", "out of gas")),  # "… exceeds allowance" is of gas, not of a token
    ("authorization_used", ("is used", "already used", "used or cancel", "canceled", "invalidnonce", "invalid nonce")),
    ("transaction_expired", ("expired", "not yet valid", "deadline")),
    ("insufficient_funds", ("balance", "insufficient")),
    ("allowance_required", ("allowance",)),
    ("invalid_signature", ("signature", "signer")),
)


def declined(fault: Fault) -> Declined:
    """Why a node did not take a transaction."""
    text = fault.message.lower()
    return next((why for why, words in _WORDS if any(word in text for word in words)), Declined.OTHER)


def refusal(fault: Fault) -> TransferMismatch:
    """The refusal of a transfer whose simulation a node declined."""
    reason = reverted_with(fault)
    text = reason.lower()
    code = next((code for code, words in _REASONS if any(word in text for word in words)), "simulation_failed")
    return TransferMismatch(f"the transfer would fail on the chain: {reason}", code=code)


def reverted_with(fault: Fault) -> str:
    """The contract's own words where it had some, else the node's; bounded, and printable."""
    data = fault.data if isinstance(fault.data, str) else ""
    said = ""
    if data.startswith(_ERROR_STRING) and len(data) >= 138:
        try:
            length = int(data[74:138], 16)
            said = bytes.fromhex(data[138 : 138 + 2 * min(length, 200)]).decode("utf-8", "replace")
        except ValueError:
            said = ""
    text = said or fault.message or "no reason is given"
    return "".join(sign if sign.isprintable() else "?" for sign in text[:200])
