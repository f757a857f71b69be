"""A stock resource server from PyPI: `python -m tests.x402.stock.sell FACILITATOR PAYTO PRICE` prints its port."""

from __future__ import annotations

import socket
import sys

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from x402 import x402ResourceServer
from x402.http import FacilitatorConfig, HTTPFacilitatorClient
from x402.http.middleware.fastapi import payment_middleware
from x402.mechanisms.evm.exact import ExactEvmServerScheme

NETWORK = "eip155:84532"


def shop(facilitator: str, pay_to: str, price: str) -> FastAPI:
    """One page, as the SDK's README has it."""
    server = x402ResourceServer(HTTPFacilitatorClient(FacilitatorConfig(url=facilitator)))
    server.register(NETWORK, ExactEvmServerScheme())
    terms = {"accepts": {"scheme": "exact", "payTo": pay_to, "price": price, "network": NETWORK}}
    guard = payment_middleware({"GET /page": terms}, server)
    app = FastAPI()

    @app.middleware("http")
    async def paid(request: Request, call_next) -> Response:  # type: ignore[no-untyped-def]
        return await guard(request, call_next)

    @app.get("/page")
    async def page() -> PlainTextResponse:
        return PlainTextResponse("worth it")

    return app


def main() -> None:
    """Serve on a free port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(1024)  # whoever reads the port may call at once
    print(listening.getsockname()[1], flush=True)
    app = shop(*sys.argv[1:4])
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    main()
