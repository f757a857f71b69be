"""A wallet of the tests' own: it builds any transaction, right or wrong, and speaks real gRPC to a development node."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Mapping

import grpc.aio
import nacl.bindings
from coincurve import PrivateKey
from eth_hash.auto import keccak

from relay import hapi_pb2 as pb
from relay.devnet.accounts import Entry, name_id
from relay.devnet.genesis import DUSD, PAYERS, private_key
from relay.devnet.network import DevNode

ENOUGH = 10**9  # 10 hbar: more than any fee
_unique = itertools.count()


def pair(body: bytes, secret: bytes, *, ecdsa: bool, prefix: int | None = None) -> pb.SignaturePair:
    """One signature over body bytes; `prefix` cuts the public key that goes with it."""
    if ecdsa:
        key = PrivateKey(secret)
        signature = key.sign_recoverable(body, hasher=keccak)[:64]
        return pb.SignaturePair(pubKeyPrefix=key.public_key.format()[:prefix], ECDSA_secp256k1=signature)
    public, whole = nacl.bindings.crypto_sign_seed_keypair(secret)
    signature = nacl.bindings.crypto_sign(body, whole)[:64]
    return pb.SignaturePair(pubKeyPrefix=public[:prefix], ed25519=signature)


def envelope(body: bytes, pairs: Iterable[pb.SignaturePair]) -> bytes:
    signed = pb.SignedTransaction(bodyBytes=body, sigMap=pb.SignatureMap(sigPair=pairs))
    return pb.Transaction(signedTransactionBytes=signed.SerializeToString()).SerializeToString()


def legs(amounts: Mapping[int, int]) -> list[pb.AccountAmount]:
    return [pb.AccountAmount(accountID=pb.AccountID(accountNum=who), amount=amount) for who, amount in amounts.items()]


class Wallet:
    """Signs with the genesis keys and asks one development network."""

    def __init__(self, devnet: DevNode) -> None:
        self.devnet = devnet
        self._channels = {node.number: grpc.aio.insecure_channel(node.address) for node in devnet.nodes}

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close()

    # --- building ---

    def body(self, payer: int = 1001, node: int = 3, **changes: object) -> pb.TransactionBody:
        """A body that lacks nothing but what it is about; valid since five seconds ago."""
        start_ns = self.devnet.ledger.clock.now_ns() - 5 * 10**9 + next(_unique)
        return pb.TransactionBody(
            transactionID=pb.TransactionID(
                accountID=pb.AccountID(accountNum=payer),
                transactionValidStart=pb.Timestamp(seconds=start_ns // 10**9, nanos=start_ns % 10**9),
            ),
            nodeAccountID=pb.AccountID(accountNum=node),
            transactionFee=ENOUGH,
            transactionValidDuration=pb.Duration(seconds=120),
            **changes,
        )

    def transfer(
        self,
        hbar: Mapping[int, int] | None = None,
        dusd: Mapping[int, int] | None = None,
        *,
        payer: int = 1001,
        node: int = 3,
        memo: str = "",
    ) -> pb.TransactionBody:
        """Moves what is said, or one hbar from the payer to 0.0.2001."""
        body = self.body(payer, node, memo=memo)
        hbar = {payer: -(10**8), 2001: 10**8} if hbar is None and dusd is None else hbar
        body.cryptoTransfer.transfers.accountAmounts.extend(legs(hbar or {}))
        if dusd is not None:
            body.cryptoTransfer.tokenTransfers.add(token=pb.TokenID(tokenNum=DUSD), transfers=legs(dusd))
        return body

    def sign(self, body: pb.TransactionBody, *signers: int, prefix: int | None = None) -> bytes:
        """A Transaction signed by these genesis accounts, or by the payer."""
        raw = body.SerializeToString()
        return envelope(
            raw, [self.pair(raw, who, prefix) for who in signers or (body.transactionID.accountID.accountNum,)]
        )

    def pair(self, body: bytes, signer: int, prefix: int | None = None) -> pb.SignaturePair:
        return pair(body, private_key(signer), ecdsa=signer in PAYERS and signer % 2 == 0, prefix=prefix)

    # --- asking ---

    async def call(self, path: str, raw: bytes, node: int = 3) -> bytes:
        method = self._channels[node].unary_unary(f"/proto.{path}")
        return await method(raw, timeout=30)

    async def send(
        self, raw: bytes, node: int = 3, path: str = "CryptoService/cryptoTransfer"
    ) -> pb.TransactionResponse:
        return pb.TransactionResponse.FromString(await self.call(path, raw, node))

    async def precheck(self, raw: bytes, node: int = 3) -> str:
        return pb.ResponseCodeEnum.Name((await self.send(raw, node)).nodeTransactionPrecheckCode)

    async def settle(
        self, body: pb.TransactionBody, *signers: int, path: str = "CryptoService/cryptoTransfer"
    ) -> Entry:
        """Send it, expect the node to take it, and wait for the network to agree."""
        agreed = self.next_entry(name_id(body.transactionID))
        response = await self.send(self.sign(body, *signers), body.nodeAccountID.accountNum, path)
        assert pb.ResponseCodeEnum.Name(response.nodeTransactionPrecheckCode) == "OK"
        return await asyncio.wait_for(agreed, 30)

    async def consensus(self, body: pb.TransactionBody, *signers: int) -> str:
        return pb.ResponseCodeEnum.Name((await self.settle(body, *signers)).status)

    def next_entry(self, id: str) -> asyncio.Future[Entry]:
        """Resolves when the ledger records a transaction with this id."""
        found: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()

        def look(entry: Entry) -> None:
            if entry.id == id and not found.done():
                found.set_result(entry)

        self.devnet.ledger.tell(look)
        return found

    async def ask(
        self, query: pb.Query, path: str = "CryptoService/getTransactionReceipts", node: int = 3
    ) -> pb.Response:
        return pb.Response.FromString(await self.call(path, query.SerializeToString(), node))

    async def receipt(self, id: pb.TransactionID, node: int = 3) -> pb.TransactionGetReceiptResponse:
        query = pb.Query(transactionGetReceipt=pb.TransactionGetReceiptQuery(transactionID=id, includeDuplicates=True))
        return (await self.ask(query, node=node)).transactionGetReceipt

    async def receipt_code(self, id: pb.TransactionID, node: int = 3) -> str:
        """The precheck's name when the node has none, else the receipt's."""
        found = await self.receipt(id, node)
        precheck = found.header.nodeTransactionPrecheckCode
        return pb.ResponseCodeEnum.Name(precheck if precheck != pb.OK else found.receipt.status)
