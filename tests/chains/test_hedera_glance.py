"""Ordinary transfers are read at a glance; whatever is read so is what the long way reads, to the last byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay import hapi_pb2 as pb
from relay import wallet
from relay.chain import SIGNED, SignedTransfer, Transfer
from relay.chains.hedera.copies import Copy, copies_in
from relay.chains.hedera.glance import decode_ordinary
from relay.chains.hedera.transfer import decode_any
from relay.errors import RelayError
from relay.money import Asset
from tests.chains.corpus import corpus
from tests.chains.signing import DEVNET, PAYER, SHOP, Tree, body, modern, pair, transfer_of, tree
from tests.chains.test_hedera_exact_fuzz import BENDS, bent

DECIMALS = {Asset("0.0.0"): 8, Asset("0.0.5001"): 6}
TOKENS = transfer_of({}, {PAYER: -50, SHOP: 50})

Outcome = tuple[Transfer, tuple[Copy, ...]] | tuple[str | None, str] | None


def at_a_glance(raw: bytes) -> Outcome:
    return outcome(decode_ordinary, raw)


def the_long_way(raw: bytes) -> Outcome:
    return outcome(lambda transfer: decode_any(transfer, DECIMALS), raw)


def outcome(way: Callable[[SignedTransfer], Transfer | None], raw: bytes) -> Outcome:
    """What it says, with what is kept for sending it; or its refusal; or nothing."""
    try:
        found = way(SignedTransfer(DEVNET, SIGNED, raw))
    except RelayError as error:
        return error.code, error.message
    return None if found is None else (found, copies_in(raw))


def written_with_zeros(raw: bytes) -> bytes:
    """As protobuf.js writes what SDKs set: shard and realm, and what an id may say besides."""
    message = tree(pb.TransactionBody.DESCRIPTOR, raw)
    zeros = [Tree(1, b"\x08\0"), Tree(2, b"\x10\0")]
    message.at("nodeAccountID").below[:0] = zeros
    message.at("transactionID", "accountID").below[:0] = zeros
    message.at("transactionID").below += [Tree(3, b"\x18\0"), Tree(4, b"\x20\0")]
    for each in message.at("cryptoTransfer").below[0].below:  # HBAR; a token is its first
        each.at("accountID").below[:0] = zeros
        each.below.append(Tree(3, b"\x18\0"))
    return message.encode()


ORDINARY = {
    "hbar": body(),
    "two-legs": body(transfer_of({PAYER: -1, SHOP: 1})),
    "token": body(TOKENS),
    "hbar-and-token": body(transfer_of({PAYER: -3, SHOP: 3}, {PAYER: -50, SHOP: 50})),
    "no-memo": body(memo=""),
    "memo-like-a-field": body(memo="r\x15\n\x13 order 2r"),
    "memo-of-100-bytes": body(memo="é" * 50),
    "last-nanosecond": body(nanos=999_999_999),
    "whole-microsecond": body(nanos=1_000),
    "180-seconds": body(duration=180),
    "large-account": body(payer=2**62, node=2**40),
    **{f"memo-of-{length}": body(transfer_of({PAYER: -1, SHOP: 1}), memo="m" * length) for length in range(60, 76)},
}


BODIES = {name: each.SerializeToString() for name, each in ORDINARY.items()} | {
    f"{name}-with-zeros": written_with_zeros(each.SerializeToString())
    for name, each in ORDINARY.items()
    if each.cryptoTransfer.HasField("transfers")
}


@pytest.mark.parametrize("name", BODIES)
def test_an_ordinary_transfer_is_read_at_a_glance(name: str) -> None:
    raw = modern(BODIES[name])

    found = at_a_glance(raw)

    assert found is not None
    assert found == the_long_way(raw)


def test_what_a_wallet_of_ours_signs_is_ordinary() -> None:
    payer = wallet.Wallet.development("0.0.1001")
    terms = {"pay_to": [("0.0.2001", 1)], "memo": "x", "nodes": ["0.0.3"], "now": datetime.now(UTC)}
    for asset in ("0.0.0", "0.0.5001"):
        raw = wallet.transfer(payer, asset=asset, **terms)  # type: ignore[arg-type]
        assert at_a_glance(raw) == the_long_way(raw) is not None


def test_a_wrong_signature_is_refused_in_the_same_words() -> None:
    good, other = (body(nanos=nanos).SerializeToString() for nanos in (1, 2))
    raw = modern(good, [pair(other)])

    with pytest.raises(RelayError, match="does not fit the transaction"):
        decode_ordinary(SignedTransfer(DEVNET, SIGNED, raw))

    assert at_a_glance(raw) == the_long_way(raw)


def test_whatever_the_corpus_has_is_left_to_the_long_way_or_refused_as_it_does() -> None:
    said = [(at_a_glance(bad.raw), the_long_way(bad.raw)) for bad in corpus()]

    assert [pair for pair in said if pair[0] not in (None, pair[1])] == []


@pytest.mark.parametrize("name", ["hbar", "hbar-with-zeros", "token"])
def test_no_byte_is_taken_for_what_it_is_not(name: str) -> None:
    for at in range(len(BODIES[name])):
        for value in (0, *(1 << bit for bit in range(8))):
            changed = bytearray(BODIES[name])
            changed[at] ^= value or changed[at]  # zero, or one bit of it
            transaction = modern(bytes(changed))
            assert at_a_glance(transaction) in (None, the_long_way(transaction))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*BODIES.values()]), BENDS)
def test_a_body_bent_at_random_is_read_as_the_long_way_reads_it_or_not_at_all(
    raw: bytes, bends: list[tuple[str, int, int]]
) -> None:
    transaction = modern(bent(raw, bends))

    assert at_a_glance(transaction) in (None, the_long_way(transaction))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*BODIES.values()]), BENDS)
def test_so_is_an_envelope_bent_at_random(raw: bytes, bends: list[tuple[str, int, int]]) -> None:
    transaction = bent(modern(raw), bends)

    assert at_a_glance(transaction) in (None, the_long_way(transaction))
