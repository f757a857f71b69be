"""Decoding: every envelope is lifted without touching what was signed; nothing but a plain transfer gets through."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from coincurve import PrivateKey
from eth_hash.auto import keccak
from google.protobuf.message import DecodeError, Message
from hypothesis import given, settings
from hypothesis import strategies as st

from relay import hapi_pb2 as pb
from relay.chain import SIGNED, Leg, SignedTransfer, Transfer
from relay.chains.hedera import wire
from relay.chains.hedera.copies import copies_in
from relay.chains.hedera.envelope import transaction_of
from relay.chains.hedera.transfer import decode
from relay.errors import InvalidTransfer, TooLarge
from relay.money import Account, Asset
from tests.chains import signing
from tests.chains.corpus import Bad, corpus
from tests.chains.signing import DEVNET, ECDSA_PAYER, FEES, PAYER, SHOP, START, Tree, body, modern, pair, transfer_of

DECIMALS = {Asset("0.0.0"): 8, Asset("0.0.5001"): 6}
CORPUS = corpus()


def read(raw: bytes) -> Transfer:
    return decode(SignedTransfer(DEVNET, SIGNED, raw), DECIMALS)


def test_a_transfer_says_who_pays_what_to_whom_and_until_when() -> None:
    raw = modern(body(nanos=47_011).SerializeToString())

    transfer = read(raw)

    assert transfer.id == "0.0.1001@1700000000.000047011"
    assert transfer.payer == "0.0.1001"
    assert transfer.memo == "inv_8f2k"
    assert transfer.legs == (
        Leg(Account("0.0.1001"), Asset("0.0.0"), -1_000_000),
        Leg(Account("0.0.2001"), Asset("0.0.0"), 900_000),
        Leg(Account("0.0.3001"), Asset("0.0.0"), 100_000),
    )
    assert transfer.valid_from == datetime.fromtimestamp(START, UTC) + timedelta(microseconds=47)
    assert transfer.valid_until == datetime.fromtimestamp(START, UTC) + timedelta(seconds=120, microseconds=48)
    assert transfer.signed == SignedTransfer(DEVNET, SIGNED, raw)


def test_tokens_come_after_hbar_with_their_ids() -> None:
    both = transfer_of({PAYER: -3, SHOP: 3}, {PAYER: -50, SHOP: 50}, decimals=6)

    transfer = read(modern(body(both).SerializeToString()))

    assert [(leg.asset, leg.amount) for leg in transfer.legs] == [
        ("0.0.0", -3),
        ("0.0.0", 3),
        ("0.0.5001", -50),
        ("0.0.5001", 50),
    ]


@pytest.mark.parametrize("lift", [signing.modern, signing.body_bytes, signing.legacy_map])
def test_every_envelope_with_a_map_becomes_the_same_signed_transaction(lift: object) -> None:
    raw = body().SerializeToString()

    transfer = read(lift(raw))  # type: ignore[operator]

    assert transfer.signed.raw == modern(raw)


def test_the_two_equal_signatures_of_2019_become_one_without_a_prefix() -> None:
    raw = body().SerializeToString()

    transfer = read(signing.legacy_sigs(raw))

    [pair_] = pb.SignedTransaction.FromString(_inside(transfer.signed.raw)).sigMap.sigPair
    assert pair_.pubKeyPrefix == b""
    assert pair_.ed25519 == pair(raw).ed25519


@pytest.mark.parametrize(
    "lift",
    [
        signing.modern,
        signing.body_bytes,
        signing.legacy_map,
        signing.legacy_sigs,
        lambda raw: signing.listed([modern(raw)]),
    ],
)
def test_bytes_a_parser_would_write_differently_are_kept_as_they_were_signed(lift: object) -> None:
    # protobuf.js writes zeros out, and fields in any order are as good
    message = signing.tree(pb.TransactionBody.DESCRIPTOR, body().SerializeToString())
    message.below.reverse()
    message.at("nodeAccountID").below[:0] = [Tree(1, b"\x08\0"), Tree(2, b"\x10\0")]
    message.below.append(Tree(5, b"\x28\0"))
    raw = message.encode()
    assert pb.TransactionBody.FromString(raw).SerializeToString() != raw

    transfer = read(lift(raw))  # type: ignore[operator]

    assert pb.SignedTransaction.FromString(_inside(transfer.signed.raw)).bodyBytes == raw
    assert transfer.legs == read(modern(body().SerializeToString())).legs


def test_a_list_of_one_is_that_one_and_a_list_of_several_stays_a_list() -> None:
    copies = [modern(body(node=node).SerializeToString()) for node in (5, 3, 4)]

    one, several = read(signing.listed(copies[:1])), read(signing.listed(copies))

    assert one.signed.raw == copies[0]
    assert several.signed.raw == signing.listed(copies)
    assert [(copy.node, copy.transaction) for copy in copies_in(several.signed.raw)] == [
        ("0.0.5", copies[0]),
        ("0.0.3", copies[1]),
        ("0.0.4", copies[2]),
    ]


def test_a_list_may_hold_copies_in_old_envelopes() -> None:
    raws = [body(node=node).SerializeToString() for node in (3, 4, 5)]

    transfer = read(signing.listed([signing.legacy_map(raws[0]), signing.body_bytes(raws[1]), modern(raws[2])]))

    assert transfer.signed.raw == signing.listed(modern(raw) for raw in raws)


def test_decoding_what_decode_returned_changes_nothing() -> None:
    first = read(signing.legacy_map(body().SerializeToString()))

    assert read(first.signed.raw) == first


def test_an_ecdsa_signature_is_checked_whichever_half_its_s_is_in() -> None:
    raw = body(payer=ECDSA_PAYER).SerializeToString()
    good = pair(raw, ECDSA_PAYER)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    r, s = good.ECDSA_secp256k1[:32], int.from_bytes(good.ECDSA_secp256k1[32:], "big")
    other = pb.SignaturePair(pubKeyPrefix=good.pubKeyPrefix, ECDSA_secp256k1=r + (order - s).to_bytes(32, "big"))

    assert read(modern(raw, [good])).payer == read(modern(raw, [other])).payer == "0.0.1002"


def test_a_signature_of_the_wrong_ecdsa_key_is_refused() -> None:
    raw = body(payer=ECDSA_PAYER).SerializeToString()
    stranger = PrivateKey(signing.secret(1004)).sign_recoverable(raw, hasher=keccak)[:64]
    wrong = pb.SignaturePair(pubKeyPrefix=pair(raw, ECDSA_PAYER).pubKeyPrefix, ECDSA_secp256k1=stranger)

    with pytest.raises(InvalidTransfer) as refused:
        read(modern(raw, [wrong]))

    assert refused.value.code == "invalid_signature"


@pytest.mark.parametrize("prefix", [0, 1, 8, 31])
def test_a_signature_without_its_whole_key_is_left_to_the_node(prefix: int) -> None:
    raw = body().SerializeToString()
    elsewhere = pair(b"another message")
    elsewhere.pubKeyPrefix = elsewhere.pubKeyPrefix[:prefix]

    assert read(modern(raw, [elsewhere])).payer == "0.0.1001"


def test_a_memo_may_have_a_hundred_bytes_and_a_window_180_seconds() -> None:
    transfer = read(modern(body(memo="é" * 50, duration=180, nanos=0).SerializeToString()))

    assert transfer.memo == "é" * 50
    assert transfer.valid_until - transfer.valid_from == timedelta(seconds=180)


def test_ten_amounts_are_taken() -> None:
    ten = {PAYER: -9} | dict.fromkeys(range(2001, 2010), 1)

    assert len(read(modern(body(transfer_of(ten)).SerializeToString())).legs) == 10


def test_accounts_of_another_shard_keep_it() -> None:
    message = body(transfer_of({PAYER: -1, SHOP: 1}))
    message.cryptoTransfer.transfers.accountAmounts[1].accountID.shardNum = 1
    message.cryptoTransfer.transfers.accountAmounts[1].accountID.realmNum = 2

    assert read(modern(message.SerializeToString())).legs[1].account == "1.2.2001"


def test_a_refusal_names_the_kind_it_does_not_relay() -> None:
    message = body()
    message.contractCall.gas = 1

    with pytest.raises(InvalidTransfer, match=r"contractCall \(field 7\)"):
        read(modern(message.SerializeToString()))


def test_one_byte_more_than_the_network_takes_is_too_large_before_anything_is_read() -> None:
    with pytest.raises(TooLarge):
        read(bytes(6145))
    with pytest.raises(InvalidTransfer):
        read(bytes(6144))


def test_the_corpus_is_large_and_deterministic() -> None:
    assert len(CORPUS) >= 300
    assert [(bad.name, bad.raw) for bad in CORPUS] == [(bad.name, bad.raw) for bad in corpus()]


@pytest.mark.parametrize("bad", CORPUS, ids=[bad.name for bad in CORPUS])
def test_bad_input_is_refused_by_its_code(bad: Bad) -> None:
    with pytest.raises((InvalidTransfer, TooLarge)) as refused:
        read(bad.raw)

    assert refused.value.code in bad.codes, refused.value.message
    assert len(refused.value.message) < 400


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=400))
def test_any_bytes_are_a_transfer_or_refused(raw: bytes) -> None:
    _read_or_refuse(raw)


_SEEDS = [
    each(raw)
    for raw in (
        body().SerializeToString(),
        body(transfer_of({PAYER: -3, SHOP: 3}, {PAYER: -50, FEES: 50}, decimals=6)).SerializeToString(),
    )
    for each in (signing.modern, signing.body_bytes, signing.legacy_map, signing.legacy_sigs)
]


@settings(deadline=None)  # the machine may be busy
@given(
    st.sampled_from(_SEEDS),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=6), st.integers(0, 6)), max_size=4),
)
def test_spliced_transactions_are_a_transfer_or_refused(seed: bytes, splices: list[tuple[int, bytes, int]]) -> None:
    raw = seed
    for at, new, cut in splices:
        raw = raw[:at] + new + raw[at + cut :]
    _read_or_refuse(raw)


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=300))
def test_any_body_properly_signed_is_a_transfer_or_refused(raw_body: bytes) -> None:
    _read_or_refuse(modern(raw_body))


@settings(deadline=None)
@given(
    st.sampled_from(_SEEDS),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=6), st.integers(0, 6)), max_size=3),
)
def test_what_the_quick_walk_lets_pass_the_exact_one_does_too(
    seed: bytes, splices: list[tuple[int, bytes, int]]
) -> None:
    raw = pb.Transaction.FromString(seed).signedTransactionBytes or seed
    for at, new, cut in splices:
        raw = raw[:at] + new + raw[at + cut :]
    for kind in (pb.TransactionBody, pb.Transaction, pb.SignedTransaction, pb.Query):
        if wire._is_plain(kind.DESCRIPTOR, raw):
            with contextlib.suppress(InvalidTransfer):  # the one thing left to the parser
                wire.scan(kind.DESCRIPTOR, raw)
                continue
            with pytest.raises(DecodeError):
                kind.FromString(raw)


def test_the_quick_walk_refuses_every_ambiguous_body_and_passes_the_unusual_ones() -> None:
    for bad in CORPUS:
        if bad.name.startswith(("unknown field", "repeated field", "long integer", "wire type")):
            for kind, raw in _layers(bad.raw):
                if not wire._is_plain(kind.DESCRIPTOR, raw):
                    break
            else:
                pytest.fail(bad.name)
    message = signing.tree(pb.TransactionBody.DESCRIPTOR, body().SerializeToString())
    message.below.reverse()
    message.below.append(Tree(5, b"\x28\0"))
    assert wire._is_plain(pb.TransactionBody.DESCRIPTOR, message.encode())


def _layers(raw: bytes) -> list[tuple[type[Message], bytes]]:
    """The messages one inside the other, as far as they can be opened."""
    found: list[tuple[type[Message], bytes]] = [(pb.Transaction, raw)]
    with contextlib.suppress(DecodeError):
        found.append((pb.SignedTransaction, pb.Transaction.FromString(raw).signedTransactionBytes))
        found.append((pb.TransactionBody, pb.SignedTransaction.FromString(found[1][1]).bodyBytes))
    return found


def _read_or_refuse(raw: bytes) -> None:
    try:
        transfer = read(raw)
    except (InvalidTransfer, TooLarge):
        return
    again = read(transfer.signed.raw)
    assert again == transfer
    for copy in copies_in(transfer.signed.raw):
        assert read(copy.transaction).id == transfer.id == copy.id
        assert transaction_of(_inside(copy.transaction)) == copy.transaction


def _inside(raw: bytes) -> bytes:
    return pb.Transaction.FromString(raw).signedTransactionBytes
