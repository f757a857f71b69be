"""Decoding: a payer's transaction or authorization says one thing, in one spelling, whoever sends it and however."""

from __future__ import annotations

import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.chain import EXACT, SIGNED, Leg, SignedTransfer, Transfer
from relay.chains.eip155 import authorization, read_account, transaction
from relay.chains.eip155.address import checksummed
from relay.chains.eip155.spec import Spec, spec_of
from relay.errors import InvalidRequest, InvalidTransfer, TooLarge
from relay.money import ChainId
from relay.wire import transfers
from tests.chains import evm
from tests.chains.evm import AFTER, BEFORE, CHAIN, EURC, PAYER, PERMIT2, PLAIN, SHOP, STRANGER, USDC
from tests.chains.evm_corpus import ORDER, corpus, made
from tests.servers.typed_data import PERMIT_WITNESS_TRANSFER_FROM

SPEC = evm.spec()


def read(signed: SignedTransfer, spec: Spec = SPEC) -> Transfer:
    return (transaction if signed.scheme == SIGNED else authorization).decode(signed, spec)


def moves(transfer: Transfer) -> list[tuple[str, str, int]]:
    return [(leg.account, leg.asset, leg.amount) for leg in transfer.legs]


# --- transactions ---


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_transaction_says_who_pays_whom_in_coins(kind: int) -> None:
    raw = evm.transaction(type=kind, value=7)

    transfer = read(evm.signed(raw))

    assert transfer.payer == PAYER.address
    assert moves(transfer) == [(PAYER.address, "native", -7), (SHOP, "native", 7)]
    assert transfer.signed.raw == raw
    assert transfer.memo is None


def test_its_id_is_the_hash_the_chain_will_know_it_by() -> None:
    signed = PAYER.sign_transaction(
        {"type": 2, "chainId": 31337, "nonce": 3, "gas": 21000, "to": SHOP, "value": 1, "maxFeePerGas": 1}
        | {"maxPriorityFeePerGas": 1}
    )

    assert read(evm.signed(bytes(signed.raw_transaction))).id == "0x" + bytes(signed.hash).hex()


def test_a_transaction_has_no_end_so_its_window_is_all_time() -> None:
    transfer = read(evm.signed(evm.transaction()))

    assert transfer.valid_from < datetime(2020, 1, 1, tzinfo=UTC)
    assert transfer.valid_until > datetime(9000, 1, 1, tzinfo=UTC)
    assert transfer.valid_until + timedelta(days=1)  # there is room for whoever adds a tolerance


@pytest.mark.parametrize("selector", ["a9059cbb", "23b872dd"])
def test_a_call_of_a_token_says_who_receives_it(selector: str) -> None:
    owner = [PAYER.address] if selector == "23b872dd" else []

    transfer = read(evm.signed(evm.token_transfer(data=evm.call(selector, *owner, SHOP, 2**256 - 1))))

    assert transfer.legs == (
        Leg(read_account(PAYER.address), SPEC.tokens[bytes.fromhex(USDC[2:])].asset, 1 - 2**256),
        Leg(read_account(SHOP), SPEC.tokens[bytes.fromhex(USDC[2:])].asset, 2**256 - 1),
    )
    assert transfer.legs[0].asset == USDC


def test_an_access_list_does_not_matter() -> None:
    access = [[bytes.fromhex(USDC[2:]), [b"\1" * 32] * 3], [b"\2" * 20, []]]

    assert moves(read(evm.signed(made(2, access=access))))[1] == (SHOP, "native", 10**15)


def test_on_hedera_coins_move_in_whole_tinybar() -> None:
    hedera = spec_of(ChainId("eip155", "296"), SPEC.options, SPEC.clock)

    def pays(value: int) -> SignedTransfer:
        return SignedTransfer(hedera.id, SIGNED, evm.transaction(chainId=296, value=value))

    assert moves(read(pays(3 * 10**10), hedera))[1][2] == 3 * 10**10
    with pytest.raises(InvalidTransfer, match="no multiple"):
        read(pays(3 * 10**10 + 1), hedera)


# --- authorizations ---


def test_an_authorization_names_no_token_and_is_read_for_the_one_it_was_signed_for() -> None:
    for token in (USDC, EURC):
        transfer = read(evm.exact(evm.authorization(token=token)))

        assert moves(transfer) == [(PAYER.address, token, -1_500_000), (SHOP, token, 1_500_000)]


def test_its_id_is_the_nonce_that_can_be_used_once_at_the_token() -> None:
    usdc, eurc = (read(evm.exact(evm.authorization(token=token))).id for token in (USDC, EURC))

    assert usdc == f"{PAYER.address}+0x{'11' * 32}@{USDC}"
    assert eurc == f"{PAYER.address}+0x{'11' * 32}@{EURC}"  # the same nonce is another one there


def test_a_permit_is_named_by_the_nonce_that_can_be_used_once_at_permit2() -> None:
    ids = {read(evm.exact(evm.permit(token=token))).id for token in (USDC, PLAIN)}

    assert ids == {f"{PAYER.address}+0x{123456789:064x}@{PERMIT2}"}


def test_both_ends_of_an_authorization_are_excluded() -> None:
    transfer = read(evm.exact(evm.authorization()))

    assert transfer.valid_from == datetime.fromtimestamp(AFTER + 1, UTC)
    assert transfer.valid_until == datetime.fromtimestamp(BEFORE, UTC) - timedelta(microseconds=1)


def test_both_ends_of_a_permit_are_included() -> None:
    transfer = read(evm.exact(evm.permit()))

    assert transfer.valid_from == datetime.fromtimestamp(AFTER, UTC)
    assert transfer.valid_until == datetime.fromtimestamp(BEFORE + 1, UTC) - timedelta(microseconds=1)


def test_an_authorization_without_an_end_ends_with_the_calendar() -> None:
    transfer = read(evm.exact(evm.authorization(validAfter="0", validBefore=str(2**256 - 1))))

    assert transfer.valid_until == datetime(9999, 1, 1, tzinfo=UTC)


def test_however_a_payload_is_spelled_it_is_kept_in_one_way() -> None:
    body = evm.authorization()
    lower = {name: value.lower() for name, value in body["authorization"].items()}
    spellings: list[Any] = [
        body,
        dict(reversed(body.items())),
        body | {"asset": USDC},
        body | {"asset": USDC.lower()},
        body | {"authorization": lower},
        body | {"signature": evm.other_v(body["signature"])},
        body | {"signature": evm.compact(body["signature"])},
        body | {"signature": body["signature"].upper().replace("0X", "0x")},
        {"x402Version": 2, "payload": body, "accepted": {"scheme": "exact", "network": str(CHAIN), "asset": USDC}},
        {"x402Version": 2, "payload": body, "extensions": {"anything": [1, {}]}, "resource": {"url": "https://a"}},
    ]

    kept = {read(evm.exact(each)).signed.raw for each in spellings}

    assert len(kept) == 1
    [raw] = kept
    assert json.loads(raw) == {"asset": USDC} | body
    assert read(SignedTransfer(CHAIN, EXACT, raw)).signed.raw == raw


def test_a_wallet_with_code_signs_what_only_its_code_can_read() -> None:
    word = evm.authorization() | {"signature": "0x" + "5a" * 320, "asset": USDC}

    transfer = read(evm.exact(word))
    read_again = authorization.read(transfer.signed.raw, SPEC)

    assert moves(transfer)[1] == (SHOP, USDC, 1_500_000)
    assert (read_again.proven, read_again.signature) == (False, bytes.fromhex("5a" * 320))
    assert authorization.read(read(evm.exact(evm.authorization())).signed.raw, SPEC).proven


def test_a_wallet_with_code_must_say_which_token_it_means_where_there_are_several() -> None:
    with pytest.raises(InvalidTransfer, match="names the asset") as refused:
        read(evm.exact(evm.authorization() | {"signature": "0x" + "5a" * 320}))
    assert refused.value.code == "invalid_signature"

    one = evm.spec(tokens=evm.OPTIONS["tokens"][:1])
    assert moves(read(evm.exact(evm.authorization() | {"signature": "0x" + "5a" * 320}), one))[1][1] == USDC


def test_with_one_token_a_signature_by_nobody_is_left_for_the_chain_to_refuse_and_never_proven() -> None:
    for bad in corpus():
        if bad.code != "invalid_signature" or bad.signed.scheme != EXACT:
            continue
        with contextlib.suppress(InvalidTransfer):
            transfer = read(bad.signed)
            assert not authorization.read(transfer.signed.raw, SPEC).proven, bad.name


def test_what_is_signed_is_what_eth_account_signs() -> None:
    body = evm.permit()
    found = authorization.read(json.dumps(body).encode(), SPEC)
    message = {
        "permitted": {"token": PLAIN, "amount": 1_500_000},
        "spender": evm.PROXY,
        "nonce": 123456789,
        "deadline": BEFORE,
        "witness": {"to": SHOP, "validAfter": AFTER},
    }
    domain = {"name": "Permit2", "chainId": 31337, "verifyingContract": PERMIT2}
    signable = encode_typed_data(domain, PERMIT_WITNESS_TRANSFER_FROM, message)

    assert PAYER.unsafe_sign_hash(found.digest).signature == PAYER.sign_message(signable).signature


# --- what it arrives in ---


def test_the_object_of_a_payload_its_json_and_its_base64_are_the_same_transfer() -> None:
    body = evm.authorization()
    text = json.dumps(body)

    for given_ in (body, text, " " + text, text.encode(), base64.b64encode(text.encode()).decode()):
        asked = {"network": str(CHAIN), "scheme": EXACT, "transaction": given_, "invoice": "inv_1"}
        signed, invoice = transfers.read_transfer(asked, CHAIN)

        assert (read(signed), invoice) == (read(evm.exact(body)), "inv_1")


@pytest.mark.parametrize(
    "junk",
    [{"a": "x" * 20_000}, {"a": object()}, {"a": 2**70}, {1: {2}}, "{" + "x" * 20_000, {"a": float("nan")}],
    ids=["large", "an object", "a large number", "a set", "large text", "not a number"],
)
def test_an_object_that_is_no_payload_is_refused(junk: object) -> None:
    with pytest.raises((InvalidRequest, TooLarge, InvalidTransfer)):
        read(transfers.read_transfer({"network": str(CHAIN), "scheme": EXACT, "transaction": junk}, CHAIN)[0])


def test_an_object_too_deep_is_refused() -> None:
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"a": deep}

    with pytest.raises(InvalidRequest, match="nests too deep"):
        transfers.read_transfer({"network": str(CHAIN), "scheme": EXACT, "transaction": deep}, CHAIN)


def test_only_scheme_exact_takes_an_object() -> None:
    with pytest.raises(InvalidRequest):
        transfers.read_transfer({"network": str(CHAIN), "transaction": evm.authorization()}, CHAIN)


# --- accounts ---


def test_an_account_is_kept_with_its_checksum_and_a_mistyped_one_is_refused() -> None:
    assert read_account(SHOP.lower()) == read_account("0x" + SHOP[2:].upper()) == read_account(SHOP) == SHOP
    for text in (SHOP[:-1] + "9", SHOP[:-1] + "c", SHOP[2:], "shop.eth", "", "0x" + "g" * 40, SHOP + " "):
        with pytest.raises(InvalidRequest):
            read_account(text)


@given(st.binary(min_size=20, max_size=20))
def test_every_checksum_is_the_one_others_write(raw: bytes) -> None:
    from eth_utils import to_checksum_address

    assert checksummed(raw) == to_checksum_address(raw)


# --- nothing else is ever raised ---

GOOD_RAW = [evm.transaction(), evm.transaction(type=1), evm.transaction(type=0), evm.token_transfer()]
GOOD_JSON = [json.dumps(evm.authorization()).encode(), json.dumps(evm.permit()).encode()]


@st.composite
def bent(draw: st.DrawFn, whole: list[bytes]) -> bytes:
    """One of `whole` with a few bytes replaced, dropped or put in."""
    raw = bytearray(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(raw)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=300) | bent(GOOD_RAW))
def test_any_bytes_are_a_transfer_of_the_payers_or_refused(raw: bytes) -> None:
    with contextlib.suppress(InvalidTransfer, InvalidRequest, TooLarge):
        transfer = read(evm.signed(raw))
        assert transfer.signed.raw == raw
        assert sum(leg.amount for leg in transfer.legs) == 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=50) | st.sampled_from([SHOP, "0x", "1", str(2**256)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=100) | bent(GOOD_JSON) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_json_is_an_authorization_or_refused(raw: bytes) -> None:
    with contextlib.suppress(InvalidTransfer, InvalidRequest, TooLarge):
        transfer = read(SignedTransfer(CHAIN, EXACT, raw))
        assert read(transfer.signed) == transfer


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["value", "validAfter", "validBefore", "nonce", "from", "to", "signature", "asset"]),
    json_values,
)
def test_any_value_of_any_member_is_read_or_refused(name: str, value: object) -> None:
    body = evm.authorization()
    inner = body if name in ("signature", "asset") else body["authorization"]
    inner[name] = value
    with contextlib.suppress(InvalidTransfer, InvalidRequest, TooLarge):
        found = authorization.read(read(evm.exact(body)).signed.raw, SPEC)
        assert found.payer != bytes.fromhex(STRANGER.address[2:])
        assert found.proven == (body == evm.authorization()) or name == "asset"


def test_the_order_of_the_curve_is_the_one_signatures_are_bound_by() -> None:
    from relay.chains.eip155.signature import ORDER as OURS

    assert OURS == ORDER
