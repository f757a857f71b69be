"""`relay check`: what is configured, and whether everything it names answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from pathlib import Path

from relay import log
from relay.abilities import Describes
from relay.app import utc_now
from relay.chain_modules import open_chains
from relay.channel import Topic
from relay.channels.peers import RedisPeers
from relay.settings import Settings, load, show
from relay.store.database import open_database
from relay.store.migrate import require_current

Check = Callable[[], Awaitable[str]]


async def check(config: Path) -> int:
    """Print the effective configuration and one line per system; 1 when any of them is not right."""
    settings = load(config)
    log.start("ERROR")  # what it finds are its own lines
    print(json.dumps(show(config), indent=2))
    failed = 0
    for name, ask in _checks(settings).items():
        try:
            print(f"ok    {name}: {await ask()}")
        except Exception as error:  # whatever it is, it is the finding
            failed += 1
            print(f"FAIL  {name}: {str(error) or type(error).__name__}")
    return 1 if failed else 0


def _checks(settings: Settings) -> dict[str, Check]:
    async def database() -> str:
        async with open_database(settings.database, patience=5.0) as db:
            await require_current(db)
        return "reachable, schema current"

    async def redis() -> str:
        async def nobody(topics: Collection[Topic]) -> None: ...

        peers = RedisPeers(settings.redis or "", b"", lambda event: None, nobody)
        try:
            await peers.ping()
        finally:
            await peers.close()
        return "reachable"

    def chain(name: str) -> Check:
        async def ask() -> str:
            async with AsyncExitStack() as stack:
                one = {name: settings.chains[name]}
                [opened] = (await open_chains(stack, one, utc_now, lambda chain, node: None)).values()
                if not isinstance(opened, Describes):
                    return "opened"
                return await opened.check()

        return ask

    async def master_key() -> str:
        return f"key {settings.keyring().id}"

    checks: dict[str, Check] = {"master key": master_key, "database": database}
    if settings.redis is not None:
        checks["redis"] = redis
    return checks | {name: chain(name) for name in settings.chains}
