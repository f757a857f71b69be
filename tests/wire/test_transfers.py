"""A transfer as clients send it: every form of the bytes, every limit, and no input that gets more than a refusal."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relay.chain import EXACT, SIGNED, SignedTransfer
from relay.errors import InvalidRequest, TooLarge
from relay.invoice import InvoiceId
from relay.money import ChainId
from relay.wire import transfers

TESTNET, BASE = ChainId("hedera", "testnet"), ChainId("eip155", "8453")
RAW = b"\x0a\x00\xfb\xef\xff signed"
TEXT = base64.b64encode(RAW).decode()
quick = settings(max_examples=200, deadline=None)


FORMS = [
    RAW,
    bytearray(RAW),
    TEXT,
    base64.urlsafe_b64encode(RAW).decode(),
    TEXT.rstrip("="),
    "0x" + RAW.hex(),
    list(RAW),
    tuple(RAW),
]


@pytest.mark.parametrize("form", FORMS, ids=repr)
def test_every_form_of_the_bytes_is_the_same_transfer(form):
    expected = SignedTransfer(TESTNET, SIGNED, RAW)
    assert transfers.read_transfer(form, TESTNET) == (expected, None)
    assert transfers.read_transfer({"transaction": form}, TESTNET) == (expected, None)
    assert transfers.read_transfer({"network": "hedera:testnet", "transaction": form}, BASE) == (expected, None)


def test_the_object_names_network_scheme_and_invoice():
    argument = {"network": "eip155:8453", "transaction": TEXT, "scheme": "exact", "invoice": "inv_1"}
    assert transfers.read_transfer(argument, TESTNET) == (SignedTransfer(BASE, EXACT, RAW), InvoiceId("inv_1"))


def test_an_invoice_of_null_is_none():
    assert transfers.read_transfer({"transaction": RAW, "invoice": None}, TESTNET)[1] is None


@quick
@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_arrive_as_they_were(raw):
    url_safe = base64.urlsafe_b64encode(raw).decode()
    assume(not url_safe.startswith("0x"))  # read as hex
    for form in (raw, base64.b64encode(raw).decode(), url_safe, url_safe.rstrip("="), "0x" + raw.hex(), list(raw)):
        assert transfers.read_bytes(form) == raw


LARGEST = bytes(transfers.MAX_RAW_BYTES)


@pytest.mark.parametrize("form", [LARGEST, base64.b64encode(LARGEST).decode(), "0x" + LARGEST.hex(), list(LARGEST)])
def test_the_largest_transfer_is_taken_in_every_form(form):
    assert transfers.read_bytes(form) == LARGEST


BEYOND = LARGEST + b"\0"


@pytest.mark.parametrize(
    "form", [BEYOND, base64.b64encode(BEYOND).decode(), "0x" + BEYOND.hex(), list(BEYOND), "A" * 10_000_000]
)
def test_one_byte_more_is_too_large_in_every_form(form):
    with pytest.raises(TooLarge):
        transfers.read_transfer(form, TESTNET)


@pytest.mark.parametrize("form", [b"", "", "0x", "====", []])
def test_no_bytes_are_no_transfer(form):
    with pytest.raises(InvalidRequest, match="the transaction is empty"):
        transfers.read_bytes(form)


@pytest.mark.parametrize(
    "form",
    [
        "0xabc",
        "0xzz",
        "not base64!",
        "YQ==YQ==",
        "Y",
        "YQ\n==",
        "käse",
        "\ud800",
        "\0",
        [256],
        [-1],
        [1.0],
        [True],
        ["1"],
        [None],
        [[1]],
        None,
        7,
        1.5,
        True,
        {1},
    ],
    ids=repr,
)
def test_what_is_no_bytes_is_refused(form):
    with pytest.raises(InvalidRequest):
        transfers.read_bytes(form)


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ({}, "transaction: missing"),
        ({"transaction": RAW, "netwrok": "x"}, "unknown field 'netwrok'"),
        ({"transaction": RAW, 7: "x"}, "unknown field '7'"),
        ({"transaction": RAW, "network": 7}, "strings"),
        ({"transaction": RAW, "network": None}, "strings"),
        ({"transaction": RAW, "scheme": None}, "strings"),
        ({"transaction": RAW, "invoice": ["inv_1"]}, "strings"),
        ({"transaction": RAW, "network": "testnet"}, "CAIP-2"),
        ({"transaction": {"authorization": {}}}, "expected the signed bytes"),
    ],
)
def test_a_refusal_names_the_field(argument, says):
    with pytest.raises(InvalidRequest, match=says):
        transfers.read_transfer(argument, TESTNET)


def test_an_unknown_field_is_not_echoed_at_length():
    with pytest.raises(InvalidRequest) as refused:
        transfers.read_transfer({"x" * 1_000_000: 1}, TESTNET)
    assert len(refused.value.message) < 200


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.binary(max_size=12)
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=4),
    max_leaves=8,
)
nearly = st.fixed_dictionaries(
    {}, optional={"network": junk, "transaction": junk, "scheme": junk, "invoice": junk, "more": junk}
)


@settings(max_examples=500, deadline=None)
@given(junk | nearly)
def test_whatever_is_sent_is_a_transfer_or_an_invalid_request(argument):
    try:
        signed, invoice = transfers.read_transfer(argument, TESTNET)
    except InvalidRequest as refused:
        assert refused.message
    else:
        assert isinstance(signed.raw, bytes)
        assert 0 < len(signed.raw) <= transfers.MAX_RAW_BYTES
        assert invoice is None or isinstance(argument, Mapping)
