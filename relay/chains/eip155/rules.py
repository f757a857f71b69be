"""The rules of x402's `exact` that compare what a payer wrote with what was asked, before anybody looks at signatures.

    EIP-3009   the token's domain → payTo → amount → validBefore → validAfter
    Permit2    the spender → payTo → deadline → validAfter → amount → the token

Their order is that of the SDKs' facilitators, so that who breaks several rules is told the same one by all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from relay.abilities import Ask
from relay.chain import SignedTransfer
from relay.chains.eip155.address import address, checksummed
from relay.chains.eip155.payload import Fields, open_payload
from relay.chains.eip155.reasons import Reason, meaning
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.tokens import Token
from relay.chains.eip155.typed_data import EXACT_PROXY
from relay.errors import InvalidRequest, InvalidTransfer, TransferMismatch

TO_LAND = timedelta(seconds=6)  # an authorization must still be good for this long (x402, exact on EVM)


def compare(signed: SignedTransfer, ask: Ask, spec: Spec) -> None:
    """Raise `InvalidTransfer` or `TransferMismatch`, with x402's reason, where a rule is broken."""
    with meaning(permit2=False):
        written = open_payload(signed.raw, spec.id)
    asset, payee = _address(ask.asset, "asset"), _address(ask.pay_to, "payTo")
    token = spec.tokens.get(asset)
    if token is None:
        raise TransferMismatch(
            f"asset: {ask.asset} is not a token taken on {spec.id}", code="wrong_asset", x402=Reason.ASSET
        )
    if written.token is None:
        _transfer(written, ask, token, payee)
        require_time(written.after, written.before, spec, permit2=False)
    else:
        if written.spender != EXACT_PROXY:
            expected = checksummed(EXACT_PROXY)
            raise InvalidTransfer(f"spender: expected x402's proxy {expected}", x402=Reason.SPENDER)
        _paid(written, payee, Reason.PERMIT_RECIPIENT)
        require_time(written.after, written.before, spec, permit2=True)
        _worth(written, ask, Reason.PERMIT_AMOUNT)
        if written.token != asset:
            got = checksummed(written.token)
            raise _mismatch("wrong_asset", f"permitted.token: expected {token.asset}, got {got}", Reason.PERMIT_ASSET)


def require_time(after: int, before: int, spec: Spec, *, permit2: bool) -> None:
    """Raise `TransferMismatch` for an authorization that is over, nearly over, or not valid yet."""
    now = spec.clock()
    if before < (now + TO_LAND).timestamp():
        raise _mismatch(
            "transaction_expired",
            f"{'deadline' if permit2 else 'validBefore'}: the authorization must be good for"
            f" {TO_LAND.seconds} more seconds; sign a new one",
            Reason.PERMIT_OVER if permit2 else Reason.OVER,
        )
    if after > now.timestamp():
        raise _mismatch(
            "transaction_expired",
            "validAfter: the authorization is not valid yet",
            Reason.PERMIT_NOT_YET if permit2 else Reason.NOT_YET,
        )


def _transfer(written: Fields, ask: Ask, token: Token, payee: bytes) -> None:
    if not token.eip3009:
        message = f"asset: {token.symbol} has no EIP-3009 here; sign a Permit2 transfer"
        raise _mismatch("wrong_asset", message, Reason.NO_EIP3009)
    _domain(ask.extra, token)
    _paid(written, payee, Reason.RECIPIENT)
    _worth(written, ask, Reason.VALUE)


def _domain(extra: Mapping[str, object], token: Token) -> None:
    """The domain that the buyer was told to sign under must be the token's."""
    name, version = extra.get("name"), extra.get("version")
    if name is None or version is None:
        message = "extra: name and version of the token's EIP-712 domain are missing"
        raise _mismatch("invalid_transaction", message, Reason.DOMAIN)
    if name != token.name:
        raise _mismatch("invalid_transaction", f"extra.name: expected {token.name!r}", Reason.NAME)
    if version != token.version:
        raise _mismatch("invalid_transaction", f"extra.version: expected {token.version!r}", Reason.VERSION)


def _paid(written: Fields, payee: bytes, reason: Reason) -> None:
    if written.payee != payee:
        got = checksummed(written.payee)
        raise _mismatch("unknown_payee", f"to: expected {checksummed(payee)}, got {got}", reason)


def _worth(written: Fields, ask: Ask, reason: Reason) -> None:
    if written.amount != ask.amount:
        raise _mismatch("wrong_amount", f"amount: expected exactly {ask.amount}, got {written.amount}", reason)


def _mismatch(code: str, message: str, reason: Reason) -> TransferMismatch:
    return TransferMismatch(message, code=code, x402=reason)


def _address(text: str, name: str) -> bytes:
    try:
        return address(text, "an address")
    except InvalidRequest as error:
        raise InvalidRequest(f"{name}: {error.message}", x402="invalid_payment_requirements") from None
