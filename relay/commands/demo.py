"""`relay demo`: a whole relay with embedded parts only, a merchant, and a page that sells an article.

Everything it knows is in DIR: the journal, the node's ledger, the signing key, the merchant's API key. A second start
on the same DIR goes on where the first stopped.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import socket
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TextIO

from aiohttp import web

from relay import log
from relay.app import App, open_relay
from relay.chain import Describes, Node
from relay.commands.admin import replace_secret
from relay.commands.serve import say_ready, stopped_by_signals
from relay.devnet import open_devnet
from relay.errors import Misconfigured, Unreachable
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.server.demo import DemoSite, require_pages
from relay.settings import ServerOptions, Settings, WebhookOptions
from relay.store.database import open_database
from relay.store.merchants import Merchants
from relay.store.migrate import migrate

NETWORK = "hedera:devnet"
MERCHANT = "demo"
ACCOUNT = "0.0.2001"
ROOT = Path(__file__).resolve().parents[2]  # of the clone: the pages are not part of the package
CONSENSUS = timedelta(milliseconds=300)


async def demo(*, host: str, port: int, node_port: int, node: str | None, data: Path, browse: bool) -> int:
    """Run until Ctrl-C; prints `relay ready URL` once it can take a payment."""
    require_pages(ROOT)
    log.start("WARNING")
    lock = _lock(data)
    port = port or _free_port(host)
    url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104  # compared, not bound
    async with AsyncExitStack() as stack:
        stack.callback(lock.close)
        stop = await stack.enter_async_context(stopped_by_signals())
        nodes, mirror = await stack.enter_async_context(_network(host, node_port, node, data))
        settings = _settings(data, url, host, port, nodes, mirror)
        merchant, key = await _merchant(settings.database, data, url)
        replace_secret(
            data / "demo.json",
            json.dumps(
                {
                    "url": url,
                    "merchant": merchant.id,
                    "apiKey": key,
                    "networks": {NETWORK: {"nodes": nodes, "mirror": mirror}},
                },
                indent=2,
            ),
        )

        def extend(app: App, routes: web.Application) -> None:
            DemoSite(
                root=ROOT,
                merchant=merchant,
                network=NETWORK,
                checkout=app.checkout,
                payments=app.payments,
                signer=app.signer,
            ).add_to(routes)

        app = await stack.enter_async_context(open_relay(settings, extend=extend))
        if node is not None and not any(known.healthy for known in _nodes(app)):
            raise Unreachable(f"no development node answers at {node}; `relay devnet` starts one")
        say_ready(url)
        print(f"open {url}/demo/ and buy the article; Ctrl-C stops", flush=True)
        if browse:
            webbrowser.open(f"{url}/demo/")
        await stop.wait()
    return 0


@asynccontextmanager
async def _network(
    host: str, node_port: int, node: str | None, data: Path
) -> AsyncIterator[tuple[dict[str, str], str | None]]:
    if node is not None:
        yield {node: "0.0.3"}, None
        return
    try:
        async with open_devnet(host, node_port, consensus=CONSENSUS, state=data / "devnet.json") as devnet:
            yield devnet.network, devnet.mirror
    except OSError as error:
        hint = "; --node-port 0 picks a free one, --node uses one that runs"
        raise Misconfigured(f"the node cannot listen on {error.filename}: {error.strerror}{hint}") from None


def _settings(data: Path, url: str, host: str, port: int, nodes: dict[str, str], mirror: str | None) -> Settings:
    key_file = data / "signing.key"
    if not key_file.exists():
        replace_secret(key_file, secrets.token_hex(32))
    master_file = data / "master.key"
    if not master_file.exists():
        replace_secret(master_file, secrets.token_hex(32))
    chain: dict[str, object] = {
        "nodes": nodes,
        "assets": [{"asset": "0.0.5001", "symbol": "DUSD", "decimals": 6}],
        "contracts": ["*"],
    }
    return Settings(
        public_url=url,
        signing_key=key_file.read_text().strip(),
        master_key_file=str(master_file),
        database=f"sqlite:///{(data / 'relay.db').resolve()}",
        log_level="WARNING",
        server=ServerOptions(host=host, port=port),
        webhooks=WebhookOptions(allow_private=True),  # a shop under development is on this machine
        chains={NETWORK: chain | ({} if mirror is None else {"mirror": mirror})},
    )


async def _merchant(database: str, data: Path, url: str) -> tuple[Merchant, str]:
    """The demo's merchant and key: the ones from last time, where there was one."""
    file = data / "demo.json"
    async with open_database(database) as db:
        await migrate(db)
        merchants = Merchants(db)
        if await merchants.get(MERCHANT) is None:
            account = (ChainId.parse(NETWORK), Account(ACCOUNT))
            await merchants.add(Merchant(MERCHANT, "The Small Coin", (account,), url))
        key = _known_key(file)
        if key is None or await merchants.merchant_of_key(key) is None:
            key = await merchants.add_key(MERCHANT, "relay demo")
        found = await merchants.get(MERCHANT)
    if found is None:
        raise Misconfigured(f"{data} holds another relay's data; use another --data")
    return Merchant(found.id, found.name, found.accounts, url), key


def _nodes(app: App) -> tuple[Node, ...]:
    chain = app.relay.chain(ChainId.parse(NETWORK))
    return chain.nodes() if isinstance(chain, Describes) else ()


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


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
