"""What a header block means to a gRPC client, and how a request begins (gRPC over HTTP/2, PROTOCOL-HTTP2.md)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from relay.chains.hedera.http2.frames import END_HEADERS, HEADERS, Code, frame
from relay.chains.hedera.http2.hpack import Headers, literal

STATUSES = (
    *("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS"),
    *("PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED"),
    *("INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"),
)
_BY_HTTP = {  # http-grpc-status-mapping.md; any other is UNKNOWN
    b"400": "INTERNAL",
    b"401": "UNAUTHENTICATED",
    b"403": "PERMISSION_DENIED",
    b"404": "UNIMPLEMENTED",
    b"429": "UNAVAILABLE",
    b"502": "UNAVAILABLE",
    b"503": "UNAVAILABLE",
    b"504": "UNAVAILABLE",
}
_BY_RESET = {  # PROTOCOL-HTTP2.md, Errors; any other is INTERNAL
    Code.REFUSED_STREAM: "UNAVAILABLE",
    Code.CANCEL: "CANCELLED",
    Code.ENHANCE_YOUR_CALM: "RESOURCE_EXHAUSTED",
    Code.INADEQUATE_SECURITY: "PERMISSION_DENIED",
}
_DETAIL_BYTES = 1_000  # of a message; it is shown to operators, cut again
_LONGEST_TIMEOUT = 99_999_999  # 8 digits, of milliseconds


@dataclass(frozen=True, slots=True)
class Failure:
    """What `Failed` will say, of a call or of many."""

    status: str
    detail: str


@dataclass(frozen=True, slots=True)
class Head:
    """A header block, as the beginning and as the end of an answer; None where it means that all is well."""

    informational: bool
    opening: Failure | None
    closing: Failure | None


_TOO_LONG = Failure("RESOURCE_EXHAUSTED", "headers longer than we take")


def understand(headers: Headers | None) -> Head:
    """None are headers longer than we take."""
    if headers is None:
        return Head(informational=False, opening=_TOO_LONG, closing=_TOO_LONG)
    found = dict(headers)
    http = found.get(b":status")
    opening = None
    if http is None:
        opening = Failure("INTERNAL", "an answer without an HTTP status")
    elif http != b"200":
        opening = Failure(_BY_HTTP.get(http, "UNKNOWN"), f"HTTP status {http[:3].decode(errors='replace')}")
    elif not found.get(b"content-type", b"").startswith(b"application/grpc"):
        opening = Failure("UNKNOWN", f"not gRPC but {found.get(b'content-type', b'')[:80]!r}")
    status = found.get(b"grpc-status")
    if status is not None:
        closing = _verdict(status, found.get(b"grpc-message", b""))
    else:
        closing = (opening if http is not None else None) or Failure("UNKNOWN", "an answer without a gRPC status")
    return Head(http is not None and len(http) == 3 and http[:1] == b"1", opening, closing)


def reset(payload: bytes) -> Failure:
    """What a RST_STREAM means."""
    try:
        code = Code(int.from_bytes(payload, "big"))
    except ValueError:
        return Failure("INTERNAL", "the node reset the stream for a reason HTTP/2 does not have")
    return Failure(_BY_RESET.get(code, "INTERNAL"), f"the node reset the stream: {code.name}")


def request(method: str, authority: str, within: float, *, tls: bool) -> bytes:
    """HEADERS of a call of at most `within` seconds, as a whole frame of stream 0."""
    milliseconds = min(max(int(within * 1000), 1), _LONGEST_TIMEOUT)
    block = (
        (b"\x83\x87" if tls else b"\x83\x86")  # POST, https or http
        + literal(b":path", method.encode())
        + literal(b":authority", authority.encode())
        + literal(b"te", b"trailers")
        + literal(b"content-type", b"application/grpc")
        + literal(b"user-agent", b"micropay-relay")
        + literal(b"grpc-accept-encoding", b"identity")
        + literal(b"grpc-timeout", f"{milliseconds}m".encode())
    )
    return frame(HEADERS, END_HEADERS, 0, block)


def _verdict(status: bytes, message: bytes) -> Failure | None:
    known = status.isdigit() and len(status) <= 2 and int(status) < len(STATUSES)
    name = STATUSES[int(status)] if known else "UNKNOWN"
    detail = unquote_to_bytes(message[:_DETAIL_BYTES]).decode(errors="replace") or "no detail"
    return None if name == "OK" else Failure(name, detail)
