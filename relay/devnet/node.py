"""One node of the network: HAPI over plaintext gRPC, in front of the shared ledger.

    bytes ─▶ faults ─▶ precheck (rules.py) ─▶ taken ──consensus delay──▶ ledger.conclude ─▶ receipts, records, mirror
                └──────────── answer: TransactionResponse ◀──┘

As on a real network every method that takes a Transaction takes any kind of it, and every method that takes a Query
answers any kind of it: what is inside decides.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from relay import hapi_pb2 as pb
from relay.devnet import queries, rules
from relay.devnet.accounts import name_id
from relay.devnet.envelope import Broken, Signed, code_name, open_envelope
from relay.devnet.faults import Faults
from relay.devnet.ledger import RECEIPT_NS, Ledger
from relay.money import TxId

MOST_SEEN = 100_000  # a demo left running forgets what came first
CRYPTO_TRANSFER = "/proto.CryptoService/cryptoTransfer"
_TRANSACTIONS = (
    CRYPTO_TRANSFER,
    "/proto.CryptoService/createAccount",
    "/proto.TokenService/associateTokens",
    "/proto.SmartContractService/contractCallMethod",
)
_QUERIES = (
    "/proto.CryptoService/cryptoGetBalance",
    "/proto.CryptoService/getAccountInfo",
    "/proto.CryptoService/getTransactionReceipts",
    "/proto.CryptoService/getTxRecordByTxID",
    "/proto.FileService/getFileContent",
)
_Context = grpc.aio.ServicerContext[bytes, bytes]


class Node:
    """A node account and its port. `seen` has every Transaction that cryptoTransfer received, in order, as it came."""

    def __init__(self, number: int, ledger: Ledger, consensus: timedelta, peers: Sequence[Node]) -> None:
        self.number = number
        self.faults = Faults()
        self.seen: list[bytes] = []
        self.host = ""
        self.port = 0
        self._ledger = ledger
        self._consensus_seconds = consensus.total_seconds()
        self._answers = queries.Answers(ledger, peers)
        self._pending: dict[TxId, tuple[Signed, asyncio.TimerHandle]] = {}
        self._lost: dict[TxId, int] = {}  # taken and never agreed on, until when the node remembers it
        self._server: grpc.aio.Server | None = None

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 picks a free one. Raises OSError when the port is taken."""
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        server.add_generic_rpc_handlers((_Methods(self.submit, self.ask),))
        try:
            self.port = server.add_insecure_port(f"{host}:{port}")
        except RuntimeError:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), f"{host}:{port}") from None
        self.host = host
        await server.start()
        self._server = server

    async def stop(self) -> None:
        """Answer what is being asked, then close; whatever was taken reaches consensus before this returns."""
        if self._server is not None:
            await self._server.stop(grace=0.5)
        self.agree_now()

    def agree_now(self) -> None:
        """Let everything this node took reach consensus at once, in the order it came."""
        for signed, timer in list(self._pending.values()):
            timer.cancel()
            self._agree(signed)

    async def submit(self, method: str, raw: bytes, context: _Context) -> bytes:
        if method == CRYPTO_TRANSFER:
            self.seen.append(raw)
            if len(self.seen) > MOST_SEEN:
                del self.seen[: MOST_SEEN // 2]
        if self.faults.down or self.faults.strikes("unavailable"):
            await context.abort(grpc.StatusCode.UNAVAILABLE, "told to be unavailable")
        response = self._respond(raw)
        await self._dawdle()
        if response.nodeTransactionPrecheckCode == pb.OK and self.faults.strikes("lost_answers"):
            await context.abort(grpc.StatusCode.UNAVAILABLE, "told to lose the answer")
        return response.SerializeToString()

    async def ask(self, method: str, raw: bytes, context: _Context) -> bytes:
        if self.faults.down or self.faults.strikes("queries_unavailable"):
            await context.abort(grpc.StatusCode.UNAVAILABLE, "told to be unavailable")
        try:
            query = pb.Query.FromString(raw)
        except DecodeError:
            query = pb.Query()
        if query.WhichOneof("query") is None:  # a real node says no more either
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not a query this node knows")
        response = self._reply(query)
        await self._dawdle()
        return response.SerializeToString()

    def _respond(self, raw: bytes) -> pb.TransactionResponse:
        ordered = self.faults.next_precheck()
        try:
            if ordered != pb.OK:
                raise Broken(ordered)
            self._take(self._precheck(raw))
        except Broken as broken:
            return pb.TransactionResponse(nodeTransactionPrecheckCode=code_name(broken.code), cost=broken.cost)
        return pb.TransactionResponse(nodeTransactionPrecheckCode=pb.OK)

    def _reply(self, query: pb.Query) -> pb.Response:
        try:
            if queries.needs_payment(query):
                payment = self._precheck(queries.header_of(query).payment.SerializeToString())
                queries.check_payment(payment, self.number)
                self._take(payment)
            return self._answers.answer(
                query,
                pending=self._holds(name_id(query.transactionGetReceipt.transactionID)),
                forgotten=self.faults.receipts_expired,
            )
        except Broken as broken:
            return queries.refuse(query, broken)

    def _precheck(self, raw: bytes) -> Signed:
        """Look at a transaction the way a node does before it takes one; raises `Broken`. Order as in rules.py."""
        signed = open_envelope(raw)
        rules.check_addressee(signed, self.number)
        rules.check_window(signed, self._ledger.clock.now_ns(), buffer_seconds=rules.ENTRY_BUFFER_SECONDS)
        if self._holds(signed.id) or self._ledger.fresh(signed.id):
            raise Broken(pb.DUPLICATE_TRANSACTION)
        rules.check_pure(signed)
        rules.check_payer(signed, self._ledger.accounts)
        return signed

    def _take(self, signed: Signed) -> None:
        if self.faults.strikes("never_consensus"):
            self._lost[signed.id] = signed.valid_start_ns + RECEIPT_NS
            return
        delay = self._consensus_seconds + self.faults.slow_consensus_ms / 1000
        timer = asyncio.get_running_loop().call_later(delay, self._agree, signed)
        self._pending[signed.id] = (signed, timer)

    def _agree(self, signed: Signed) -> None:
        del self._pending[signed.id]
        self._ledger.conclude(signed, self.number)

    def _holds(self, id: TxId) -> bool:
        """Whether this node took a transaction that is not agreed on; another node knows nothing of it so far."""
        return id in self._pending or self._lost.get(id, 0) >= self._ledger.clock.now_ns()

    async def _dawdle(self) -> None:
        if self.faults.slow_answer_ms:
            await asyncio.sleep(self.faults.slow_answer_ms / 1000)


_Method = Callable[[str, bytes, _Context], Awaitable[bytes]]


class _Methods(grpc.GenericRpcHandler):
    """Which path takes what. Bytes go in and out as they are, so that `seen` is what came over the wire."""

    def __init__(self, submit: _Method, ask: _Method) -> None:
        self._paths = {path: _handler(path, submit) for path in _TRANSACTIONS} | {
            path: _handler(path, ask) for path in _QUERIES
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        return self._paths.get(handler_call_details.method)


def _handler(path: str, method: _Method) -> grpc.RpcMethodHandler[bytes, bytes]:
    async def call(raw: bytes, context: _Context) -> bytes:
        return await method(path, raw, context)

    return grpc.unary_unary_rpc_method_handler(call)
