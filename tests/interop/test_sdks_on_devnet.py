"""The official SDKs pay on the development node as they would on Hedera, and the bytes they sign offline are taken."""

from __future__ import annotations

from datetime import timedelta

import grpc
from interop_sdks import Sdk

from relay import hapi_pb2 as pb
from relay.devnet import open_devnet
from relay.devnet.fees import Fee, fee_of
from relay.devnet.genesis import DUSD, OPENING_DUSD, OPENING_TINYBARS, private_key
from relay.devnet.network import DevNode

FAST = timedelta(milliseconds=20)


def fee(tokens: int) -> Fee:
    moved = pb.CryptoTransferTransactionBody(tokenTransfers=[pb.TokenTransferList()] * tokens)
    return fee_of(pb.TransactionBody(cryptoTransfer=moved))


async def test_an_sdk_pays_and_reads_receipts_records_and_balances(sdk: Sdk) -> None:
    async with open_devnet(consensus=FAST) as devnet:
        told = await sdk.execute(devnet.address)
        ledger = devnet.ledger
        assert [each["payer"] for each in told["payments"]] == ["0.0.1001", "0.0.1002"]
        for each in told["payments"]:
            hbar, dusd, payer = each["hbar"], each["dusd"], each["payer"]
            assert (hbar["receipt"], dusd["receipt"]) == ("SUCCESS", "SUCCESS")
            assert hbar["memo"] == f"paid by {sdk.name}"
            assert hbar["fee"] == str(fee(0).total)
            assert hbar["tinybars"]["0.0.2001"] == "1000"
            assert hbar["tinybars"][payer] == str(-1000 - fee(0).total)
            assert dusd["dusd"] == {payer: "-250", "0.0.2002": "250"}
            assert each["balance"]["dusd"] == str(OPENING_DUSD - 250)
            assert int(each["balance"]["tinybars"]) <= OPENING_TINYBARS - 1000 - fee(0).total - fee(1).total
        assert ledger.balance(2001) == OPENING_TINYBARS + 2000
        assert ledger.balance(2002, DUSD) == OPENING_DUSD + 500
        assert told["created"] == "0.0.6001"
        assert ledger.balance(6001) == 5 * 10**8
        assert DUSD in ledger.accounts[6001].tokens


async def test_what_an_sdk_signs_offline_is_taken_by_each_node_it_names(sdk: Sdk) -> None:
    async with open_devnet(consensus=timedelta(minutes=1), nodes=2) as devnet:
        asked = [
            {
                "payer": f"0.0.{number}",
                "key": private_key(number).hex(),
                "keyType": kind,
                "payTo": [{"account": "0.0.2001", "amount": "70"}, {"account": "0.0.2002", "amount": "30"}],
                "asset": asset,
                "memo": "for tea — 100 %",
                "nodeAccount": ["0.0.3", "0.0.4"],
            }
            for number, kind in ((1001, "ed25519"), (1002, "ecdsa"))
            for asset in ("0.0.0", f"0.0.{DUSD}")
        ]
        for signed, request in zip(await sdk.sign(*asked), asked, strict=True):
            copies = pb.TransactionList.FromString(bytes.fromhex(signed["bytes"])).transaction_list
            assert [await precheck(devnet, node, copy) for node, copy in enumerate(copies)] == ["OK", "OK"]
            assert signed["transactionId"].startswith(f"{request['payer']}@")


async def test_what_an_sdk_signs_offline_says_what_was_asked(sdk: Sdk) -> None:
    request = {
        "payer": "0.0.1002",
        "key": private_key(1002).hex(),
        "keyType": "ecdsa",
        "payTo": [{"account": "0.0.2001", "amount": "9007199254740993"}],
        "memo": "ü",
        "nodeAccount": "0.0.5",
        "validStart": "1700000000.000000007",
    }
    [signed] = await sdk.sign(request)
    [copy] = pb.TransactionList.FromString(bytes.fromhex(signed["bytes"])).transaction_list
    whole = pb.SignedTransaction.FromString(copy.signedTransactionBytes)
    body = pb.TransactionBody.FromString(whole.bodyBytes)
    amounts = {leg.accountID.accountNum: leg.amount for leg in body.cryptoTransfer.transfers.accountAmounts}
    assert signed["transactionId"] == "0.0.1002@1700000000.000000007"
    assert amounts == {1002: -9007199254740993, 2001: 9007199254740993}
    assert (body.memo, body.nodeAccountID.accountNum) == ("ü", 5)
    assert body.transactionID.transactionValidStart == pb.Timestamp(seconds=1_700_000_000, nanos=7)


async def test_what_an_sdk_signs_with_another_key_is_refused(sdk: Sdk) -> None:
    request = {
        "payer": "0.0.1001",
        "key": private_key(1003).hex(),
        "keyType": "ed25519",
        "payTo": [{"account": "0.0.2001", "amount": "1"}],
    }
    async with open_devnet(consensus=FAST) as devnet:
        [signed] = await sdk.sign(request)
        [copy] = pb.TransactionList.FromString(bytes.fromhex(signed["bytes"])).transaction_list
        assert await precheck(devnet, 0, copy) == "INVALID_SIGNATURE"


async def precheck(devnet: DevNode, node: int, transaction: pb.Transaction) -> str:
    async with grpc.aio.insecure_channel(devnet.nodes[node].address) as channel:
        call = channel.unary_unary("/proto.CryptoService/cryptoTransfer")
        answer = pb.TransactionResponse.FromString(await call(transaction.SerializeToString(), timeout=30))
    return pb.ResponseCodeEnum.Name(answer.nodeTransactionPrecheckCode)
