"""A small wallet: a key, and Hedera transfers built and signed with it. For `relay pay` and for tests.

{"account": "0.0.1001", "type": "ed25519", "key": "<64 hex digits: ed25519 seed or secp256k1 scalar>"}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import coincurve
from eth_hash.auto import keccak
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from relay import hapi_pb2 as hapi
from relay.errors import InvalidRequest

MAX_FEE_TINYBARS = 100_000_000  # one hbar: a thousand times what a transfer costs, and no more than a reader would risk
VALID_FOR = timedelta(seconds=120)  # the network's longest is 180 s
START_EARLY = timedelta(seconds=5)  # a node refuses a start in its future; clocks differ by that much


@dataclass(frozen=True, slots=True)
class Wallet:
    """One account and its key. Its `repr` does not show the key."""

    account: str
    kind: str  # "ed25519" or "ecdsa"
    key: bytes = field(repr=False)

    @classmethod
    def read(cls, file: Path) -> Wallet:
        """Read a wallet file; raises `InvalidRequest` naming what is wrong with it, never what is in it."""
        try:
            known = json.loads(file.read_text())
            wallet = cls(known["account"], known.get("type", "ed25519"), bytes.fromhex(known["key"].removeprefix("0x")))
        except FileNotFoundError:
            raise InvalidRequest(f"there is no wallet file {file}") from None
        except OSError as error:
            raise InvalidRequest(f"the wallet file {file} cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InvalidRequest(f"{file} is not a wallet: account, type (ed25519 or ecdsa), key (64 hex)") from None
        if len(wallet.key) != 32 or wallet.kind not in ("ed25519", "ecdsa"):
            raise InvalidRequest(f"{file} is not a wallet: account, type (ed25519 or ecdsa), key (64 hex)")
        return wallet

    @classmethod
    def development(cls, account: str) -> Wallet:
        """The development network's own accounts: odd numbers have ed25519 keys, even ones ECDSA (contract.md)."""
        number = int(account.rpartition(".")[2])
        key = hashlib.sha256(f"relay devnet 0.0.{number}".encode()).digest()
        return cls(account, "ed25519" if number % 2 else "ecdsa", key)

    def sign(self, body: bytes) -> hapi.SignaturePair:
        """The signature of a transaction body, with the whole public key as its prefix."""
        if self.kind == "ed25519":
            public, secret = crypto_sign_seed_keypair(self.key)
            return hapi.SignaturePair(pubKeyPrefix=public, ed25519=crypto_sign(body, secret)[:64])
        key = coincurve.PrivateKey(self.key)
        signature = key.sign_recoverable(keccak(body), hasher=None)[:64]
        return hapi.SignaturePair(pubKeyPrefix=key.public_key.format(compressed=True), ECDSA_secp256k1=signature)


def transfer(
    wallet: Wallet,
    *,
    pay_to: Sequence[tuple[str, int]],
    asset: str,
    memo: str,
    nodes: Sequence[str],
    now: datetime,
    nanos: int | None = None,
    max_fee: int = MAX_FEE_TINYBARS,
    fee_payer: str | None = None,
) -> bytes:
    """Signed bytes that pay each of `pay_to` (account, smallest units): one copy per node, all with one transaction id.

    One copy is a `Transaction`, several are a `TransactionList`. `nanos` makes ids distinct within one microsecond.
    With `fee_payer` it is x402's `exact`: worth nothing until that account has signed it, too.
    """
    pays = _account(fee_payer or wallet.account)
    start = now - START_EARLY
    stamp = hapi.Timestamp(seconds=int(start.timestamp()), nanos=start.microsecond * 1000 + (nanos or 0) % 1000)
    legs = [_amount(account, units) for account, units in pay_to]
    legs.append(_amount(wallet.account, -sum(units for _, units in pay_to)))
    if asset == "0.0.0":
        moved = hapi.CryptoTransferTransactionBody(transfers=hapi.TransferList(accountAmounts=legs))
    else:
        tokens = hapi.TokenTransferList(token=hapi.TokenID(tokenNum=_number(asset)), transfers=legs)
        moved = hapi.CryptoTransferTransactionBody(tokenTransfers=[tokens])
    copies = []
    for node in nodes:
        body = hapi.TransactionBody(
            transactionID=hapi.TransactionID(transactionValidStart=stamp, accountID=pays),
            nodeAccountID=_account(node),
            transactionFee=max_fee,
            transactionValidDuration=hapi.Duration(seconds=int(VALID_FOR.total_seconds())),
            memo=memo,
            cryptoTransfer=moved,
        ).SerializeToString()
        signed = hapi.SignedTransaction(bodyBytes=body, sigMap=hapi.SignatureMap(sigPair=[wallet.sign(body)]))
        copies.append(hapi.Transaction(signedTransactionBytes=signed.SerializeToString()))
    if len(copies) == 1:
        return copies[0].SerializeToString()
    return hapi.TransactionList(transaction_list=copies).SerializeToString()


def healthy_nodes(network: Mapping[str, object], most: int = 3) -> list[str]:
    """The node accounts of a `GET /v1/networks` entry worth signing for, the best first."""
    nodes = network.get("nodes")
    if not isinstance(nodes, list):
        return []
    return [str(node["account"]) for node in nodes if node["healthy"]][:most]


def _amount(account: str, units: int) -> hapi.AccountAmount:
    return hapi.AccountAmount(accountID=_account(account), amount=units)


def _account(text: str) -> hapi.AccountID:
    shard, realm, number = (int(part) for part in text.split("."))
    return hapi.AccountID(shardNum=shard, realmNum=realm, accountNum=number)


def _number(entity: str) -> int:
    return int(entity.rpartition(".")[2])
