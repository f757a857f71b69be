"""The other requests of 2019: the old fields, one answer each, and no way to move money through them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from relay import hapi_pb2 as pb
from relay.chain import SignedTransfer
from relay.chains.hedera import link
from relay.devnet.network import DevNode
from relay.errors import InvalidRequest, TooLarge
from tests.chains import signing
from tests.chains.conftest import Open
from tests.chains.corpus import corpus
from tests.chains.signing import FEES, PAYER, SHOP, account, body, transfer_of
from tests.chains.test_hedera_contract_calls import call
from tests.chains.test_hedera_receipt_queries import ID, receipt_query
from tests.servers.hapi_node import Fails, HapiNode

Make = Callable[..., SignedTransfer]
UNAVAILABLE = "UNAVAILABLE. Hedera network unreachable."


def payment(amount: int = 100_000, payee: int = 3, node: int = 3) -> pb.Transaction:
    raw = body(transfer_of({PAYER: -amount, payee: amount}), node=node).SerializeToString()
    return pb.Transaction.FromString(signing.modern(raw))


def file_query(paid: pb.Transaction | None = None, **header: Any) -> bytes:
    asked = pb.FileGetContentsQuery(header=pb.QueryHeader(**header), fileID=pb.FileID(fileNum=101))
    if paid is not None:
        asked.header.payment.CopyFrom(paid)
    return pb.Query(fileGetContents=asked).SerializeToString()


# --- balances ---


async def test_a_balance_has_the_fields_of_2019(open_hedera: Open, devnet: DevNode) -> None:
    chain = await open_hedera(nodes=devnet.network)
    asked = pb.CryptoGetAccountBalanceQuery(header=pb.QueryHeader(payment=payment()), accountID=account(SHOP))

    for request in ({"accountId": "0.0.2001"}, pb.Query(cryptogetAccountBalance=asked).SerializeToString()):
        assert await chain.answer("CRYPTOGETACCOUNTBALANCE", request) == {
            "nodePrecheckcode": 0,
            "balance": 1_000_000_000_000,
            "balanceTinybars": "1000000000000",
            "accountID": "0.0.2001",
            "error": None,
        }
    assert devnet.seen == []


async def test_a_balance_of_nobody_is_told_with_its_code(open_hedera: Open, devnet: DevNode) -> None:
    chain = await open_hedera(nodes=devnet.network)

    reply = await chain.answer("CRYPTOGETACCOUNTBALANCE", {"accountId": "0.0.999999"})

    assert (reply["nodePrecheckcode"], reply["balance"]) == (15, None)


# --- paid ---


async def test_file_contents_are_base64(open_hedera: Open, stub: HapiNode) -> None:
    chain, query = await open_hedera(nodes=stub.network), file_query(payment())
    told = pb.FileGetContentsResponse(header=pb.ResponseHeader())
    told.fileContents.fileID.fileNum, told.fileContents.contents = 101, b"\0\xff"
    stub.tell(link.FILE, pb.Response(fileGetContents=told))

    reply = await chain.answer("FILEGETCONTENTS", query)

    assert reply == {
        "nodePrecheckcode": 0,
        "cost": 0,
        "fileContents": base64.b64encode(b"\0\xff").decode(),
        "fileID": "0.0.101",
        "error": None,
    }
    assert stub.seen == [(link.FILE, query)]


async def test_account_info_is_answered(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network)
    told = pb.CryptoGetInfoResponse(header=pb.ResponseHeader())
    told.accountInfo.accountID.accountNum, told.accountInfo.balance, told.accountInfo.memo = 1001, 2**53 + 1, "hello"
    stub.tell(link.INFO, pb.Response(cryptoGetInfo=told))
    asked = pb.CryptoGetInfoQuery(header=pb.QueryHeader(payment=payment()), accountID=account(PAYER))

    reply = await chain.answer("CRYPTOGETINFO", pb.Query(cryptoGetInfo=asked).SerializeToString())

    assert (reply["accountID"], reply["balanceTinybars"], reply["memo"]) == ("0.0.1001", "9007199254740993", "hello")


async def test_the_price_of_a_query_is_asked_for_without_its_payment(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.FILE, pb.Response(fileGetContents=pb.FileGetContentsResponse(header=pb.ResponseHeader(cost=42))))

    reply = await chain.answer("FILEGETCONTENTS", file_query(payment(10**12, SHOP), responseType=pb.COST_ANSWER))

    assert reply["cost"] == 42
    assert stub.seen == [(link.FILE, file_query(responseType=pb.COST_ANSWER))]


@pytest.mark.parametrize(
    ("paid", "why"),
    [
        (payment(payee=SHOP), "nobody else"),
        (payment(100_000_001), "at most"),
        (payment(node=4), "nobody else"),
        (payment(payee=4, node=4), "address book"),
        (pb.Transaction(bodyBytes=body().SerializeToString()), "no signature"),
        (
            pb.Transaction.FromString(signing.modern(body(transfer_of({}, {PAYER: -1, 3: 1})).SerializeToString())),
            "HBAR",
        ),
        (
            pb.Transaction.FromString(
                signing.modern(body(transfer_of({PAYER: -2, 3: 1, FEES: 1})).SerializeToString())
            ),
            "nobody else",
        ),
        (pb.Transaction.FromString(signing.modern(body().SerializeToString(), [signing.pair(b"x")])), "nobody else"),
        (
            pb.Transaction.FromString(
                signing.modern(body(transfer_of({PAYER: -1, 3: 1})).SerializeToString(), [signing.pair(b"x")])
            ),
            "does not fit",
        ),
    ],
)
async def test_a_payment_that_is_not_just_the_nodes_fee_is_refused_unsent(
    open_hedera: Open, stub: HapiNode, paid: pb.Transaction, why: str
) -> None:
    chain = await open_hedera(nodes=stub.network)

    with pytest.raises(InvalidRequest, match=why):
        await chain.answer("FILEGETCONTENTS", file_query(paid))

    assert stub.seen == []


async def test_two_headers_cannot_smuggle_a_second_payment(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network)
    query = pb.Query.FromString(file_query(payment())).fileGetContents.SerializeToString()
    second = pb.QueryHeader(payment=payment(10**10, SHOP)).SerializeToString()

    with pytest.raises(InvalidRequest, match="twice"):
        await chain.answer("FILEGETCONTENTS", signing.bytes_field(12, query + signing.bytes_field(1, second)))

    assert stub.seen == []


# --- a node that is down, and junk ---


@pytest.mark.parametrize(
    ("event", "request_"),
    [
        ("TRANSACTIONGETRECEIPT", {"transactionId": ID}),
        ("TRANSACTIONGETRECEIPT", receipt_query()),
        ("CRYPTOGETACCOUNTBALANCE", {"accountId": "0.0.2001"}),
        ("FILEGETCONTENTS", file_query(payment())),
        ("CRYPTOGETINFO", pb.Query(cryptoGetInfo=pb.CryptoGetInfoQuery(accountID=account(2))).SerializeToString()),
        ("CONTRACTCALL", call()),
    ],
)
async def test_a_node_that_is_down_is_an_answer_in_the_words_of_2019(
    open_hedera: Open, event: str, request_: bytes | dict[str, object]
) -> None:
    chain = await open_hedera(nodes={"127.0.0.1:9": "0.0.3"}, contracts=("*",))

    reply = await chain.answer(event, request_)

    assert reply["error"] == UNAVAILABLE
    assert reply["nodePrecheckcode"] is None


async def test_a_node_that_fails_a_query_is_down_too(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network)
    for told in (Fails(), b"\xff\xff"):
        stub.tell(link.BALANCE, told)

        assert (await chain.answer("CRYPTOGETACCOUNTBALANCE", {"accountId": "0.0.2"}))["error"] == UNAVAILABLE


@pytest.mark.parametrize(
    "event", ["TRANSACTIONGETRECEIPT", "CRYPTOGETACCOUNTBALANCE", "CRYPTOGETINFO", "FILEGETCONTENTS", "CONTRACTCALL"]
)
async def test_junk_is_an_invalid_request_and_reaches_no_node(open_hedera: Open, stub: HapiNode, event: str) -> None:
    chain = await open_hedera(nodes=stub.network, contracts=("*",))
    mappings: list[Any] = [
        {},
        {"transactionId": None, "accountId": None},
        {"transactionId": "0.0.1001@", "accountId": "0.0"},
        {"transactionId": "0.0.1001@1700000000.0000000001", "accountId": "0.0.01"},
        {"transactionId": "0.0.99999999999999999999@1.1", "accountId": "0.0.99999999999999999999"},
        {"transactionId": "0.0.1001@999999999999.1", "accountId": "-1.0.3"},
        {"transactionId": "0.0.0@1.1", "accountId": 7},
        {"transactionId": "0.0.1001@1700000000.\uff11", "accountId": "0.0.\uff11"},
    ]
    for junk in [bad.raw for bad in corpus()[::7]] + mappings:
        with pytest.raises(InvalidRequest):
            await chain.answer(event, junk)
    with pytest.raises(TooLarge):
        await chain.answer(event, bytes(13_000))

    assert stub.seen == []
