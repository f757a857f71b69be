"""The certificate a node presents. Nodes sign their own; the hash in the address book is what proves one."""

from __future__ import annotations

import asyncio
import ssl


async def presented(address: str) -> bytes:
    """What a server at `host:port` shows, as PEM, trusted or not: the caller compares its hash. Raises OSError."""
    host, _, port = address.rpartition(":")
    anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    anyone.set_alpn_protocols(["h2"])
    _, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=anyone)
    try:
        shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return ssl.DER_cert_to_PEM_cert(shown).encode()
    finally:
        writer.close()
