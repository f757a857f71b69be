"""`relay paywall`: a reverse proxy that puts a website or API behind a price list."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from relay import log
from relay.commands.serve import stopped_by_signals
from relay.errors import Misconfigured, Misused, RelayError, Unauthorized
from relay.misread import in_words
from relay.paywall import Access, Bounds, Flow, Paywall, PriceList, Rule
from relay.paywall.listing import LISTED_SECONDS, listings
from relay.paywall.prices import read_rule
from relay.paywall.proxy import Proxy
from relay.server.auth import Proxies

logger = logging.getLogger(__name__)

RELAY = "http://127.0.0.1:8099"
Seconds = Annotated[float, Meta(gt=0, le=3600)]


class RuleOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One `[[prices]]`; see `relay.paywall.Rule`."""

    path: str
    price: str
    methods: tuple[str, ...] = ()
    description: str = ""
    mime_type: str = ""
    flow: Flow = Flow.AUTHORIZATION
    access: Access = Access.PEOPLE
    content: str | None = None
    free: int = 0
    free_seconds: float = 86_400.0
    listed: tuple[str, ...] = ()

    def rule(self) -> Rule:
        fields = msgspec.structs.asdict(self)
        return Rule(**{**fields, "methods": frozenset(method.upper() for method in self.methods)})


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file; a command line's options come before it."""

    upstream: str | None = None
    relay: str = RELAY
    key: str | None = None
    public_url: str | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8402
    trusted_proxies: tuple[str, ...] = ()
    publish: bool = False
    service_name: str = ""
    hold_seconds: Seconds = 30.0
    keep_seconds: Seconds = 600.0
    answer_bytes: Annotated[int, Meta(ge=0, le=1 << 28)] = 1 << 20
    body_bytes: Annotated[int, Meta(ge=0, le=1 << 28)] = 8 << 20
    prices: tuple[RuleOptions, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line says; None and empty leave it to the file."""

    upstream: str | None = None
    prices: Sequence[str] = ()
    relay: str | None = None
    key: str | None = field(default=None, repr=False)
    host: str | None = None
    port: int | None = None
    public_url: str | None = None
    publish: bool = False


async def paywall(config: Path | None, wish: Wish) -> int:
    """Run until SIGINT or SIGTERM; prints `paywall ready URL` once it sells."""
    options = _options(config, wish)
    if options.upstream is None:
        raise Misused("--upstream URL: what is to be sold, such as http://127.0.0.1:8000")
    prices = PriceList([*_typed(wish.prices), *(each.rule() for each in options.prices)])
    if not prices.rules:
        raise Misused("--price: what it costs, such as '/api/*=$0.01'; or --config with [[prices]]")
    bounds = Bounds(options.hold_seconds, options.keep_seconds, options.answer_bytes, options.body_bytes)
    key = options.key or _known_key(options.relay)
    wall = Paywall(prices, options.relay, key, public_url=options.public_url, bounds=bounds)
    try:
        await _require_prices(wall)
        log.start("WARNING")
        site = Proxy(options.upstream, wall, client=_client(options.trusted_proxies))
        runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=5.0)
        await runner.setup()
        try:
            url = await _listen(runner, options)
            async with stopped_by_signals() as stop, asyncio.TaskGroup() as tasks:
                print(f"paywall ready {url}", flush=True)
                told = tasks.create_task(_publish(wall, options, url)) if options.publish else None
                await stop.wait()
                if told is not None:
                    told.cancel()
        finally:
            await runner.cleanup()
    finally:
        await wall.close()
    return 0


def _typed(prices: Sequence[str]) -> list[Rule]:
    try:
        return [read_rule(price) for price in prices]
    except Misconfigured as error:
        raise Misused(error.message) from None


def _options(config: Path | None, wish: Wish) -> Options:
    table: dict[str, object] = {}
    if config is not None:
        try:
            table = tomllib.loads(config.read_text())
        except FileNotFoundError:
            raise Misconfigured(f"there is no {config}") from None
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Misconfigured(f"{config}: {error}") from None
    said = {"upstream": wish.upstream, "relay": wish.relay, "key": wish.key, "host": wish.host, "port": wish.port}
    said |= {"public_url": wish.public_url, "publish": wish.publish or None}
    table |= {name: value for name, value in said.items() if value is not None}
    key = table.get("key")
    if isinstance(key, str) and key.startswith("$"):
        table["key"] = os.environ.get(key[1:])
        if not table["key"]:
            raise Misconfigured(f"key: the environment has no {key[1:]}")
    try:
        return msgspec.convert(table, Options)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"{config or 'options'}: {in_words(error, Options)}") from None


async def _require_prices(wall: Paywall) -> None:
    """Ask what each price is, so that a price nobody could pay is told now and not to the first buyer."""
    for price in sorted({rule.price for rule in wall.prices.rules if rule.price != "free"}):
        offers = await wall.remote.offers(price)
        if not offers.accepts:
            raise Misconfigured(
                f"{price}: the relay pays no fees on the networks of this merchant, so no x402 buyer can pay it"
            )


async def _listen(runner: web.AppRunner, options: Options) -> str:
    try:
        await web.TCPSite(runner, options.host, options.port, backlog=1024).start()
    except OSError as error:
        raise Misconfigured(
            f"cannot listen on {options.host}:{options.port}: {(error.strerror or '').rpartition(': ')[2]}"
        ) from None
    host, port = runner.addresses[0][:2]
    return options.public_url or f"http://{host}:{port}"


async def _publish(wall: Paywall, options: Options, url: str) -> None:
    while True:
        try:
            await wall.remote.publish(list(listings(wall.prices, options.public_url or url, options.service_name)))
        except RelayError as error:
            logger.warning("the price list is not listed", extra={"detail": error.message})
        await asyncio.sleep(LISTED_SECONDS)


def _client(trusted: Sequence[str]) -> Callable[[web.Request], str]:
    for proxy in trusted:
        try:
            ip_network(proxy)
        except ValueError:
            raise Misconfigured(f"trusted_proxies: {proxy[:50]!r} is not a network such as 10.0.0.0/8") from None
    return Proxies(trusted).client_of


def _known_key(relay: str) -> str:
    """The key of the environment, or that of a demo on this machine."""
    if (key := os.environ.get("RELAY_API_KEY")) is not None:
        return key
    file = Path(".relay/demo.json")
    known = json.loads(file.read_text()) if file.exists() else {}
    if known.get("url") != relay.rstrip("/"):
        raise Unauthorized("give the merchant's key: --key sk_… or RELAY_API_KEY")
    return str(known["apiKey"])
