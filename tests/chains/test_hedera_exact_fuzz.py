"""Bytes bent at random and signed anew: what passes is, to any parser, a payment; nothing else is signed for."""

from __future__ import annotations

import json

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet
from hypothesis import given, settings
from hypothesis import strategies as st

from relay import hapi_pb2 as pb
from relay.chains.hedera.cosign import FeePayer, FeePayerOptions
from relay.chains.hedera.exact import Exact
from relay.errors import RelayError
from relay.money import Asset
from tests.chains import exact_hedera as buyer
from tests.chains.signing import PAYER, modern, pair
from tests.vectors import generate_hedera_exact

VECTORS = json.loads(generate_hedera_exact.VECTORS.read_text())
OURS = FeePayer.read(FeePayerOptions(**buyer.OPTIONS))
BODIES = [buyer.body(transfer).SerializeToString() for transfer in (buyer.HBAR, buyer.DUSD)]
BENDS = st.lists(
    st.tuples(st.sampled_from(["flip", "insert", "delete", "double"]), st.integers(0, 200), st.integers(0, 255)),
    min_size=1,
    max_size=4,
)


def exact() -> Exact:
    return Exact(OURS, VECTORS["maxFeeTinybars"], {Asset("0.0.0"): 8, Asset("0.0.5001"): 6})


def bent(raw: bytes, bends: list[tuple[str, int, int]]) -> bytes:
    out = bytearray(raw)
    for how, where, value in bends:
        at = where % max(1, len(out))
        match how:
            case "flip":
                out[at] ^= value
            case "insert":
                out.insert(at, value)
            case "delete":
                del out[at : at + 1 + value % 4]
            case _:
                out[at:at] = out[at : at + 1 + value % 16]
    return bytes(out)


def unknown(message: Message) -> bool:
    below = [value for known, value in message.ListFields() if known.message_type is not None]
    inside = [each for value in below for each in (value if not isinstance(value, Message) else (value,))]
    return bool(len(UnknownFieldSet(message))) or any(map(unknown, inside))


@settings(max_examples=1_500, deadline=None)
@given(st.sampled_from(BODIES), BENDS)
def test_a_body_bent_at_random_is_refused_or_is_a_payment_that_costs_us_the_fee_alone(
    raw: bytes, bends: list[tuple[str, int, int]]
) -> None:
    raw = bent(raw, bends)
    try:
        exact().decode(buyer.payment(modern(raw, [pair(raw)])))
    except RelayError as refused:
        assert refused.x402
        return
    body = pb.TransactionBody.FromString(raw)
    amounts = [*body.cryptoTransfer.transfers.accountAmounts]
    for listed in body.cryptoTransfer.tokenTransfers:
        assert not listed.nftTransfers and listed.token == pb.TokenID(tokenNum=5001)
        amounts += listed.transfers
    assert not unknown(body) and body.WhichOneof("data") == "cryptoTransfer"
    assert {known.name for known, _ in body.ListFields()} <= {
        *("transactionID", "nodeAccountID", "transactionFee", "transactionValidDuration", "memo", "cryptoTransfer")
    }
    assert 0 < body.transactionFee <= VECTORS["maxFeeTinybars"]
    assert body.transactionID.accountID == pb.AccountID(accountNum=buyer.FEE_PAYER)
    assert sum(each.amount for each in amounts) == 0
    assert not any(each.is_approval or each.accountID.alias for each in amounts)
    assert not any(each.amount < 0 and each.accountID.accountNum == buyer.FEE_PAYER for each in amounts)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from([(3,), (3, 4, 5)]), BENDS)
def test_a_signed_payment_bent_at_random_is_refused_or_says_the_same(
    nodes: tuple[int, ...], bends: list[tuple[str, int, int]]
) -> None:
    whole = buyer.signed(buyer.body(), [PAYER], nodes)
    said = exact().decode(buyer.payment(whole))

    try:
        found = exact().decode(buyer.payment(bent(whole, [(how, at * 3, value) for how, at, value in bends])))
    except RelayError as refused:
        assert refused.x402
    else:
        assert (found.id, found.payer, found.legs, found.memo) == (said.id, said.payer, said.legs, said.memo)
