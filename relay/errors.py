"""Every way Relay says "we could not", in one tree.

    RelayError                  code                     HTTP
    ├── InvalidRequest          invalid_request           400
    │   ├── UnsupportedNetwork  unsupported_network       400
    │   ├── Misused             invalid_request           400   a command line that cannot be meant
    │   └── TooLarge            too_large                 413
    ├── InvalidTransfer         invalid_transaction,      422   the bytes themselves are no good
    │                           unsupported_transaction,
    │                           invalid_signature
    ├── TransferMismatch        wrong_amount, …           422   good bytes, not what was asked, or nothing the chain
    │                           insufficient_funds,             would carry out now
    │                           authorization_used,
    │                           allowance_required,
    │                           simulation_failed
    ├── ForeignTransfer         foreign_transaction       409   these bytes are another merchant's payment
    ├── Unauthorized            unauthorized              401
    ├── Forbidden               forbidden                 403
    ├── NotFound                not_found, …              404
    ├── Conflict                conflict                  409
    ├── RateLimited             rate_limited              429
    ├── Overloaded              overloaded,               503   a bound of ours; later it may pass
    │                           sponsor_unavailable,            no key of ours can pay for gas
    │                           budget_exceeded                 enough gas was paid for this merchant or payer
    ├── Unreachable             node_unreachable          503   an outside system gave no answer we can use
    ├── RateUnavailable         rate_unavailable          503   what an asset is worth is not known well enough
    └── Misconfigured           misconfigured             500   for the operator, at start; never told to a client

A refusal by the ledger is not here: what the world did is a value (relay.chain), not an exception.
All of these are raised before anything is sent, except `Unreachable`, which looking may raise at any time.
"""

from __future__ import annotations

from collections.abc import Mapping


class RelayError(Exception):
    """Base of the tree. `code` is stable and public; `message` is for people and says what to do.

    `x402` is that protocol's own word for the same refusal, where it is more exact than what `code` tells.
    """

    code = "internal"
    status = 500

    def __init__(self, message: str, *, code: str | None = None, x402: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.x402 = x402
        self.extensions: Mapping[str, object] = {}  # more members of the problem an HTTP client is told
        if code is not None:
            self.code = code


class InvalidRequest(RelayError):
    code = "invalid_request"
    status = 400


class UnsupportedNetwork(InvalidRequest):
    code = "unsupported_network"


class Misused(InvalidRequest):
    """A command line that cannot be meant; the command exits with 2."""


class TooLarge(InvalidRequest):
    code = "too_large"
    status = 413


class InvalidTransfer(RelayError):
    """The bytes cannot be a transfer we relay; `code` says which of the three kinds of no."""

    code = "invalid_transaction"
    status = 422


class TransferMismatch(RelayError):
    """A good transfer that does not answer what the merchant asked; the message names the field, expected and got."""

    code = "wrong_amount"
    status = 422


class ForeignTransfer(RelayError):
    """The same bytes were presented for another merchant. Says nothing about that payment."""

    code = "foreign_transaction"
    status = 409


class Unauthorized(RelayError):
    code = "unauthorized"
    status = 401


class Forbidden(RelayError):
    code = "forbidden"
    status = 403


class NotFound(RelayError):
    code = "not_found"
    status = 404


class Conflict(RelayError):
    code = "conflict"
    status = 409


class RateLimited(RelayError):
    """Too many requests; `retry_after` is in whole seconds, at least 1."""

    code = "rate_limited"
    status = 429

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = max(1, retry_after)


class Overloaded(RelayError):
    """We are at a bound of our own (queue, drain); trying again later is right."""

    code = "overloaded"
    status = 503


class Unreachable(RelayError):
    """An outside system did not answer, or cannot tell. Proves nothing about a payment."""

    code = "node_unreachable"
    status = 503


class RateUnavailable(RelayError):
    """No rate that is fresh and that enough sources agree on. Asking later is right; guessing never is."""

    code = "rate_unavailable"
    status = 503


class Misconfigured(RelayError):
    code = "misconfigured"
