"""Scheme `exact`: what a payer signs instead of a transaction, so that we may send it and pay the gas.

    {authorization: {from, to, value, validAfter, validBefore, nonce}, signature}                     EIP-3009
    {permit2Authorization: {permitted: {token, amount}, from, spender, nonce, deadline, witness: {to, validAfter}},
     signature}                                                                                       Permit2

Both are x402's payload objects; `asset` may stand beside them, and the rest of x402's PaymentPayload around them. An
EIP-3009 payload names no token: the token is the one in whose domain the signature is the payer's.

The identity is where the nonce is used up, whoever sends it: `payer+nonce@contract`, the contract being the token, or
Permit2 itself, which counts nonces per payer for all tokens.

A contract wallet's signature cannot be checked here (EIP-1271, ERC-6492). Then `proven` is false, and `Verifier` asks
the wallet before anything is written down; an account without code has nobody to ask and is refused there.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

import msgspec

from relay.chain import Leg, SignedTransfer, Transfer
from relay.chains.eip155.address import ZERO, checksummed
from relay.chains.eip155.payload import Fields, open_payload
from relay.chains.eip155.reasons import meaning
from relay.chains.eip155.signature import ecdsa, invalid
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.tokens import Token
from relay.chains.eip155.typed_data import EXACT_PROXY, PERMIT2, permit2_separator, permit_digest, transfer_digest
from relay.chains.eip155.window import inside
from relay.errors import InvalidTransfer
from relay.money import TxId

REMEMBERED = 1024  # readings: a payload is read on its way in, on its way out and at every look

Method = Literal["eip3009", "permit2"]


@dataclass(frozen=True, slots=True)
class Authorization:
    """A payer's word that `amount` of `token` may go to `payee`. Numbers as signed."""

    method: Method
    token: Token
    payer: bytes
    payee: bytes
    amount: int
    after: int  # EIP-3009: the block's time is past this; Permit2: not before this
    before: int  # EIP-3009: the block's time is before this; Permit2: not past this
    nonce: bytes  # 32 bytes; Permit2's number likewise
    signature: bytes  # 65 bytes with v of 27 or 28 when `proven`, else as it came
    digest: bytes  # what was signed
    proven: bool  # the key of `payer` signed it

    @property
    def id(self) -> TxId:
        contract = self.token.address if self.method == "eip3009" else PERMIT2
        return TxId(f"{checksummed(self.payer)}+0x{self.nonce.hex()}@{checksummed(contract)}")


def decode(signed: SignedTransfer, spec: Spec) -> Transfer:
    """Read and check a payload; pure. Raises `InvalidTransfer` or `TooLarge`.

    The transfer's `raw` is one spelling of the payload, with its asset, so that equal payloads are equal bytes.
    """
    found = read(signed.raw, spec)
    payer, payee, asset = checksummed(found.payer), checksummed(found.payee), found.token.asset
    canonical = _canonical(found)
    _remember(canonical, spec, found)  # the one that is read from now on
    window = (
        inside(found.after + 1, found.before - 1) if found.method == "eip3009" else inside(found.after, found.before)
    )
    return Transfer(
        found.id,
        SignedTransfer(signed.chain, signed.scheme, canonical),
        payer,
        (Leg(payer, asset, -found.amount), Leg(payee, asset, found.amount)),
        None,
        *window,
    )


_readings: OrderedDict[tuple[bytes, Spec], Authorization] = OrderedDict()


def read(raw: bytes, spec: Spec) -> Authorization:
    """The authorization in `raw`, as it came or as `decode` returned it."""
    known = _readings.get((raw, spec))
    return known if known is not None else _remember(raw, spec, _read(raw, spec))


def _remember(raw: bytes, spec: Spec, found: Authorization) -> Authorization:
    _readings[raw, spec] = found
    if len(_readings) > REMEMBERED:
        _readings.popitem(last=False)
    return found


def _read(raw: bytes, spec: Spec) -> Authorization:
    with meaning(permit2=False):
        fields = open_payload(raw, spec.id)
    with meaning(permit2=fields.token is not None):
        return _checked(fields, spec)


def _checked(fields: Fields, spec: Spec) -> Authorization:
    if fields.payer == ZERO:
        raise InvalidTransfer("from: the zero address has no key")
    if fields.payee in (ZERO, fields.payer, PERMIT2, EXACT_PROXY) or fields.payee in spec.tokens:
        raise InvalidTransfer(f"to: {checksummed(fields.payee)} cannot be paid: the money would be lost or stay")
    if not fields.amount:
        raise InvalidTransfer("value: zero; the authorization pays nobody")
    return _permit(fields, spec) if fields.token is not None else _transfer(fields, spec)


def _transfer(fields: Fields, spec: Spec) -> Authorization:
    if fields.before - fields.after < 2:
        raise InvalidTransfer("validAfter, validBefore: no second lies between them, and both ends are excluded")
    able = {token.address: token for token in spec.tokens.values() if token.eip3009}
    if fields.asset is not None:
        if fields.asset not in able:
            raise _wrong_asset(checksummed(fields.asset), spec, "is not a token with EIP-3009 taken")
        able = {fields.asset: able[fields.asset]}
    digests = [(token, _digest(token, fields)) for token in able.values()]
    for token, digest in digests:
        signature = ecdsa(digest, fields.signature, fields.payer)
        if signature is not None:
            return _made("eip3009", token, fields, digest, signature)
    if len(digests) != 1:
        names = ", ".join(f"{token.symbol} {token.asset}" for token, _ in digests) or "no token"
        raise invalid(
            f"the signature is not {checksummed(fields.payer)}'s for any token with EIP-3009 on {spec.id}: {names};"
            " a contract wallet names the asset beside its payload"
        )
    return _made("eip3009", digests[0][0], fields, digests[0][1], _left_to_the_wallet(fields, spec), proven=False)


def _permit(fields: Fields, spec: Spec) -> Authorization:
    if fields.spender != EXACT_PROXY:
        raise InvalidTransfer(f"spender: expected x402's proxy {checksummed(EXACT_PROXY)}")
    if fields.before < fields.after:
        raise InvalidTransfer("deadline: it is before witness.validAfter")
    at = fields.token or ZERO
    token = spec.tokens.get(at)
    if token is None:
        raise _wrong_asset(checksummed(at), spec, "is not a token taken")
    if fields.asset not in (None, at):
        raise _wrong_asset(checksummed(at), spec, f"is not the asset {checksummed(fields.asset or ZERO)} asked")
    domain = permit2_separator(spec.number)
    digest = permit_digest(
        domain, at, fields.amount, int.from_bytes(fields.nonce, "big"), fields.before, fields.payee, fields.after
    )
    signature = ecdsa(digest, fields.signature, fields.payer)
    if signature is not None:
        return _made("permit2", token, fields, digest, signature)
    return _made("permit2", token, fields, digest, _left_to_the_wallet(fields, spec), proven=False)


def _left_to_the_wallet(fields: Fields, spec: Spec) -> bytes:
    if not spec.options.contract_wallets:
        raise invalid(f"the signature is not {checksummed(fields.payer)}'s under what was signed")
    return fields.signature


def _digest(token: Token, fields: Fields) -> bytes:
    return transfer_digest(
        token.domain, fields.payer, fields.payee, fields.amount, fields.after, fields.before, fields.nonce
    )


def _made(
    method: Method, token: Token, fields: Fields, digest: bytes, signature: bytes, *, proven: bool = True
) -> Authorization:
    return Authorization(
        method,
        token,
        fields.payer,
        fields.payee,
        fields.amount,
        fields.after,
        fields.before,
        fields.nonce,
        signature,
        digest,
        proven,
    )


def _wrong_asset(got: str, spec: Spec, why: str) -> InvalidTransfer:
    return InvalidTransfer(f"asset: {got} {why} on {spec.id}", code="wrong_asset")


def _canonical(found: Authorization) -> bytes:
    payer, payee, nonce = checksummed(found.payer), checksummed(found.payee), "0x" + found.nonce.hex()
    body: dict[str, object] = {"asset": found.token.asset}
    if found.method == "eip3009":
        body["authorization"] = {
            "from": payer,
            "to": payee,
            "value": str(found.amount),
            "validAfter": str(found.after),
            "validBefore": str(found.before),
            "nonce": nonce,
        }
    else:
        body["permit2Authorization"] = {
            "permitted": {"token": found.token.asset, "amount": str(found.amount)},
            "from": payer,
            "spender": checksummed(EXACT_PROXY),
            "nonce": str(int.from_bytes(found.nonce, "big")),
            "deadline": str(found.before),
            "witness": {"to": payee, "validAfter": str(found.after)},
        }
    body["signature"] = "0x" + found.signature.hex()
    return msgspec.json.encode(body)
