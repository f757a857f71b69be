"""TCP, TLS and HTTP/2 up to the node's first SETTINGS."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl

from relay.chains.hedera.certificate import presented
from relay.chains.hedera.channel import PONG_SECONDS, Endpoint
from relay.chains.hedera.http2.connection import Connection


async def dial(endpoint: Endpoint) -> Connection:
    """A connection that is usable; raises OSError. The caller bounds the time."""
    loop = asyncio.get_running_loop()
    host, _, port = endpoint.address.rpartition(":")
    host = host.strip("[]")
    pinned = endpoint.cert_hash if endpoint.root is None else None
    context = await _context(endpoint, pinned) if endpoint.tls else None
    transport, connection = await loop.create_connection(
        lambda: Connection(loop), host, int(port), ssl=context, server_hostname=host if context else None
    )
    try:
        if context is not None:
            _examine(transport.get_extra_info("ssl_object"), pinned)
        _give_up_early(transport.get_extra_info("socket"))
        await connection.opened
    except BaseException:
        transport.abort()
        raise
    if not connection.usable:
        raise OSError(connection.trouble)
    return connection


async def _context(endpoint: Endpoint, pinned: bytes | None) -> ssl.SSLContext:
    root = endpoint.root
    if pinned is not None:
        root = await presented(endpoint.address)
        _compare(root, pinned)
    context = ssl.create_default_context(cadata=None if root is None else root.decode())
    context.check_hostname = pinned is None  # which of them it is says the hash; the chain says that it has not expired
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # what nodes sign themselves has no extensions to be strict about
    context.set_alpn_protocols(["h2"])
    return context


def _examine(tls: ssl.SSLObject, pinned: bytes | None) -> None:
    """Raise OSError unless this very connection is with whom the address book names, and about HTTP/2."""
    if pinned is not None:
        _compare(ssl.DER_cert_to_PEM_cert(tls.getpeercert(binary_form=True) or b"").encode(), pinned)
    if tls.selected_alpn_protocol() != "h2":
        raise OSError("the node does not speak HTTP/2 over TLS")


def _compare(pem: bytes, pinned: bytes) -> None:
    if hashlib.sha384(pem).digest() != pinned:
        raise OSError("the certificate is not the one in the address book")


def _give_up_early(connected: socket.socket) -> None:
    """Have the kernel end a connection whose peer acknowledges nothing, as gRPC does: by itself it waits 15 minutes."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(PONG_SECONDS * 1000))
