"""Stock buyers from PyPI: `python -m tests.x402.stock.buy httpx|requests|both KEY URL…` pays each page.

Prints {buyer, url, status, body, receipt}, a line each.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import Mapping
from typing import Any

from eth_account import Account
from x402 import x402Client, x402ClientSync
from x402.http.clients import wrapHttpxWithPayment, x402_requests
from x402.mechanisms.evm import EthAccountSigner
from x402.mechanisms.evm.exact import register_exact_evm_client


def main(kind: str, key: str, *urls: str) -> None:
    """Pay, and tell."""
    signer = EthAccountSigner(Account.from_key(key))
    if kind != "httpx":
        by_requests(signer, *urls)
    if kind != "requests":
        asyncio.run(by_httpx(signer, *urls))


def by_requests(signer: EthAccountSigner, *urls: str) -> None:
    client = x402ClientSync()
    register_exact_evm_client(client, signer)
    session = x402_requests(client)
    for url in urls:
        answer = session.get(url, timeout=60)
        told("pypi requests", url, answer.status_code, answer.text, answer.headers)


async def by_httpx(signer: EthAccountSigner, *urls: str) -> None:
    client = x402Client()
    register_exact_evm_client(client, signer)
    async with wrapHttpxWithPayment(client, timeout=60) as http:
        for url in urls:
            answer = await http.get(url)
            told("pypi httpx", url, answer.status_code, answer.text, answer.headers)


def told(buyer: str, url: str, status: int, body: str, headers: Mapping[str, str]) -> None:
    receipt: Any = headers.get("PAYMENT-RESPONSE")
    receipt = json.loads(base64.b64decode(receipt)) if receipt else None
    print(json.dumps({"buyer": buyer, "url": url, "status": status, "body": body, "receipt": receipt}))


if __name__ == "__main__":
    main(*sys.argv[1:])
