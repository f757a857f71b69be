"""The other requests of 2019 through the socket: the original's fields, exactly once, also when the node is down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from relay import hapi_pb2 as hapi
from relay.devnet.network import DevNode
from relay.wallet import Wallet, transfer
from tests.conftest import Start
from tests.server.paying import signed
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess

UNAVAILABLE = "UNAVAILABLE. Hedera network unreachable."


def account(number: int) -> hapi.AccountID:
    return hapi.AccountID(accountNum=number)


def payment(tinybars: int) -> hapi.Transaction:
    """What a paid query carries: a transfer to the node that is asked."""
    raw = transfer(
        Wallet.development("0.0.1001"),
        pay_to=[("0.0.3", tinybars)],
        asset="0.0.0",
        memo="",
        nodes=["0.0.3"],
        now=datetime.now(UTC),
    )
    return hapi.Transaction.FromString(raw)


def queries() -> dict[str, bytes]:
    header = hapi.QueryHeader()
    paid = hapi.QueryHeader(payment=payment(1_000_000))
    balance = hapi.CryptoGetAccountBalanceQuery(header=header, accountID=account(2001))
    info = hapi.CryptoGetInfoQuery(header=paid, accountID=account(1001))
    contents = hapi.FileGetContentsQuery(header=paid, fileID=hapi.FileID(fileNum=112))
    return {
        "CRYPTOGETACCOUNTBALANCE": hapi.Query(cryptogetAccountBalance=balance).SerializeToString(),
        "CRYPTOGETINFO": hapi.Query(cryptoGetInfo=info).SerializeToString(),
        "FILEGETCONTENTS": hapi.Query(fileGetContents=contents).SerializeToString(),
    }


async def ask(listener: Listener, event: str, argument: Any) -> dict[str, Any]:
    """The ack; the event must have been the same, and must have come once."""
    answer = await listener.call(event, argument, seconds=45)
    await listener.until_heard(f"{event}_RESPONSE", lambda data: data == answer)
    assert [name for name, _ in listener.heard].count(f"{event}_RESPONSE") == 1
    listener.heard.clear()
    return dict(answer)


async def test_a_receipt_is_told_with_the_fields_of_2019(relay: RelayProcess) -> None:
    async with Listener(relay.url) as wallet:
        sent = await wallet.call("CRYPTOTRANSFER", signed())
        await wallet.until_status("settled")
        payer, _, start = sent["transactionId"].partition("@")
        seconds, _, nanos = start.partition(".")
        id = hapi.TransactionID(
            accountID=account(int(payer.rpartition(".")[2])),
            transactionValidStart=hapi.Timestamp(seconds=int(seconds), nanos=int(nanos)),
        )
        query = hapi.Query(transactionGetReceipt=hapi.TransactionGetReceiptQuery(transactionID=id))
        for argument in (
            query.SerializeToString(),
            {"network": "hedera:devnet", "transactionId": sent["transactionId"]},
            {"transactionId": f"{payer}@{seconds}.{int(nanos)}"},  # as 2019 wrote it, without leading zeros
        ):
            answer = await ask(wallet, "TRANSACTIONGETRECEIPT", argument)
            assert {
                "nodePrecheckcode": 0,
                "receiptStatus": 22,
                "receiptAccountID": "0.0.0",
                "receiptFileID": "0.0.0",
                "receiptContractID": "0.0.0",
            }.items() <= answer.items()


async def test_balance_info_and_file_are_told_with_the_fields_of_2019(relay: RelayProcess) -> None:
    async with Listener(relay.url) as wallet:
        found = await ask(wallet, "CRYPTOGETACCOUNTBALANCE", queries()["CRYPTOGETACCOUNTBALANCE"])
        expected = {"nodePrecheckcode": 0, "balance": 10_000 * 10**8, "accountID": "0.0.2001", "error": None}
        assert expected.items() <= found.items()
        assert expected.items() <= (await ask(wallet, "CRYPTOGETACCOUNTBALANCE", {"accountId": "0.0.2001"})).items()
        info = await ask(wallet, "CRYPTOGETINFO", queries()["CRYPTOGETINFO"])
        assert (info["nodePrecheckcode"], info["accountID"], info["error"]) == (0, "0.0.1001", None)
        file = await ask(wallet, "FILEGETCONTENTS", queries()["FILEGETCONTENTS"])
        assert (file["nodePrecheckcode"], file["fileID"], file["error"]) == (0, "0.0.112", None)
        assert file["fileContents"]


def contract_call() -> bytes:
    raw = signed()
    whole = hapi.SignedTransaction.FromString(hapi.Transaction.FromString(raw).signedTransactionBytes)
    body = hapi.TransactionBody.FromString(whole.bodyBytes)
    body.contractCall.CopyFrom(
        hapi.ContractCallTransactionBody(contractID=hapi.ContractID(contractNum=7001), gas=100_000)
    )
    body_bytes = body.SerializeToString()
    pair = Wallet.development("0.0.1001").sign(body_bytes)
    whole = hapi.SignedTransaction(bodyBytes=body_bytes, sigMap=hapi.SignatureMap(sigPair=[pair]))
    return hapi.Transaction(signedTransactionBytes=whole.SerializeToString()).SerializeToString()


async def test_a_contract_call_goes_only_where_the_operator_said(
    relay: RelayProcess, devnet: DevNode, sqlite_url: str, start_relay: Start
) -> None:
    async with Listener(relay.url) as wallet:
        refused = await ask(wallet, "CONTRACTCALL", contract_call())
        assert refused["error"] and refused["nodePrecheckcode"] is None
        transferred = await wallet.call("CRYPTOTRANSFER", contract_call())
        assert transferred["reason"] == "unsupported_transaction"
    assert devnet.seen == []
    generous = await start_relay(sqlite_url, devnet, chain='contracts = ["0.0.7001"]')
    async with Listener(generous.url) as wallet:
        answer = await ask(wallet, "CONTRACTCALL", contract_call())
        assert (answer["nodePrecheckcode"], answer["error"]) == (0, None)
        assert answer["responseData"] == {"nodePrecheckcode": 0, "error": None}


@pytest.mark.parametrize("known", ["running", "stopped before"])
async def test_a_node_that_is_down_is_told_in_the_words_of_2019(
    relay: RelayProcess, devnet: DevNode, sqlite_url: str, start_relay: Start, known: str
) -> None:
    await devnet.nodes[0].stop()
    asked = relay if known == "running" else await start_relay(sqlite_url, devnet, chain='contracts = ["*"]')
    async with Listener(asked.url) as wallet:
        requests: dict[str, Any] = {**queries(), "TRANSACTIONGETRECEIPT": {"transactionId": "0.0.1001@1.1"}}
        if known != "running":
            requests["CONTRACTCALL"] = contract_call()
        for event, argument in requests.items():
            assert (await ask(wallet, event, argument))["error"] == UNAVAILABLE, event
        assert (await wallet.call("CRYPTOTRANSFER", signed()))["error"] == UNAVAILABLE


async def test_a_query_cannot_carry_a_payment_to_anyone_but_its_node(relay: RelayProcess, devnet: DevNode) -> None:
    theft = hapi.Transaction.FromString(signed(pay_to=[("0.0.1003", 5_000)]))
    balance = hapi.CryptoGetAccountBalanceQuery(header=hapi.QueryHeader(payment=theft), accountID=account(2001))
    async with Listener(relay.url) as wallet:
        query = hapi.Query(cryptogetAccountBalance=balance).SerializeToString()
        assert (await ask(wallet, "CRYPTOGETACCOUNTBALANCE", query))["nodePrecheckcode"] == 0  # free: asked without it
        too_much = hapi.Query(
            cryptoGetInfo=hapi.CryptoGetInfoQuery(
                header=hapi.QueryHeader(payment=payment(2 * 10**8)), accountID=account(1001)
            )
        )
        assert (await ask(wallet, "CRYPTOGETINFO", too_much.SerializeToString()))["nodePrecheckcode"] is None
    assert devnet.ledger.balance(1003) == 10_000 * 10**8
