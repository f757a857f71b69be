"""The request for a receipt of 2019: the old fields, and patience that ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from relay import hapi_pb2 as pb
from relay.chain import SignedTransfer
from relay.chains.hedera import link
from relay.devnet.network import DevNode
from tests.chains.conftest import Open
from tests.chains.signing import account
from tests.chains.test_hedera_receipt import absent, status
from tests.chains.test_hedera_submit import settled
from tests.servers.hapi_node import HapiNode

Make = Callable[..., SignedTransfer]
ID = "0.0.1001@1700000000.000000001"


def receipt_query(id: str = "0.0.1001", nanos: int = 1, node: int | None = None) -> bytes:
    num = int(id.rpartition(".")[2])
    start = pb.Timestamp(seconds=1_700_000_000, nanos=nanos)
    asked = pb.TransactionGetReceiptQuery(
        header=pb.QueryHeader(),
        transactionID=pb.TransactionID(transactionValidStart=start, accountID=account(num)),
    )
    if node is not None:  # as the 2019 extension: a payment whose body does nothing but name a node
        asked.header.payment.body.nodeAccountID.accountNum = node
    return pb.Query(transactionGetReceipt=asked).SerializeToString()


async def test_a_receipt_has_the_fields_of_2019(open_hedera: Open, devnet: DevNode, make: Make) -> None:
    chain, transfer = await open_hedera(nodes=devnet.network), make()
    await chain.submit(transfer)
    await settled(chain, transfer)

    reply = await chain.answer("TRANSACTIONGETRECEIPT", {"transactionId": chain.decode(transfer).id})

    assert reply == {
        "nodePrecheckcode": 0,
        "receiptStatus": 22,
        "receiptAccountID": "0.0.0",
        "receiptFileID": "0.0.0",
        "receiptContractID": "0.0.0",
        "error": None,
    }


@pytest.mark.parametrize(
    "request_",
    [
        {"transactionId": ID},
        {"transactionId": "0.0.1001@1700000000.1", "network": "hedera:devnet"},
        {"transactionId": "0.0.1001-1700000000-000000001"},
        {"transactionId": "0.0.1001-1700000000-1"},
        receipt_query(),
        receipt_query(node=3),
        receipt_query(node=77),
    ],
)
async def test_every_spelling_of_a_transaction_id_asks_for_the_same_and_carries_no_payment(
    open_hedera: Open, stub: HapiNode, request_: bytes | dict[str, object]
) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.RECEIPT, status(pb.SUCCESS))

    assert (await chain.answer("TRANSACTIONGETRECEIPT", request_))["receiptStatus"] == 22

    assert stub.seen == [(link.RECEIPT, receipt_query())]


async def test_a_receipt_with_a_file_and_a_contract_names_them(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network)
    told = status(pb.SUCCESS)
    told.transactionGetReceipt.receipt.fileID.fileNum = 7
    told.transactionGetReceipt.receipt.contractID.contractNum = 8
    told.transactionGetReceipt.receipt.accountID.accountNum = 9
    stub.tell(link.RECEIPT, told)

    reply = await chain.answer("TRANSACTIONGETRECEIPT", {"transactionId": ID})

    assert [reply[f"receipt{name}ID"] for name in ("Account", "File", "Contract")] == ["0.0.9", "0.0.7", "0.0.8"]


async def test_a_receipt_is_polled_while_it_is_unknown_and_answered_once(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.RECEIPT, status(pb.UNKNOWN), status(pb.UNKNOWN), status(pb.SUCCESS))

    reply = await chain.answer("TRANSACTIONGETRECEIPT", {"transactionId": ID})

    assert reply["receiptStatus"] == 22
    assert len(stub.seen) == 3


async def test_a_receipt_that_stays_unknown_is_asked_for_eleven_times_and_told_as_unknown(
    open_hedera: Open, stub: HapiNode
) -> None:
    chain = await open_hedera(nodes=stub.network, poll_seconds=(0.001,))
    stub.tell(link.RECEIPT, status(pb.UNKNOWN))

    reply = await chain.answer("TRANSACTIONGETRECEIPT", {"transactionId": ID})

    assert (reply["nodePrecheckcode"], reply["receiptStatus"], reply["error"]) == (0, 21, None)
    assert len(stub.seen) == 11


async def test_polling_ends_at_its_deadline(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network, receipt_seconds=1)
    stub.tell(link.RECEIPT, status(pb.UNKNOWN))

    assert (await chain.answer("TRANSACTIONGETRECEIPT", {"transactionId": ID}))["receiptStatus"] == 21


async def test_polling_ends_when_the_client_leaves(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.RECEIPT, status(pb.UNKNOWN))
    asking = asyncio.ensure_future(chain.answer("TRANSACTIONGETRECEIPT", {"transactionId": ID}))
    await stub.arrived()

    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_an_absent_receipt_is_told_with_its_code(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.RECEIPT, absent())

    reply = await chain.answer("TRANSACTIONGETRECEIPT", {"transactionId": ID})

    assert (reply["nodePrecheckcode"], reply["receiptStatus"], reply["receiptAccountID"]) == (18, 0, None)
