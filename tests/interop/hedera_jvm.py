"""The unmodified hedera-sdk-py (the Java SDK in a JVM) as a program; see tests/interop/README.md. Needs JAVA_HOME."""

from __future__ import annotations

import hashlib
import json
import sys

from hedera import (
    AccountBalanceQuery,
    AccountCreateTransaction,
    AccountId,
    Client,
    Hbar,
    HbarUnit,
    PrivateKey,
    TokenAssociateTransaction,
    TokenId,
    TransactionId,
    TransferTransaction,
)
from jnius import autoclass

Collections = autoclass("java.util.Collections")
Duration = autoclass("java.time.Duration")
HashMap = autoclass("java.util.HashMap")
ArrayList = autoclass("java.util.ArrayList")
Instant = autoclass("java.time.Instant")

DUSD = TokenId.fromString("0.0.5001")


def secret(number: int) -> bytes:
    return hashlib.sha256(f"relay devnet 0.0.{number}".encode()).digest()


def private_key(raw: bytes, kind: str) -> PrivateKey:
    return PrivateKey.fromBytesECDSA(raw) if kind == "ecdsa" else PrivateKey.fromBytesED25519(raw)


def text(id: TransactionId) -> str:
    return f"{id.accountId.toString()}@{id.validStart.getEpochSecond()}.{id.validStart.getNano():09d}"


def client_for(node: str, number: int, kind: str) -> Client:
    network = HashMap()
    network.put(node, AccountId.fromString("0.0.3"))
    client = Client.forNetwork(network)
    client.setOperator(AccountId.fromString(f"0.0.{number}"), private_key(secret(number), kind))
    client.setMaxAttempts(10)
    client.setRequestTimeout(Duration.ofSeconds(90))  # of a busy machine
    client.setMinBackoff(Duration.ofMillis(100))
    client.setMaxBackoff(Duration.ofMillis(200))
    return client


def pairs(found: HashMap) -> dict[str, str]:
    if found is None:
        return {}
    return {each.getKey().toString(): str(each.getValue()) for each in found.entrySet().toArray()}


def settle(transaction: TransferTransaction, client: Client) -> dict[str, object]:
    response = transaction.execute(client)
    receipt = response.getReceipt(client)
    record = response.getRecord(client)
    tinybars: dict[str, int] = {}
    for each in record.transfers.toArray():
        tinybars[each.accountId.toString()] = each.amount.toTinybars()
    return {
        "transactionId": text(response.transactionId),
        "receipt": receipt.status.toString(),
        "fee": str(record.transactionFee.toTinybars()),
        "memo": record.transactionMemo,
        "tinybars": {account: str(amount) for account, amount in tinybars.items()},
        "dusd": pairs(record.tokenTransfers.get(DUSD)),
    }


def tinybars(amount: int) -> Hbar:
    return getattr(Hbar, "from")(amount, HbarUnit.TINYBAR)


def pay(node: str, number: int, kind: str) -> dict[str, object]:
    client = client_for(node, number, kind)
    payer = AccountId.fromString(f"0.0.{number}")
    shop, other = AccountId.fromString("0.0.2001"), AccountId.fromString("0.0.2002")
    hbar = TransferTransaction().addHbarTransfer(payer, tinybars(-1000)).addHbarTransfer(shop, tinybars(1000))
    dusd = TransferTransaction().addTokenTransferWithDecimals(DUSD, payer, -250, 6)
    hbar.setTransactionMemo("paid by hedera-sdk-py")
    found = {
        "payer": payer.toString(),
        "hbar": settle(hbar, client),
        "dusd": settle(dusd.addTokenTransferWithDecimals(DUSD, other, 250, 6), client),
    }
    balance = AccountBalanceQuery().setAccountId(payer).execute(client)
    client.close()
    return found | {"balance": {"tinybars": str(balance.hbars.toTinybars()), "dusd": str(balance.tokens.get(DUSD))}}


def open_account(node: str) -> str:
    client = client_for(node, 2, "ed25519")
    key = private_key(hashlib.sha256(b"a new account of hedera-sdk-py").digest(), "ed25519")
    made = AccountCreateTransaction().setKeyWithoutAlias(key.getPublicKey()).setInitialBalance(tinybars(5 * 10**8))
    number = made.execute(client).getReceipt(client).accountId
    associate = TokenAssociateTransaction().setAccountId(number).setTokenIds(Collections.singletonList(DUSD))
    associate.freezeWith(client)
    associate.sign(key)
    associate.execute(client).getReceipt(client)  # raises unless SUCCESS
    client.close()
    return number.toString()


def sign(asked: dict) -> dict[str, str]:
    payer = AccountId.fromString(asked["payer"])
    transfer = (
        TransferTransaction()
    )  # pyjnius sees a plain Transaction in what the inherited setters return: no chaining
    transfer.setTransactionMemo(asked.get("memo", ""))
    total = sum(int(each["amount"]) for each in asked["payTo"])
    for account, amount in [(payer, -total)] + [
        (AccountId.fromString(each["account"]), int(each["amount"])) for each in asked["payTo"]
    ]:
        if asked.get("asset", "0.0.0") == "0.0.0":
            transfer.addHbarTransfer(account, tinybars(amount))
        else:
            transfer.addTokenTransfer(TokenId.fromString(asked["asset"]), account, amount)
    id = TransactionId.generate(payer)
    if "validStart" in asked:
        seconds, _, nanos = asked["validStart"].partition(".")
        id = TransactionId.withValidStart(payer, Instant.ofEpochSecond(int(seconds), int(nanos)))
    nodes, listed = asked.get("nodeAccount", "0.0.3"), ArrayList()
    for each in [nodes] if isinstance(nodes, str) else nodes:
        listed.add(AccountId.fromString(each))
    transfer.setTransactionId(id)
    transfer.setNodeAccountIds(listed)
    transfer.freeze()
    transfer.sign(private_key(bytes.fromhex(asked["key"]), asked["keyType"]))
    return {"bytes": bytes(each & 0xFF for each in transfer.toBytes()).hex(), "transactionId": text(id)}


def main() -> None:
    command, argument = sys.argv[1:3]
    if command == "execute":
        paid = [pay(argument, 1001, "ed25519"), pay(argument, 1002, "ecdsa")]
        print(json.dumps({"payments": paid, "created": open_account(argument)}))
    else:
        asked = json.loads(argument)
        print(json.dumps([sign(each) for each in asked] if isinstance(asked, list) else sign(asked)))


if __name__ == "__main__":
    main()
