"""The reference facilitator from PyPI at its best: its synchronous classes on many threads, secp256k1 in C.

`python -m tests.x402.stock.facilitate RPC KEY NETWORK` prints its port. The package ships no server; this is the
FastAPI one of its examples, with plain functions as routes, so that a waiting settlement holds up nobody else.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
import uvicorn
from fastapi import FastAPI
from x402 import x402FacilitatorSync
from x402.mechanisms.evm import FacilitatorWeb3Signer
from x402.mechanisms.evm.exact import register_exact_evm_facilitator
from x402.schemas import PaymentPayload, PaymentRequirements

THREADS = 256


def facilitator(rpc: str, key: str, network: str) -> FastAPI:
    """`/verify`, `/settle` and `/supported`."""
    core = x402FacilitatorSync()
    register_exact_evm_facilitator(core, FacilitatorWeb3Signer(private_key=key, rpc_url=rpc), networks=network)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/verify")
    def verify(call: dict[str, Any]) -> dict[str, Any]:
        return core.verify(*parts(call)).model_dump(by_alias=True, exclude_none=True)

    @app.post("/settle")
    def settle(call: dict[str, Any]) -> dict[str, Any]:
        return core.settle(*parts(call)).model_dump(by_alias=True, exclude_none=True)

    @app.get("/supported")
    def supported() -> dict[str, Any]:
        return core.get_supported().model_dump(by_alias=True, exclude_none=True)

    return app


def parts(call: dict[str, Any]) -> tuple[PaymentPayload, PaymentRequirements]:
    payload = PaymentPayload.model_validate(call["paymentPayload"])
    return payload, PaymentRequirements.model_validate(call["paymentRequirements"])


def main() -> None:
    """Serve on a free port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(1024)  # whoever reads the port may call at once
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(facilitator(*sys.argv[1:4]), log_level="critical", backlog=1024)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
