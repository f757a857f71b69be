"""The unmodified hiero-sdk-python as a program: `execute NODE` pays on a development node, `sign JSON` only signs.

What both take and print is in tests/interop/README.md.
"""

from __future__ import annotations

import hashlib
import json
import sys

from hiero_sdk_python import (
    AccountCreateTransaction,
    AccountId,
    Client,
    CryptoGetAccountBalanceQuery,
    Hbar,
    PrivateKey,
    ResponseCode,
    TokenAssociateTransaction,
    TokenId,
    TransactionId,
    TransactionRecordQuery,
    TransferTransaction,
)
from hiero_sdk_python.hapi.services.timestamp_pb2 import Timestamp

DUSD = TokenId.from_string("0.0.5001")


def secret(number: int) -> bytes:
    return hashlib.sha256(f"relay devnet 0.0.{number}".encode()).digest()


def private_key(raw: bytes, kind: str) -> PrivateKey:
    return PrivateKey.from_bytes_ecdsa(raw) if kind == "ecdsa" else PrivateKey.from_bytes_ed25519(raw)


def text(id: TransactionId) -> str:
    return f"{id.account_id}@{id.valid_start.seconds}.{id.valid_start.nanos:09d}"


def client_for(node: str, number: int, kind: str) -> Client:
    client = Client.for_network({node: AccountId.from_string("0.0.3")})
    client.set_operator(AccountId.from_string(f"0.0.{number}"), private_key(secret(number), kind))
    client.max_attempts = 10
    client.set_grpc_deadline(30)
    return client


def settle(transaction: TransferTransaction, client: Client) -> dict[str, object]:
    receipt = transaction.execute(client)
    record = TransactionRecordQuery().set_transaction_id(receipt.transaction_id).execute(client)
    return {
        "transactionId": text(receipt.transaction_id),
        "receipt": ResponseCode(receipt.status).name,
        "fee": str(record.transaction_fee),
        "memo": record.transaction_memo,
        "tinybars": {str(account): str(amount) for account, amount in record.transfers.items()},
        "dusd": {str(account): str(amount) for account, amount in record.token_transfers.get(DUSD, {}).items()},
    }


def pay(node: str, number: int, kind: str) -> dict[str, object]:
    client = client_for(node, number, kind)
    payer = AccountId.from_string(f"0.0.{number}")
    shop, other = AccountId.from_string("0.0.2001"), AccountId.from_string("0.0.2002")
    hbar = TransferTransaction().add_hbar_transfer(payer, -1000).add_hbar_transfer(shop, 1000)
    dusd = TransferTransaction().add_token_transfer_with_decimals(DUSD, payer, -250, 6)
    found = {
        "payer": str(payer),
        "hbar": settle(hbar.set_transaction_memo("paid by hiero-sdk-python"), client),
        "dusd": settle(dusd.add_token_transfer_with_decimals(DUSD, other, 250, 6), client),
    }
    balance = CryptoGetAccountBalanceQuery(payer).execute(client)
    client.close()
    return found | {
        "balance": {"tinybars": str(balance.hbars.to_tinybars()), "dusd": str(balance.token_balances[DUSD])}
    }


def open_account(node: str) -> str:
    client = client_for(node, 2, "ed25519")
    key = private_key(hashlib.sha256(b"a new account of hiero-sdk-python").digest(), "ecdsa")
    made = AccountCreateTransaction().set_key_without_alias(key.public_key()).set_initial_balance(Hbar(5))
    number = made.execute(client).account_id
    associate = TokenAssociateTransaction().set_account_id(number).add_token_id(DUSD)
    associate.freeze_with(client).sign(key)
    receipt = associate.execute(client)
    if receipt.status != ResponseCode.SUCCESS:
        raise SystemExit(f"association: {ResponseCode(receipt.status).name}")
    client.close()
    return str(number)


def sign(asked: dict) -> dict[str, str]:
    payer = AccountId.from_string(asked["payer"])
    transfer = TransferTransaction().set_transaction_memo(asked.get("memo", ""))
    total = sum(int(each["amount"]) for each in asked["payTo"])
    for account, amount in [(payer, -total)] + [
        (AccountId.from_string(each["account"]), int(each["amount"])) for each in asked["payTo"]
    ]:
        if asked.get("asset", "0.0.0") == "0.0.0":
            transfer.add_hbar_transfer(account, amount)
        else:
            transfer.add_token_transfer(TokenId.from_string(asked["asset"]), account, amount)
    id = TransactionId.generate(payer)
    if "validStart" in asked:
        seconds, _, nanos = asked["validStart"].partition(".")
        id = TransactionId(payer, Timestamp(seconds=int(seconds), nanos=int(nanos)))
    nodes = asked.get("nodeAccount", "0.0.3")
    transfer.set_transaction_id(id)
    transfer.set_node_account_ids(
        [AccountId.from_string(each) for each in ([nodes] if isinstance(nodes, str) else nodes)]
    )
    transfer.freeze().sign(private_key(bytes.fromhex(asked["key"]), asked["keyType"]))
    return {"bytes": transfer.to_bytes().hex(), "transactionId": text(id)}


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
