"""`relay devnet`: the development Hedera node by itself."""

from __future__ import annotations

from relay.devnet.command import serve
from relay.errors import Misconfigured


async def devnet(host: str, port: int, mirror_port: int, consensus_ms: int) -> int:
    """Run until Ctrl-C."""
    try:
        await serve(host, port, mirror_port, consensus_ms)
    except OSError as error:
        raise Misconfigured(f"cannot listen on {error.filename}: {error.strerror}; port 0 picks a free one") from None
    return 0
