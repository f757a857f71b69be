"""What is kept of a transfer that was decoded is what reading its bytes again would find."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relay import hapi_pb2 as pb
from relay.chain import SIGNED, SignedTransfer
from relay.chains.hedera import copies, envelope, names
from relay.chains.hedera.transfer import decode
from relay.money import ChainId
from relay.wallet import Wallet, transfer

DEVNET = ChainId("hedera", "devnet")
NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)


def signed(*nodes: str, now: datetime = NOW) -> bytes:
    payer = Wallet.development("0.0.1001")
    return transfer(payer, pay_to=[("0.0.2001", 7)], asset="0.0.0", memo="bench", nodes=list(nodes), now=now)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_kept", type(copies._kept)())


@pytest.mark.parametrize("nodes", [("0.0.3",), ("0.0.5", "0.0.3", "0.0.4")], ids=["one copy", "a list"])
def test_the_copies_kept_are_those_in_the_bytes(nodes: tuple[str, ...]) -> None:
    raw = decode(SignedTransfer(DEVNET, SIGNED, signed(*nodes)), {}).signed.raw
    kept = copies.copies_in(raw)
    copies._kept.clear()

    assert copies.copies_in(raw) == kept
    assert [copy.node for copy in kept] == list(nodes)


def test_the_question_for_a_receipt_is_what_protobuf_writes() -> None:
    [copy] = copies.copies_in(signed("0.0.3"))
    question = pb.TransactionGetReceiptQuery(header=pb.QueryHeader(), transactionID=names.transaction_id(copy.id))

    assert copy.query == pb.Query(transactionGetReceipt=question).SerializeToString()


def test_only_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "KEPT", 3)
    raws = [signed("0.0.3", now=NOW + timedelta(microseconds=number)) for number in range(5)]

    for raw in raws:
        copies.copies_in(raw)

    assert list(copies._kept) == raws[2:]


def test_todays_envelope_is_opened_at_a_glance_as_it_is_by_walking(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = signed("0.0.3")
    odd = [whole[:-1], whole + b"\0", b"\x2a" + whole, whole[:1] + b"\xff\x80" + whole[3:], whole[:3], b"\x2a\x80\0"]
    glanced = [opened(raw) for raw in (whole, *odd)]
    monkeypatch.setattr(envelope, "_signed_alone", lambda raw: None)

    assert [opened(raw) for raw in (whole, *odd)] == glanced


def opened(raw: bytes) -> object:
    try:
        return envelope.open_envelope(raw)
    except Exception as error:
        return type(error), str(error)
