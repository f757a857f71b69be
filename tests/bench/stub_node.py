"""A Hedera node that says yes at once, as cheaply as Python can: a process of its own, prints its port.

It parses nothing. Every transfer is OK at precheck and every receipt is SUCCESS, so what is measured is the relay.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

import grpc
import grpc.aio
import uvloop

from relay import hapi_pb2 as hapi

_OK = hapi.ResponseHeader(nodeTransactionPrecheckCode=hapi.OK)
_SUCCESS = hapi.TransactionReceipt(status=hapi.SUCCESS)
ANSWERS = {
    "/proto.CryptoService/cryptoTransfer": hapi.TransactionResponse(nodeTransactionPrecheckCode=hapi.OK),
    "/proto.CryptoService/getTransactionReceipts": hapi.Response(
        transactionGetReceipt=hapi.TransactionGetReceiptResponse(header=_OK, receipt=_SUCCESS)
    ),
    "/proto.CryptoService/cryptoGetBalance": hapi.Response(  # what a relay may ask to see whether we live
        cryptogetAccountBalance=hapi.CryptoGetAccountBalanceResponse(header=_OK, balance=1)
    ),
}


class Yes(grpc.GenericRpcHandler):
    """One prepared answer per method, bytes in and bytes out."""

    def __init__(self) -> None:
        self._handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            method: grpc.unary_unary_rpc_method_handler(_always(answer.SerializeToString()))
            for method, answer in ANSWERS.items()
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        return self._handlers.get(handler_call_details.method)


def _always(answer: bytes) -> Callable[[bytes, object], Awaitable[bytes]]:
    async def respond(request: bytes, context: object) -> bytes:
        return answer

    return respond


async def main() -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = grpc.aio.server(options=[("grpc.http2.bdp_probe", 0), ("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((Yes(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await stop.wait()
    await server.stop(None)


if __name__ == "__main__":
    uvloop.run(main())
