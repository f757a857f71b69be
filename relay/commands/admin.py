"""`relay migrate`, `relay merchant`, `relay key`: administration from the shell, where the database is."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from relay.app import chain_module
from relay.errors import InvalidRequest
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.sealing import read_keys
from relay.settings import Settings, load, read_secret
from relay.store.database import open_database
from relay.store.merchants import Merchants
from relay.store.migrate import migrate, require_current
from relay.store.sealed import rotate

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
    """add, list, add-account, remove-account."""
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
            raise InvalidRequest(f"relay merchant {action} ID: lower-case letters, digits and dashes, at most 40")
        parsed = [_account(text, settings) for text in accounts]
        if action == "add":
            await merchants.add(Merchant(id, name or id, tuple(parsed), origin))
        elif not parsed:
            raise InvalidRequest(f"relay merchant {action} {id} --account NETWORK=ACCOUNT")
        for chain, account in parsed if action != "add" else ():
            change = merchants.add_account if action == "add-account" else merchants.remove_account
            await change(id, chain, account)
    print(f"{id}: done")
    return 0


async def key(config: Path, action: str, merchant_id: str | None, name: str, prefix: str | None) -> int:
    """add, list, revoke, rotate-master; `signing` needs no configuration: it is what one starts with."""
    if action == "signing":
        print(secrets.token_hex(32))
        return 0
    if action == "rotate-master":
        return await rotate_master(load(config))
    if merchant_id is None:
        raise InvalidRequest(f"relay key {action} MERCHANT; `relay merchant list` shows them")
    async with open_database(load(config).database) as db:
        await require_current(db)
        merchants = Merchants(db)
        if action == "add":
            print(await merchants.add_key(merchant_id, name))  # shown once; only its hash is kept
        elif action == "list":
            for known in await merchants.keys(merchant_id):
                state = "revoked" if known.revoked else "valid"
                used = known.last_used.isoformat(timespec="minutes") if known.last_used else "never"
                print(f"{known.prefix}…\t{known.name or '-'}\t{state}\tlast used {used}")
        elif prefix is None:
            raise InvalidRequest("relay key revoke MERCHANT --prefix sk_…; `relay key list` shows the prefixes")
        elif not await merchants.revoke_key(merchant_id, prefix):
            raise InvalidRequest(f"{merchant_id} has no valid key that starts with {prefix}")
        else:
            print(f"{prefix}… is revoked")
    return 0


async def rotate_master(settings: Settings) -> int:
    """Seal every secret anew under the first master key. A key file that holds one key gets a new one before it."""
    if settings.master_key_file is not None:
        _add_master_key(Path(settings.master_key_file))
    keyring = settings.keyring()
    async with open_database(settings.database) as db:
        await require_current(db)
        count = await rotate(db, keyring)
    print(f"{count} secrets sealed anew under master key {keyring.id}; restart every relay, then remove the older keys")
    return 0


def _add_master_key(file: Path) -> None:
    known = [key.hex() for key in read_keys(read_secret(file))]
    if len(known) == 1:  # two: an interrupted rotation, or the operator put a new one first himself
        replace_secret(file, "\n".join((secrets.token_hex(32), *known)))


def replace_secret(file: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text + "\n")
    new.replace(file)


def _account(text: str, settings: Settings) -> tuple[ChainId, Account]:
    network, _, account = text.partition("=")
    if not account:
        raise InvalidRequest(f"--account {text}: expected NETWORK=ACCOUNT, such as hedera:testnet=0.0.2001")
    chain = ChainId.parse(network)
    if str(chain) not in settings.chains:
        raise InvalidRequest(f"--account {text}: the configuration has no {chain}, only {', '.join(settings.chains)}")
    return chain, chain_module(chain).read_account(account)
