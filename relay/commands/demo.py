"""`relay demo`: a whole relay with embedded parts only, a merchant, and a page that sells an article.

Everything it knows is in DIR: the journal, the ledgers of its networks, the signing key, the merchant's API key. A
second start on the same DIR goes on where the first stopped.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import secrets
import webbrowser
from collections.abc import Collection
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TextIO

from aiohttp import web

from relay import log
from relay.abilities import Describes
from relay.app import App, open_relay, utc_now
from relay.commands.keys import replace_secret
from relay.commands.playground import HEDERA, Playground, open_playground
from relay.commands.serve import say_ready, stopped_by_signals
from relay.devchain.ports import free_port
from relay.errors import Misconfigured, Unreachable
from relay.merchant import Merchant
from relay.money import ChainId
from relay.server.demo import DemoSite, require_pages
from relay.settings import ServerOptions, Settings, WebhookOptions
from relay.store.database import open_database
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.store.migrate import migrate

MERCHANT = "demo"
READY_SECONDS = 30.0  # until the networks of its own answer, on a machine that has other things to do
NODE_SECONDS = 5.0  # until a node does that ran before us: a wrong address should be told soon
ROOT = Path(__file__).resolve().parents[2]  # of the clone: the pages are not part of the package


async def demo(*, host: str, port: int, node_port: int, node: str | None, data: Path, browse: bool) -> int:
    """Run until Ctrl-C; prints `relay ready URL` once it can take a payment."""
    require_pages(ROOT)
    log.start("WARNING")
    lock = _lock(data)
    port = port or free_port(host=host)
    url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104  # compared, not bound
    async with AsyncExitStack() as stack:
        stack.callback(lock.close)
        stop = await stack.enter_async_context(stopped_by_signals())
        playground = await stack.enter_async_context(
            open_playground(host=host, node_port=node_port, node=node, data=data, clone=ROOT)
        )
        settings = _settings(data, url, host, port, playground)
        merchant, key = await _merchant(settings.database, data, url, playground)
        told = {"url": url, "merchant": merchant.id, "apiKey": key, "networks": playground.described}
        replace_secret(data / "demo.json", json.dumps(told, indent=2))

        def extend(app: App, routes: web.Application) -> None:
            DemoSite(
                root=ROOT,
                merchant=merchant,
                ways=playground.ways,
                checkout=app.checkout,
                payments=app.payments,
                signer=app.signer,
                revocations=app.revocations,
            ).add_to(routes)

        app = await stack.enter_async_context(open_relay(settings, extend=extend))
        await _ready(app, playground, node)
        say_ready(url)
        print(f"open {url}/demo/ and buy the article; Ctrl-C stops", flush=True)
        if playground.without is not None:
            print(playground.without, flush=True)
        if browse:
            webbrowser.open(f"{url}/demo/")
        await stop.wait()
    return 0


def _settings(data: Path, url: str, host: str, port: int, playground: Playground) -> Settings:
    key_file = data / "signing.key"
    if not key_file.exists():
        replace_secret(key_file, secrets.token_hex(32))
    master_file = data / "master.key"
    if not master_file.exists():
        replace_secret(master_file, secrets.token_hex(32))
    return Settings(
        public_url=url,
        signing_key=key_file.read_text().strip(),
        master_key_file=str(master_file),
        database=f"sqlite:///{(data / 'relay.db').resolve()}",
        log_level="WARNING",
        server=ServerOptions(host=host, port=port),
        webhooks=WebhookOptions(allow_private=True),  # a shop under development is on this machine
        chains=playground.chains,
        rates=playground.rates,
    )


async def _merchant(database: str, data: Path, url: str, playground: Playground) -> tuple[Merchant, str]:
    """The demo's merchant and key: the ones from last time, where there was one."""
    file = data / "demo.json"
    async with open_database(database) as db:
        await migrate(db)
        merchants, keys = Merchants(db), Keys(db)
        known = await merchants.get(MERCHANT)
        if known is None:
            await merchants.add(Merchant(MERCHANT, "The Small Coin", playground.accounts, url))
        else:
            for chain, account in playground.accounts:
                if (chain, account) not in known.accounts:  # anvil came since the last time
                    await merchants.add_account(MERCHANT, chain, account)
        key = _known_key(file)
        kept = None if key is None else await keys.find(key)
        if key is None or kept is None or not kept.alive(utc_now()):
            key = (await keys.add(MERCHANT, "relay demo")).text
        found = await merchants.get(MERCHANT)
    if found is None:
        raise Misconfigured(f"{data} holds another relay's data; use another --data")
    return Merchant(found.id, found.name, found.accounts, url), key


async def _ready(app: App, playground: Playground, node: str | None) -> None:
    """Wait until every network can take a payment; raises `Unreachable` when a node of the caller's own is away."""
    if node is not None and not await _answers(app, [HEDERA], NODE_SECONDS):
        raise Unreachable(f"no development node answers at {node}; `relay devnet` starts one")
    if not await _answers(app, playground.chains, READY_SECONDS):
        raise Unreachable(f"the networks of the demo did not answer within {READY_SECONDS:.0f} s")


async def _answers(app: App, networks: Collection[str], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            while not all(_healthy(app, network) for network in networks):  # noqa: ASYNC110  # a look is all there is
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False
    return True


def _healthy(app: App, network: str) -> bool:
    chain = app.relay.chain(ChainId.parse(network))
    return isinstance(chain, Describes) and any(node.healthy for node in chain.nodes())


def _lock(data: Path) -> TextIO:
    """Make the folder ours: two relays on one ledger file would each be wrong. Closing the file gives it back."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data / "lock").open("w")
    except OSError as error:
        raise Misconfigured(f"--data {data}: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise Misconfigured(f"another `relay demo` runs on {data}; use another --data") from None
    return lock


def _known_key(file: Path) -> str | None:
    if not file.exists():
        return None
    try:
        return str(json.loads(file.read_text())["apiKey"])
    except (ValueError, KeyError, TypeError):
        return None  # cut off in the middle: the merchant gets a new one
