"""The options of buying and selling, `relay pay` and `relay paywall`: part of the command line, nothing slow here."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

Command = Coroutine[Any, Any, int]


class Add(Protocol):
    """Add one command."""

    def __call__(self, name: str, help: str, example: str, run: Any) -> argparse.ArgumentParser: ...


def add_to(add: Add, port: Callable[[str], int]) -> None:
    """Add both commands."""
    pay = add("pay", "pay an invoice or a page from the terminal", "relay pay http://127.0.0.1:8099/demo/", _pay)
    pay.add_argument("url", help="of an invoice or of a page that sells something")
    pay.add_argument("--network", help="such as eip155:8453; default: what needs no gas, as the invoice lists it")
    pay.add_argument("--wallet", type=Path, help="JSON file: account (0x… on EVM), key (hex), type (ed25519, ecdsa)")
    pay.add_argument("--rpc", metavar="URL", help="a node of the EVM chain, for an account that pays its gas itself")
    pay.add_argument("--signer", choices=["relay", "hedera-sdk"], default="relay")
    pay.add_argument(
        "--token-file", type=Path, help="where to save the access token; default: ~/.local/state/relay/tokens/"
    )
    pay.add_argument("--max", metavar="AMOUNT", help="what x402 may cost, such as 0.10 (USD) or '5 HBAR'; does not ask")
    pay.add_argument("--output", type=Path, help="where to put what was bought by x402; default: standard output")
    pay.add_argument(
        "--yes",
        action="store_true",
        help="do not ask before signing (play money is not asked about without a terminal)",
    )

    wall = add(
        "paywall",
        "put a website or API behind a price list",
        "relay paywall --upstream http://127.0.0.1:8000 --price '/api/*=$0.01'",
        _paywall,
    )
    wall.add_argument("--upstream", metavar="URL", help="the site that is sold")
    wall.add_argument(
        "--price",
        action="append",
        default=[],
        metavar="[METHOD ][/PATH=]PRICE",
        help="such as $0.01 (everything), '/api/*=$0.01', 'POST /chat=0.02 USDC', '/api/health=free'; the first counts",
    )
    wall.add_argument("--config", type=Path, help="TOML file with the same and more: [[prices]]")
    wall.add_argument("--relay", metavar="URL", help="default: http://127.0.0.1:8099")
    wall.add_argument("--key", help="the merchant's; default: $RELAY_API_KEY, else the demo's")
    wall.add_argument("--host", help="default: 127.0.0.1")
    wall.add_argument("--port", type=port, help="0 picks a free one; default: 8402")
    wall.add_argument("--public-url", metavar="URL", help="what visitors call it by, where a proxy stands before it")
    wall.add_argument("--publish", action="store_true", help="list what is sold in the relay's discovery")


def _pay(options: argparse.Namespace) -> Command:
    from relay.commands.pay import pay

    return pay(
        options.url,
        network=options.network,
        wallet=options.wallet,
        rpc=options.rpc,
        with_sdk=options.signer == "hedera-sdk",
        token_file=options.token_file,
        ask=not options.yes,
        most=options.max,
        output=options.output,
    )


def _paywall(options: argparse.Namespace) -> Command:
    from relay.commands.paywall import Wish, paywall

    wish = Wish(
        upstream=options.upstream,
        prices=options.price,
        relay=options.relay,
        key=options.key,
        host=options.host,
        port=options.port,
        public_url=options.public_url,
        publish=options.publish,
    )
    return paywall(options.config, wish)
