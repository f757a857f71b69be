"""Payments of scheme `exact` on Hedera that are refused for what else is known: the terms, keys, balances, the time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from relay import hapi_pb2 as pb
from relay.chains.hedera.reasons import Reason
from relay.devnet.genesis import key_of
from tests.chains.exact_hedera import AMOUNT, DUSD, FEE_PAYER, body, signed
from tests.chains.exact_payments import (
    CROWDED,
    DEEP,
    DELETED,
    FROZEN,
    FULL,
    GONE,
    IN_DUSD,
    KEEPING,
    LISTED,
    NOBODYS,
    NOW,
    PAUSED,
    POOR,
    SHY,
    TERMS,
    THRESHOLD,
    UNRELATED,
    Case,
    given,
    of_token,
    to,
)
from tests.chains.signing import BLOG, ECDSA_PAYER, PAYER, SHOP, listed, modern, pair, transfer_of


def unfounded() -> Iterator[Case]:
    """All of them; the names are unique."""
    for of_rule in (_terms, _signatures, _window, _preflight):
        yield from of_rule()


def _terms() -> Iterator[Case]:
    plain = signed(body())
    amount = "wrong_amount", Reason.AMOUNT
    yield Case("a unit too little", plain, *amount, TERMS | {"amount": str(AMOUNT + 1)})
    yield Case("a unit too much", plain, *amount, TERMS | {"amount": str(AMOUNT - 1)})
    yield Case("somebody else is paid", plain, *amount, to(BLOG))
    others = transfer_of({PAYER: -AMOUNT - 5, SHOP: AMOUNT, BLOG: 5})
    yield Case("somebody else is paid besides", signed(body(others)), "unknown_payee", Reason.OTHERS_PAID)
    fee = transfer_of({PAYER: -AMOUNT - 5, SHOP: AMOUNT, FEE_PAYER: 5})
    yield Case("the fee payer is paid besides", signed(body(fee)), "unknown_payee", Reason.OTHERS_PAID)
    yield Case("a token where HBAR is asked", signed(body(DUSD)), "wrong_asset", Reason.ASSET)
    yield Case("HBAR where a token is asked", plain, "wrong_asset", Reason.UNEXPECTED_HBAR, IN_DUSD)
    asked = "invalid_request"
    yield Case("an asset that is none", plain, asked, "invalid_asset", TERMS | {"asset": "HBAR"})
    yield Case("payTo is an EVM address", plain, asked, Reason.ALIAS, TERMS | {"payTo": "0x" + "ab" * 20})
    yield Case("payTo is nothing", plain, asked, Reason.PAY_TO, TERMS | {"payTo": "shop"})
    yield Case("no fee payer is named", plain, asked, Reason.NO_FEE_PAYER, TERMS | {"extra": {}})
    theirs = TERMS | {"extra": {"feePayer": "0.0.9000"}}
    yield Case("another's fee payer is named", plain, asked, "fee_payer_not_managed_by_facilitator", theirs)


def _signatures() -> Iterator[Case]:
    wrong = "invalid_signature", Reason.SIGNATURE
    yield Case("not signed", signed(body(), []), *wrong)
    yield Case("signed by another account", signed(body(), [1003]), *wrong)
    yield Case("signed by another account, short prefix", signed(body(), [1003], prefix=4), *wrong)
    flipped = bytearray(signed(body()))
    flipped[-3] ^= 1
    yield Case("a bit of the signature is wrong", bytes(flipped), *wrong)
    raw = body().SerializeToString()
    ours = pair(raw)
    yield Case("the signature is cut", modern(raw, [_pair(ours.pubKeyPrefix, ours.ed25519[:63])]), *wrong)
    short = _pair(ours.pubKeyPrefix[:4], bytes(64))
    yield Case("a short prefix of the right key, and no signature of it", modern(raw, [short]), *wrong)
    yield Case("an empty prefix", signed(body(), prefix=0), *wrong)
    yield Case(
        "two signatures one key could have made", modern(raw, [ours, _pair(ours.pubKeyPrefix[:4], bytes(64))]), *wrong
    )
    yield Case("signed by the fee payer, too", signed(body(), [PAYER, FEE_PAYER]), *wrong)
    yield Case(
        "a prefix of the fee payer's key", modern(raw, [ours, _pair(key_of(FEE_PAYER).ed25519[:2], bytes(64))]), *wrong
    )
    yield Case("somebody signed who pays nothing", signed(body(), [PAYER, 1003]), *wrong)
    crowd = [ours, *(_pair(hashlib.sha256(b"%d" % n).digest()[:8], bytes(64)) for n in range(20))]
    yield Case("21 signatures", modern(raw, crowd), *wrong)
    many = [PAYER, 1003, 1005]
    yield Case("123 signatures in the list", signed(body(), many, nodes=range(3, 44)), *wrong)
    copies = [signed(body(), nodes=[3]), signed(body(), [1003], nodes=[4])]
    yield Case("copies signed by different keys", listed(copies), *wrong)
    other = body(fee=1).SerializeToString()
    copies = [signed(body(), nodes=[3]), modern(_for(4), [pair(other)])]
    yield Case("a second copy whose signature is another body's", listed(copies), *wrong)
    copies = [signed(body(), nodes=[3], prefix=4), modern(_for(4), [pair(other, prefix=4)])]
    yield Case("likewise with short prefixes", listed(copies), *wrong)
    two = body(transfer_of({PAYER: -AMOUNT // 2, 1003: -AMOUNT // 2, SHOP: AMOUNT}))
    yield Case("one of two payers did not sign", signed(two), *wrong)
    of_threshold = body(transfer_of({THRESHOLD: -AMOUNT, SHOP: AMOUNT}))
    yield Case("one of the two keys a threshold asks", signed(of_threshold, [1003]), *wrong)
    of_list = body(transfer_of({LISTED: -AMOUNT, SHOP: AMOUNT}))
    yield Case("a list of keys of which one is missing", signed(of_list, [1003]), *wrong)
    for name, num in {"deeper than five": DEEP, "of 21 keys": CROWDED, "of a contract": NOBODYS}.items():
        yield Case(f"a key {name}", signed(body(transfer_of({num: -AMOUNT, SHOP: AMOUNT})), [1003]), *wrong)
    ecdsa = body(transfer_of({ECDSA_PAYER: -AMOUNT, SHOP: AMOUNT})).SerializeToString()
    right = pair(ecdsa, ECDSA_PAYER)
    as_other = pb.SignaturePair(pubKeyPrefix=right.pubKeyPrefix[:32], ed25519=right.ECDSA_secp256k1)
    yield Case("an ECDSA signature called ed25519", modern(ecdsa, [as_other]), *wrong)


def _window() -> Iterator[Case]:
    late = "transaction_expired", Reason.WINDOW
    yield Case("over", signed(body(seconds=NOW - 121)), *late)
    yield Case("14 seconds are left", signed(body(duration=24)), *late)
    yield Case("it begins in three seconds", signed(body(seconds=NOW + 3)), *late)


def _preflight() -> Iterator[Case]:
    fails = "simulation_failed", Reason.PREFLIGHT
    poor = "insufficient_funds", Reason.PREFLIGHT
    yield Case("a payer with too little", signed(body(transfer_of({POOR: -AMOUNT, SHOP: AMOUNT})), [1003]), *poor)
    yield Case("too few tokens", signed(body(transfer_of({}, given(POOR))), [1003]), *poor, IN_DUSD)
    yield Case("a payer that is gone", signed(body(transfer_of({GONE: -AMOUNT, SHOP: AMOUNT})), [1003]), *fails)
    yield Case("a payer nobody knows", signed(body(transfer_of({9999: -AMOUNT, SHOP: AMOUNT})), [1003]), *fails)
    for name, num in {
        "is not associated with the token": UNRELATED,
        "has used its free slots": FULL,
        "is frozen for the token": FROZEN,
    }.items():
        paid = signed(body(transfer_of({}, given(PAYER, num))))
        yield Case(f"a payee that {name}", paid, *fails, to(num, IN_DUSD))
    for name, num in {"wants to sign itself": SHY, "is gone": GONE, "nobody knows": 9999}.items():
        paid = signed(body(transfer_of({PAYER: -AMOUNT, num: AMOUNT})))
        yield Case(f"a payee that {name}", paid, *fails, to(num))
    for name, num in {"is paused": PAUSED, "was deleted": DELETED, "keeps a fee of the payment": KEEPING}.items():
        terms = TERMS | {"asset": f"0.0.{num}"}
        yield Case(f"a token that {name}", signed(body(of_token(num))), *fails, terms)
    unknown = signed(body(), nodes=(90, 91))
    yield Case("signed for no node of the address book", unknown, "node_refused", Reason.PREFLIGHT)


def _for(node: int) -> bytes:
    return body(node=node).SerializeToString()


def _pair(prefix: bytes, signature: bytes) -> pb.SignaturePair:
    return pb.SignaturePair(pubKeyPrefix=prefix, ed25519=signature)
