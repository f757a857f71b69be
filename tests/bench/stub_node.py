"""A Hedera node that says yes at once: a process of its own, prints its port.

Every transfer is OK at precheck and every receipt is SUCCESS, so what is measured is the relay. It speaks just the
HTTP/2 a gRPC client needs (RFC 9113): a whole gRPC server costs more per call than a payment may cost the relay, and
then the node would be what is measured. It reads no headers: what is asked shows in the first byte of the message.
"""

from __future__ import annotations

import asyncio
import signal
from struct import Struct

import uvloop

from relay import hapi_pb2 as hapi

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 3, 4, 6, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
HEAD = 9  # bytes before a frame's payload
GRPC_PREFIX = 5  # bytes before a message: a flag and its length
WINDOW = 1 << 30  # what a client may send us unasked; our own answers are too small to fill any window of its own
SETTINGS_INITIAL_WINDOW_SIZE = b"\x00\x04"

_OK = hapi.ResponseHeader(nodeTransactionPrecheckCode=hapi.OK)
_TAKEN = hapi.TransactionResponse(nodeTransactionPrecheckCode=hapi.OK)
_SUCCESS = hapi.Response(
    transactionGetReceipt=hapi.TransactionGetReceiptResponse(
        header=_OK, receipt=hapi.TransactionReceipt(status=hapi.SUCCESS)
    )
)
_QUERY = hapi.Query(transactionGetReceipt=hapi.TransactionGetReceiptQuery(header=hapi.QueryHeader()))
RECEIPT_TAG = _QUERY.SerializeToString()[0]  # how a receipt query begins; anything else is a transaction

_head = Struct(">BHBBI")  # length in 24 bits, type, flags, stream


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return _head.pack(len(payload) >> 16, len(payload) & 0xFFFF, kind, flags, stream) + payload


def _response(message: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """A whole response, cut where its stream's number goes: HEADERS, DATA, and trailers."""
    prefixed = b"\x00" + len(message).to_bytes(4, "big") + message
    opening = _frame(HEADERS, END_HEADERS, 0, b"\x88\x0f\x10\x10application/grpc")  # HPACK: status 200, content type
    body = _frame(DATA, 0, 0, prefixed)
    closing = _frame(HEADERS, END_HEADERS | END_STREAM, 0, b"\x00\x0bgrpc-status\x010")
    return opening[:5], opening[9:] + body[:5], body[9:] + closing[:5], closing[9:]


TAKEN, SUCCESS = _response(_TAKEN.SerializeToString()), _response(_SUCCESS.SerializeToString())


class Yes(asyncio.Protocol):
    """One connection of one client."""

    def __init__(self) -> None:
        self._unread = b""
        self._asked: dict[int, tuple[bytes, bytes, bytes, bytes]] = {}  # streams that are not at their end
        self._received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one that writes
        self._transport = transport
        wide = WINDOW.to_bytes(4, "big")
        settings = _frame(SETTINGS, 0, 0, SETTINGS_INITIAL_WINDOW_SIZE + wide)
        transport.write(settings + _frame(WINDOW_UPDATE, 0, 0, wide))
        self._at = len(PREFACE)  # of the first frame

    def data_received(self, data: bytes) -> None:
        data = self._unread + data
        at, size, out = self._at, len(data), list[bytes]()
        while at + HEAD <= size:
            high, low, kind, flags, stream = _head.unpack_from(data, at)
            start = at + HEAD
            end = start + (high << 16 | low)
            if end > size:
                break
            at = end
            if kind == DATA:
                self._received += end - start
                if start < end and stream not in self._asked:
                    asks_receipt = data[start + GRPC_PREFIX] == RECEIPT_TAG
                    self._asked[stream] = SUCCESS if asks_receipt else TAKEN
                if flags & END_STREAM:
                    number = stream.to_bytes(4, "big")
                    out.append(number.join(self._asked.pop(stream)))
            elif kind == SETTINGS and not flags & ACK:
                out.append(_frame(SETTINGS, ACK, 0, b""))
            elif kind == PING and not flags & ACK:
                out.append(_frame(PING, ACK, 0, data[start:end]))
            elif kind == RST_STREAM:
                self._asked.pop(stream, None)
        if self._received > WINDOW // 2:
            out.append(_frame(WINDOW_UPDATE, 0, 0, self._received.to_bytes(4, "big")))
            self._received = 0
        if out:
            self._transport.write(b"".join(out))
        self._unread, self._at = (data[at:], 0) if at <= size else (b"", at - size)


async def main() -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(Yes, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    uvloop.run(main())
