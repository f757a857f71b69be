"""Which call carries out an authorization: it depends on who answers for the signature at the payer's address.

an account without code    the key signed: r, s, v
a contract                 asked by the token itself (EIP-1271), so all bytes of the signature go along
a contract to be           ERC-6492: the signature carries the call that deploys it. Deployment and payment are one
                           transaction, through Multicall3, that does both or nothing; only factories on the
                           operator's list may be called, for it is our key that calls them
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from relay.chains.eip155 import calls
from relay.chains.eip155.address import checksummed
from relay.chains.eip155.authorization import Authorization
from relay.chains.eip155.calls import Call
from relay.chains.eip155.reasons import Reason
from relay.chains.eip155.signature import invalid
from relay.chains.eip155.spec import Spec

MULTICALL3 = bytes.fromhex("ca11bde05977b3631167028862be2a173976ca11")  # the same on every chain that has it
MAGIC = bytes.fromhex("6492") * 16  # what a wrapped signature ends with

_WORD = 32


class Wrapped(NamedTuple):
    factory: bytes
    deploy: bytes  # what to call it with
    signature: bytes  # for the wallet, once it is there


def carriage(found: Authorization, spec: Spec, *, has_code: bool) -> Call:
    """The call; raises `InvalidTransfer` where nobody can answer for the signature."""
    payer = checksummed(found.payer)
    if has_code and not spec.options.contract_wallets:
        raise invalid(f"{payer} is a contract wallet, which this relay does not take")
    if has_code or found.proven:
        return calls.carry_out(unwrapped(found), contract_wallet=has_code)
    wrapped = unwrap(found.signature)
    if wrapped is None:
        # 64 or 65 bytes are a key's signature, whatever they are; anything else could only have been a wallet's
        message = f"the signature is not {payer}'s, and there is no contract wallet at that address"
        raise invalid(message, None if len(found.signature) in (64, 65) else Reason.NO_WALLET)
    if wrapped.factory not in spec.factories:
        raise invalid(
            f"the wallet {payer} is not deployed, and this relay does not call its factory"
            f" {checksummed(wrapped.factory)}: deploy it first",
            Reason.FACTORY,
        )
    payment = calls.carry_out(unwrapped(found), contract_wallet=True)
    return calls.all_or_nothing(MULTICALL3, Call(wrapped.factory, wrapped.deploy), payment)


def unwrapped(found: Authorization) -> Authorization:
    """With the signature that the wallet itself is shown."""
    wrapped = None if found.proven else unwrap(found.signature)
    return found if wrapped is None else replace(found, signature=wrapped.signature)


def unwrap(signature: bytes) -> Wrapped | None:
    """abi.encode(factory, call, signature) and the magic; None for another signature, or another spelling of it."""
    body = signature.removesuffix(MAGIC)
    if body == signature or len(body) < 5 * _WORD or any(body[:12]):
        return None
    first, second = (int.from_bytes(body[at : at + _WORD], "big") for at in (_WORD, 2 * _WORD))
    deploy = _bytes_at(body, first)
    inner = _bytes_at(body, second)
    if deploy is None or inner is None or first != 3 * _WORD or second != first + _WORD + len(deploy) + _pad(deploy):
        return None
    return Wrapped(body[12:_WORD], deploy, inner)


def _bytes_at(body: bytes, at: int) -> bytes | None:
    start = at + _WORD
    if start > len(body):
        return None
    end = start + int.from_bytes(body[at:start], "big")
    return body[start:end] if end <= len(body) else None


def _pad(data: bytes) -> int:
    return -len(data) % _WORD
