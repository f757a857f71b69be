"""What a node answers: receipts and balances for nothing, records, accounts and files for a payment."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import grpc
import pytest
from devnet_wallet import Wallet, envelope

from relay import hapi_pb2 as pb
from relay.devnet.clock import Clock
from relay.devnet.fees import QUERY_TINYBARS, fee_of
from relay.devnet.genesis import DUSD, OPENING_DUSD, OPENING_TINYBARS, key_of
from relay.devnet.network import DevNode

RECORD = "CryptoService/getTxRecordByTxID"


def paid(wallet: Wallet, tinybars: int = QUERY_TINYBARS, to: int = 3) -> pb.QueryHeader:
    raw = wallet.sign(wallet.transfer({1003: -tinybars, to: tinybars}, payer=1003))
    return pb.QueryHeader(payment=pb.Transaction.FromString(raw))


def name(code: int) -> str:
    return pb.ResponseCodeEnum.Name(pb.ResponseCodeEnum.ValueType(code))


# --- receipts ---


async def test_a_receipt_is_unknown_until_consensus_and_then_says_what_happened(
    wallet: Wallet, devnet: DevNode
) -> None:
    devnet.faults.slow_consensus_ms = 60_000
    body = wallet.transfer()
    await wallet.send(wallet.sign(body))
    assert await wallet.receipt_code(body.transactionID) == "UNKNOWN"
    devnet.agree_now()
    assert await wallet.receipt_code(body.transactionID) == "SUCCESS"


async def test_another_node_knows_nothing_before_consensus_and_everything_after(
    wallet: Wallet, devnet: DevNode
) -> None:
    devnet.faults.slow_consensus_ms = 60_000
    body = wallet.transfer()
    await wallet.send(wallet.sign(body))
    assert await wallet.receipt_code(body.transactionID, node=4) == "RECEIPT_NOT_FOUND"
    devnet.agree_now()
    assert await wallet.receipt_code(body.transactionID, node=4) == "SUCCESS"


async def test_a_receipt_nobody_asked_for_is_not_found(wallet: Wallet) -> None:
    assert await wallet.receipt_code(wallet.body().transactionID) == "RECEIPT_NOT_FOUND"


async def test_a_receipt_without_id_is_refused(wallet: Wallet) -> None:
    assert await wallet.receipt_code(pb.TransactionID()) == "INVALID_TRANSACTION_ID"


async def test_a_receipt_is_forgotten_180_seconds_after_the_valid_start(wallet: Wallet, still: Clock) -> None:
    body = wallet.transfer()  # of five seconds ago
    await wallet.settle(body)
    still.advance(timedelta(seconds=175))
    assert await wallet.receipt_code(body.transactionID) == "SUCCESS"
    still.advance(timedelta(milliseconds=1))
    assert await wallet.receipt_code(body.transactionID) == "RECEIPT_NOT_FOUND"


async def test_a_receipt_carries_the_exchange_rate(wallet: Wallet) -> None:
    body = wallet.transfer()
    await wallet.settle(body)
    rate = (await wallet.receipt(body.transactionID)).receipt.exchangeRate.currentRate
    assert (rate.hbarEquiv, rate.centEquiv) == (1, 12)


async def test_a_free_question_may_come_with_a_payment_and_is_not_charged(wallet: Wallet, devnet: DevNode) -> None:
    query = pb.Query(
        cryptogetAccountBalance=pb.CryptoGetAccountBalanceQuery(
            header=paid(wallet), accountID=pb.AccountID(accountNum=1001)
        )
    )
    answer = (await wallet.ask(query, "CryptoService/cryptoGetBalance")).cryptogetAccountBalance
    assert answer.balance == OPENING_TINYBARS
    assert devnet.ledger.balance(1003) == OPENING_TINYBARS


# --- balances ---


async def test_a_balance_has_hbar_and_tokens(wallet: Wallet) -> None:
    query = pb.Query(cryptogetAccountBalance=pb.CryptoGetAccountBalanceQuery(accountID=pb.AccountID(accountNum=2001)))
    answer = (await wallet.ask(query, "CryptoService/cryptoGetBalance")).cryptogetAccountBalance
    assert answer.balance == OPENING_TINYBARS
    assert [(each.tokenId.tokenNum, each.balance, each.decimals) for each in answer.tokenBalances] == [
        (DUSD, OPENING_DUSD, 6)
    ]


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("INVALID_ACCOUNT_ID", {"accountID": pb.AccountID(accountNum=999_999)}),
        ("INVALID_CONTRACT_ID", {"contractID": pb.ContractID(contractNum=5)}),
    ],
)
async def test_a_balance_of_nobody_is_refused(code: str, asked: dict[str, object], wallet: Wallet) -> None:
    query = pb.Query(cryptogetAccountBalance=pb.CryptoGetAccountBalanceQuery(**asked))
    answer = (await wallet.ask(query, "CryptoService/cryptoGetBalance")).cryptogetAccountBalance
    assert name(answer.header.nodeTransactionPrecheckCode) == code


# --- records, accounts, files ---


async def test_a_record_says_who_paid_what_and_hashes_the_signed_bytes(wallet: Wallet) -> None:
    body = wallet.transfer({1001: -7, 2001: 7}, {1001: -9, 2002: 9}, memo="for tea")
    entry = await wallet.settle(body)
    query = pb.Query(
        transactionGetRecord=pb.TransactionGetRecordQuery(header=paid(wallet), transactionID=body.transactionID)
    )
    record = (await wallet.ask(query, RECORD)).transactionGetRecord.transactionRecord
    fee = fee_of(body)
    signed = pb.Transaction.FromString(wallet.devnet.seen[0]).signedTransactionBytes
    assert record.receipt.status == pb.SUCCESS
    assert record.transactionHash == hashlib.sha384(signed).digest()
    assert record.transactionID == body.transactionID
    assert (record.memo, record.transactionFee) == ("for tea", fee.total)
    assert record.consensusTimestamp.seconds * 10**9 + record.consensusTimestamp.nanos == entry.consensus_ns
    assert {leg.accountID.accountNum: leg.amount for leg in record.transferList.accountAmounts} == {
        3: fee.node,
        1001: -7 - fee.total,
        2001: 7,
        3001: fee.total - fee.node,
    }
    assert [(leg.accountID.accountNum, leg.amount) for leg in record.tokenTransferLists[0].transfers] == [
        (1001, -9),
        (2002, 9),
    ]


async def test_a_record_nobody_has_is_not_found(wallet: Wallet) -> None:
    asked = pb.TransactionGetRecordQuery(header=paid(wallet), transactionID=wallet.body().transactionID)
    answer = (await wallet.ask(pb.Query(transactionGetRecord=asked), RECORD)).transactionGetRecord
    assert name(answer.header.nodeTransactionPrecheckCode) == "RECORD_NOT_FOUND"


async def test_asking_for_the_price_is_free_and_the_price_will_do(wallet: Wallet, devnet: DevNode) -> None:
    asked = pb.CryptoGetInfoQuery(
        header=pb.QueryHeader(responseType=pb.COST_ANSWER), accountID=pb.AccountID(accountNum=1002)
    )
    price = (await wallet.ask(pb.Query(cryptoGetInfo=asked))).cryptoGetInfo.header
    assert (price.nodeTransactionPrecheckCode, price.responseType) == (pb.OK, pb.COST_ANSWER)
    asked.header.CopyFrom(paid(wallet, price.cost))
    found = (await wallet.ask(pb.Query(cryptoGetInfo=asked), "CryptoService/getAccountInfo")).cryptoGetInfo
    assert found.accountInfo.key == key_of(1002)
    assert found.accountInfo.balance == OPENING_TINYBARS


async def test_a_payment_for_a_question_is_charged(wallet: Wallet, devnet: DevNode) -> None:
    header = paid(wallet)
    raw = pb.SignedTransaction.FromString(header.payment.signedTransactionBytes).bodyBytes
    agreed = wallet.next_entry(f"0.0.1003@{_stamp(pb.TransactionBody.FromString(raw))}")
    asked = pb.CryptoGetInfoQuery(header=header, accountID=pb.AccountID(accountNum=1001))
    await wallet.ask(pb.Query(cryptoGetInfo=asked))
    fee = (await agreed).fee
    assert devnet.ledger.balance(1003) == OPENING_TINYBARS - QUERY_TINYBARS - fee


async def test_a_payment_must_be_enough_and_reach_the_node(wallet: Wallet) -> None:
    async def code(header: pb.QueryHeader) -> str:
        asked = pb.CryptoGetInfoQuery(header=header, accountID=pb.AccountID(accountNum=1001))
        return name((await wallet.ask(pb.Query(cryptoGetInfo=asked))).cryptoGetInfo.header.nodeTransactionPrecheckCode)

    assert await code(paid(wallet, QUERY_TINYBARS - 1)) == "INSUFFICIENT_TX_FEE"
    assert await code(paid(wallet, to=2001)) == "INVALID_RECEIVING_NODE_ACCOUNT"
    assert await code(pb.QueryHeader()) == "INVALID_TRANSACTION_BODY"
    call = wallet.body(payer=1003)
    call.contractCall.SetInParent()
    assert await code(pb.QueryHeader(payment=pb.Transaction.FromString(wallet.sign(call)))) == "INSUFFICIENT_TX_FEE"
    body = wallet.transfer({1003: -QUERY_TINYBARS, 3: QUERY_TINYBARS}, payer=1003).SerializeToString()
    forged = envelope(body, [wallet.pair(body, 1001)])
    assert await code(pb.QueryHeader(payment=pb.Transaction.FromString(forged))) == "INVALID_SIGNATURE"


async def test_an_account_nobody_has_is_invalid(wallet: Wallet) -> None:
    asked = pb.CryptoGetInfoQuery(header=paid(wallet), accountID=pb.AccountID(accountNum=999_999))
    answer = (await wallet.ask(pb.Query(cryptoGetInfo=asked))).cryptoGetInfo
    assert name(answer.header.nodeTransactionPrecheckCode) == "INVALID_ACCOUNT_ID"


async def read(wallet: Wallet, number: int) -> pb.FileGetContentsResponse:
    asked = pb.FileGetContentsQuery(header=paid(wallet), fileID=pb.FileID(fileNum=number))
    return (await wallet.ask(pb.Query(fileGetContents=asked), "FileService/getFileContent")).fileGetContents


@pytest.mark.parametrize("number", [101, 102])
async def test_the_address_book_lists_the_nodes_where_they_listen(number: int, wallet: Wallet, devnet: DevNode) -> None:
    book = pb.NodeAddressBook.FromString((await read(wallet, number)).fileContents.contents)
    listed = {each.nodeAccountId.accountNum: each.serviceEndpoint[0] for each in book.nodeAddress}
    assert {number: endpoint.port for number, endpoint in listed.items()} == {
        node.number: node.port for node in devnet.nodes
    }
    assert listed[3].ipAddressV4 == bytes([127, 0, 0, 1])


async def test_the_exchange_rate_file_holds_the_rate(wallet: Wallet) -> None:
    rates = pb.ExchangeRateSet.FromString((await read(wallet, 112)).fileContents.contents)
    assert (rates.currentRate.hbarEquiv, rates.nextRate.centEquiv) == (1, 12)


async def test_the_fee_schedule_file_is_one(wallet: Wallet) -> None:
    schedule = pb.CurrentAndNextFeeSchedule.FromString((await read(wallet, 111)).fileContents.contents)
    assert schedule.HasField("currentFeeSchedule")


async def test_a_file_there_is_not_is_invalid(wallet: Wallet) -> None:
    assert name((await read(wallet, 150)).header.nodeTransactionPrecheckCode) == "INVALID_FILE_ID"


async def test_state_proofs_are_not_supported(wallet: Wallet) -> None:
    asked = pb.CryptoGetAccountBalanceQuery(
        header=pb.QueryHeader(responseType=pb.ANSWER_STATE_PROOF), accountID=pb.AccountID(accountNum=1001)
    )
    answer = (await wallet.ask(pb.Query(cryptogetAccountBalance=asked))).cryptogetAccountBalance
    assert name(answer.header.nodeTransactionPrecheckCode) == "NOT_SUPPORTED"


@pytest.mark.parametrize("junk", [b"", b"\x0a\xff\xff"])
async def test_junk_in_place_of_a_question_is_an_invalid_argument(junk: bytes, wallet: Wallet) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await wallet.call("CryptoService/cryptoGetBalance", junk)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_a_method_this_node_lacks_is_unimplemented(wallet: Wallet) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await wallet.call("TokenService/createToken", b"")
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED


async def test_any_kind_of_transaction_may_come_by_any_method(wallet: Wallet) -> None:
    entry = await wallet.settle(wallet.transfer(), path="SmartContractService/contractCallMethod")
    assert (name(entry.status), entry.kind) == ("SUCCESS", "CRYPTOTRANSFER")
    assert wallet.devnet.seen == []


async def test_a_transfer_of_nothing_to_nobody_is_no_payment(wallet: Wallet) -> None:
    body = wallet.transfer({}, payer=1003)
    header = pb.QueryHeader(payment=pb.Transaction.FromString(wallet.sign(body)))
    asked = pb.CryptoGetInfoQuery(header=header, accountID=pb.AccountID(accountNum=1001))
    answer = (await wallet.ask(pb.Query(cryptoGetInfo=asked))).cryptoGetInfo
    assert name(answer.header.nodeTransactionPrecheckCode) == "INVALID_ACCOUNT_AMOUNTS"


def _stamp(body: pb.TransactionBody) -> str:
    start = body.transactionID.transactionValidStart
    return f"{start.seconds}.{start.nanos:09d}"
