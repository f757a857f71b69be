"""`relay migrate`, `relay merchant`, `relay audit`: administration from the shell, where the database is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from relay.audit import entry_json
from relay.chain_modules import chain_module
from relay.errors import InvalidRequest, Misused, NotFound, RelayError
from relay.key import read_origin
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.settings import Settings, load
from relay.store.audit import Audit, Broken, Sound
from relay.store.database import open_database
from relay.store.merchants import Merchants
from relay.store.migrate import migrate, require_current

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


async def migrate_database(config: Path) -> int:
    """Bring the schema to this version; safe to repeat, and while another process does it too."""
    async with open_database(load(config).database) as db:
        applied = await migrate(db)
    print(f"{applied} migrations applied" if applied else "the schema is current")
    return 0


async def merchant(
    config: Path, action: str, id: str | None, name: str | None, accounts: Sequence[str], origin: str | None
) -> int:
    """add, update, list, add-account, remove-account."""
    settings = load(config)
    async with open_database(settings.database) as db:
        await require_current(db)
        merchants = Merchants(db)
        if action == "list":
            for known in await merchants.list():
                paid = " ".join(f"{chain}={account}" for chain, account in known.accounts)
                print(f"{known.id}\t{known.name}\t{known.origin or '-'}\t{paid}")
            return 0
        if id is None or _ID.fullmatch(id) is None:
            raise Misused(f"relay merchant {action} ID: lower-case letters, digits and dashes, at most 40")
        with arguments():
            parsed = [_account(text, settings) for text in accounts]
            site = read_origin(origin) if origin else origin
        if action == "add":
            await merchants.add(Merchant(id, name or id, tuple(parsed), site))
        elif action == "update":
            if name is None and origin is None and not parsed:
                raise Misused(f"relay merchant update {id} --name … --origin … --account NETWORK=ACCOUNT")
            if name is not None or origin is not None:
                await merchants.update(id, name=name, origin=site)
        elif not parsed:
            raise Misused(f"relay merchant {action} {id} --account NETWORK=ACCOUNT")
        if action == "remove-account":
            await _require_own(merchants, id, parsed)
        for chain, account in parsed if action != "add" else ():
            change = merchants.remove_account if action == "remove-account" else merchants.add_account
            await change(id, chain, account)
    print(f"{id}: done")
    return 0


async def _require_own(merchants: Merchants, id: str, accounts: Sequence[tuple[ChainId, Account]]) -> None:
    """Raise `NotFound` for an account that is not the merchant's: whoever mistyped it goes on being paid there."""
    known = await merchants.get(id)
    if known is None:
        raise NotFound(f"there is no merchant {id!r}")
    for chain, account in accounts:
        if (chain, account) not in known.accounts:
            raise NotFound(f"{chain}={account} is not an account of {id}; `relay merchant list` shows them")


async def audit(config: Path, action: str, merchant: str | None, head: str | None) -> int:
    """list, verify; a head noted earlier must still be in the log."""
    async with open_database(load(config).database) as db:
        await require_current(db)
        log = Audit(db)
        if action == "list":
            seq = 0
            while page := await log.entries(seq, 500, merchant=merchant):
                for entry in page:
                    print(json.dumps(entry_json(entry), ensure_ascii=False))
                seq = page[-1].seq
            return 0
        match await log.verify():
            case Broken(seq, message):
                raise RelayError(f"entry {seq} {message}")
            case Sound(seq, hash):
                await _require_head(log, head)
                print(f"{seq} entries, unbroken; head {seq}:{hash}")
    return 0


async def _require_head(log: Audit, head: str | None) -> None:
    if head is None:
        return
    number, _, hash = head.partition(":")
    if not number.isascii() or not number.isdigit() or int(number) < 1 or not hash:
        raise Misused("--head SEQ:HASH, as an earlier `relay audit verify` printed it")
    if [entry.hash for entry in await log.entries(int(number) - 1, 1)] != [hash]:
        raise RelayError(f"entry {number} is not the one that was noted: the log was written anew")


@contextmanager
def arguments() -> Iterator[None]:
    """What cannot be read in here was mistyped."""
    try:
        yield
    except InvalidRequest as error:
        raise Misused(error.message) from None


def _account(text: str, settings: Settings) -> tuple[ChainId, Account]:
    network, _, account = text.partition("=")
    if not account:
        raise Misused(f"--account {text}: expected NETWORK=ACCOUNT, such as hedera:testnet=0.0.2001")
    chain = ChainId.parse(network)
    if str(chain) not in settings.chains:
        raise Misused(f"--account {text}: the configuration has no {chain}, only {', '.join(settings.chains)}")
    return chain, chain_module(chain).read_account(account)
