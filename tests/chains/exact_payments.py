"""Payments of scheme `exact` on Hedera as vectors have them: good ones, and what bad ones are refused by.

The accounts they name are in `LEDGER`, as a mirror node would show them; the time is `NOW`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from relay import hapi_pb2 as pb
from relay.devnet.genesis import key_of
from tests.chains.exact_hedera import AMOUNT, DUSD, FEE_PAYER, body, signed
from tests.chains.signing import BLOG, ECDSA_PAYER, PAYER, SHOP, START, listed, transfer_of

NOW = START + 10
TERMS: dict[str, Any] = {
    "asset": "0.0.0",
    "amount": str(AMOUNT),
    "payTo": "0.0.2001",
    "extra": {"feePayer": f"0.0.{FEE_PAYER}"},
}
IN_DUSD = TERMS | {"asset": "0.0.5001"}
THRESHOLD, LISTED, DEEP, CROWDED, NOBODYS = 6001, 6002, 6003, 6004, 6005  # accounts by the kind of their key
POOR, UNRELATED, FULL, FROZEN, SHY, GONE, FREE = 6006, 6007, 6008, 6009, 6010, 6011, 6012


class Holder(NamedTuple):
    """An account of the ledger. `dusd` is None where it is not associated with the token."""

    key: pb.Key
    tinybars: int = 10**9
    dusd: int | None = 10**9
    slots: int = 0  # for tokens that come without having been asked for; -1: without limit
    used_slots: int = 0
    frozen: bool = False
    signs_receipts: bool = False
    deleted: bool = False


def _threshold(needed: int, *keys: pb.Key) -> pb.Key:
    return pb.Key(thresholdKey=pb.ThresholdKey(threshold=needed, keys=pb.KeyList(keys=keys)))


def _all_of(*keys: pb.Key) -> pb.Key:
    return pb.Key(keyList=pb.KeyList(keys=keys))


def _nested(key: pb.Key, depth: int) -> pb.Key:
    return key if not depth else _all_of(_nested(key, depth - 1))


_K3, _K4, _K5, _K6 = (key_of(num) for num in (1003, 1004, 1005, 1006))
LEDGER = {
    **{num: Holder(key_of(num)) for num in (PAYER, ECDSA_PAYER, 1003, SHOP, BLOG, FEE_PAYER)},
    THRESHOLD: Holder(_threshold(2, _K3, _K4, _K5)),
    LISTED: Holder(_all_of(_K3, _threshold(1, _K5, _K6))),
    DEEP: Holder(_nested(_K3, 6)),
    CROWDED: Holder(_threshold(1, *[_K3] * 21)),
    NOBODYS: Holder(pb.Key(contractID=pb.ContractID(contractNum=7))),
    POOR: Holder(_K3, tinybars=AMOUNT - 1, dusd=AMOUNT - 1),
    UNRELATED: Holder(_K3, dusd=None),
    FULL: Holder(_K3, dusd=None, slots=2, used_slots=2),
    FREE: Holder(_K3, dusd=None, slots=2, used_slots=1),
    FROZEN: Holder(_K3, frozen=True),
    SHY: Holder(_K3, signs_receipts=True),
    GONE: Holder(_K3, deleted=True),
}


class Token(NamedTuple):
    """`keeps_fee`: a fractional fee out of what the payee gets; `adds_fee`: one that the payer pays on top."""

    decimals: int = 6
    paused: bool = False
    deleted: bool = False
    keeps_fee: bool = False
    adds_fee: bool = False


PAUSED, DELETED, KEEPING, ADDING = 5004, 5005, 5006, 5007
TOKENS = {
    5001: Token(),
    PAUSED: Token(paused=True),
    DELETED: Token(deleted=True),
    KEEPING: Token(keeps_fee=True),
    ADDING: Token(adds_fee=True),
}


class Case(NamedTuple):
    """`code` is the public one, `reason` x402's; both empty for a payment that is good."""

    name: str
    raw: bytes
    code: str = ""
    reason: str = ""
    terms: Mapping[str, Any] = TERMS


def good() -> list[Case]:
    dusd = body(DUSD)
    two = body(transfer_of({PAYER: -AMOUNT // 2, ECDSA_PAYER: -AMOUNT // 2, SHOP: AMOUNT}))
    of_threshold = body(transfer_of({THRESHOLD: -AMOUNT, SHOP: AMOUNT}))
    of_list = body(transfer_of({LISTED: -AMOUNT, SHOP: AMOUNT}))
    to_us = body(transfer_of({PAYER: -AMOUNT, FEE_PAYER: AMOUNT}))
    return [
        Case("HBAR", signed(body())),
        Case("HBAR, signed by ECDSA", signed(body(transfer_of({ECDSA_PAYER: -AMOUNT, SHOP: AMOUNT})), [ECDSA_PAYER])),
        Case("a token", signed(dusd), terms=IN_DUSD),
        Case("a token with its decimals", signed(body(transfer_of({}, given(PAYER), decimals=6))), terms=IN_DUSD),
        Case("a list of one", listed([signed(body())])),
        Case("a list for seven nodes, ours among them", signed(body(), nodes=range(3, 10))),
        Case("a list that begins with nodes nobody knows", signed(body(), nodes=(90, 91, 3))),
        Case("a short key prefix", signed(body(), prefix=6)),
        Case("a short key prefix in every copy", signed(body(), nodes=(3, 4), prefix=1)),
        Case("two payers", signed(two, [PAYER, ECDSA_PAYER])),
        Case("two of the three keys of a threshold", signed(of_threshold, [1003, 1004])),
        Case("all three of them", signed(of_threshold, [1003, 1004, 1005])),
        Case("a list of keys, one of them a threshold", signed(of_list, [1003, 1006])),
        Case("the fee payer is paid", signed(to_us), terms=TERMS | {"payTo": f"0.0.{FEE_PAYER}"}),
        Case("a free slot for the token", signed(body(transfer_of({}, given(PAYER, FREE)))), terms=to(FREE, IN_DUSD)),
        Case("a token with a fee on top", signed(body(of_token(ADDING))), terms=TERMS | {"asset": f"0.0.{ADDING}"}),
        Case("a memo", signed(body(memo="order 17"))),
        Case("the longest window", signed(body(duration=180))),
        Case("the shortest time that is left", signed(body(duration=25))),
        Case("the dearest fee", signed(body(fee=100_000_000))),
    ]


def of_token(number: int) -> pb.CryptoTransferTransactionBody:
    """A payment in another token than the usual."""
    transfer = transfer_of({}, given(PAYER))
    transfer.tokenTransfers[0].token.tokenNum = number
    return transfer


def given(payer: int, payee: int = SHOP) -> dict[int, int]:
    """The amounts of a payment."""
    return {payer: -AMOUNT, payee: AMOUNT}


def to(payee: int, terms: Mapping[str, Any] = TERMS) -> dict[str, Any]:
    """Terms that ask for it."""
    return {**terms, "payTo": f"0.0.{payee}"}
