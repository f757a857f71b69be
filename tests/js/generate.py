"""Write vectors/transfers.json: transfers as Google's protobuf library encodes them, for plugins/js to match.

.venv/bin/python tests/js/generate.py           rewrites the file
.venv/bin/python tests/js/generate.py --check   exit 1 when the committed file is stale
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from relay import hapi_pb2 as pb

VECTORS = Path(__file__).parent / "vectors" / "transfers.json"
CASES: list[dict[str, Any]] = [
    {
        "name": "HBAR to one payee",
        "payment": {
            "transactionId": "0.0.1001@1700000000.000000001",
            "payTo": [{"account": "0.0.2001", "amount": "1000000"}],
            "asset": "0.0.0",
            "memo": "relay:abc",
            "maxFee": "10000000",
            "validSeconds": 120,
        },
        "nodes": ["0.0.3"],
    },
    {
        "name": "HBAR split over three payees, three nodes, memo beyond ASCII",
        "payment": {
            "transactionId": "0.0.1003@1763700000.999999999",
            "payTo": [
                {"account": "0.0.2001", "amount": "1"},
                {"account": "0.0.2002", "amount": "250000000000"},
                {"account": "0.0.3001", "amount": "127"},
            ],
            "asset": "0.0.0",
            "memo": "Grüße, 文章 42 ✓",
            "maxFee": "100000000",
            "validSeconds": 180,
        },
        "nodes": ["0.0.3", "0.0.4", "0.0.1234567"],
    },
    {
        "name": "a token, its decimals stated",
        "payment": {
            "transactionId": "0.0.1005@1700000000.000047011",
            "payTo": [{"account": "0.0.2001", "amount": "9007199254740993"}],
            "asset": "0.0.5001",
            "memo": "",
            "maxFee": "10000000",
            "validSeconds": 120,
            "decimals": 6,
        },
        "nodes": ["0.0.3"],
    },
    {
        "name": "other shard and realm, the largest amount",
        "payment": {
            "transactionId": "1.2.300@1700000000.500000000",
            "payTo": [{"account": "1.2.9223372036854775807", "amount": "9223372036854775807"}],
            "asset": "0.0.0",
            "memo": "x" * 100,
            "maxFee": "1",
            "validSeconds": 15,
        },
        "nodes": ["1.2.3"],
    },
]


def account(text: str) -> pb.AccountID:
    shard, realm, num = map(int, text.split("."))
    return pb.AccountID(shardNum=shard, realmNum=realm, accountNum=num)


def body(payment: dict[str, Any], node: str) -> bytes:
    payer, start = payment["transactionId"].split("@")
    seconds, nanos = map(int, start.split("."))
    total = sum(int(share["amount"]) for share in payment["payTo"])
    legs = [pb.AccountAmount(accountID=account(payer), amount=-total)]
    legs += [
        pb.AccountAmount(accountID=account(share["account"]), amount=int(share["amount"])) for share in payment["payTo"]
    ]
    transfer = pb.CryptoTransferTransactionBody()
    if payment["asset"] == "0.0.0":
        transfer.transfers.accountAmounts.extend(legs)
    else:
        shard, realm, num = map(int, payment["asset"].split("."))
        tokens = transfer.tokenTransfers.add(token=pb.TokenID(shardNum=shard, realmNum=realm, tokenNum=num))
        tokens.transfers.extend(legs)
        tokens.expected_decimals.value = payment["decimals"]
    return pb.TransactionBody(
        transactionID=pb.TransactionID(
            transactionValidStart=pb.Timestamp(seconds=seconds, nanos=nanos), accountID=account(payer)
        ),
        nodeAccountID=account(node),
        transactionFee=int(payment["maxFee"]),
        transactionValidDuration=pb.Duration(seconds=payment["validSeconds"]),
        memo=payment["memo"],
        cryptoTransfer=transfer,
    ).SerializeToString(deterministic=True)


def development_key(name: str) -> SigningKey:
    return SigningKey(hashlib.sha256(f"relay devnet {name}".encode()).digest())


def signed(raw: bytes, key: SigningKey) -> pb.Transaction:
    pair = pb.SignaturePair(pubKeyPrefix=key.verify_key.encode(), ed25519=key.sign(raw).signature)
    inner = pb.SignedTransaction(bodyBytes=raw, sigMap=pb.SignatureMap(sigPair=[pair]))
    return pb.Transaction(signedTransactionBytes=inner.SerializeToString(deterministic=True))


def vectors() -> list[dict[str, Any]]:
    made = []
    for case in CASES:
        payer = case["payment"]["transactionId"].split("@")[0]
        key = development_key(payer)
        bodies = [body(case["payment"], node) for node in case["nodes"]]
        transactions = [signed(raw, key) for raw in bodies]
        whole = transactions[0] if len(transactions) == 1 else pb.TransactionList(transaction_list=transactions)
        made.append(
            case
            | {
                "bodies": [raw.hex() for raw in bodies],
                "publicKey": key.verify_key.encode().hex(),
                "transaction": whole.SerializeToString(deterministic=True).hex(),
            }
        )
    return made


def unreadable() -> list[dict[str, str]]:
    """Valid HAPI bodies that do more than a payment, or name accounts a wallet cannot show."""
    plain = pb.TransactionBody.FromString(body(CASES[0]["payment"], "0.0.3"))

    def changed(change: Callable[[pb.TransactionBody], object]) -> str:
        copy = pb.TransactionBody()
        copy.CopyFrom(plain)
        change(copy)
        return copy.SerializeToString(deterministic=True).hex()

    legs = plain.cryptoTransfer.transfers.accountAmounts
    token = pb.TokenTransferList(token=pb.TokenID(tokenNum=5001), transfers=legs)
    nft = pb.NftTransfer(senderAccountID=account("0.0.1001"), receiverAccountID=account("0.0.2001"), serialNumber=1)
    return [
        {"name": name, "body": changed(change)}
        for name, change in {
            "a debit by allowance": lambda it: setattr(
                it.cryptoTransfer.transfers.accountAmounts[0], "is_approval", True
            ),
            "an account by alias": lambda it: setattr(
                it.cryptoTransfer.transfers.accountAmounts[1].accountID, "alias", b"\x12\x20" + bytes(32)
            ),
            "HBAR and a token at once": lambda it: it.cryptoTransfer.tokenTransfers.append(token),
            "an NFT beside a token": lambda it: (
                it.cryptoTransfer.ClearField("transfers"),
                it.cryptoTransfer.tokenTransfers.add(token=token.token, transfers=legs, nftTransfers=[nft]),
            ),
            "sums that are not zero": lambda it: setattr(it.cryptoTransfer.transfers.accountAmounts[1], "amount", 7),
            "a scheduled id": lambda it: setattr(it.transactionID, "scheduled", True),
            "an id with a nonce": lambda it: setattr(it.transactionID, "nonce", 1),
            "a contract call": lambda it: it.contractCall.SetInParent(),
            "no node": lambda it: it.ClearField("nodeAccountID"),
        }.items()
    ]


def text() -> str:
    return json.dumps({"payments": vectors(), "unreadable": unreadable()}, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    if "--check" in sys.argv:
        return 0 if VECTORS.read_text() == text() else 1
    VECTORS.write_text(text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
