"""`relay key`: API keys, the relay's signing key and its master key, from the shell."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from relay.commands.admin import arguments
from relay.environment import Environment, environment_of
from relay.errors import Misused, NotFound
from relay.key import Kind, read_origins, read_scopes
from relay.sealing import read_keys
from relay.settings import Settings, load, read_secret
from relay.store.database import open_database
from relay.store.keys import Keys
from relay.store.migrate import require_current
from relay.store.sealed import rotate

OVERLAP = timedelta(days=1)
_SPAN = re.compile(r"([1-9]\d{0,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What `relay key add` was asked for."""

    name: str = ""
    scopes: Sequence[str] = ()
    role: str | None = None
    expires: str | None = None
    test: bool = False
    publishable: bool = False
    origins: Sequence[str] = ()


async def key(
    config: Path, action: str, merchant: str | None, prefix: str | None, overlap: str | None, wish: Wish
) -> int:
    """add, list, revoke, rotate, rotate-master; `signing` needs no configuration: it is what one starts with."""
    if action == "signing":
        print(secrets.token_hex(32))
        return 0
    settings = load(config)
    if action == "rotate-master":
        return await rotate_master(settings)
    if merchant is None:
        raise Misused(f"relay key {action} MERCHANT; `relay merchant list` shows them")
    async with open_database(settings.database) as db:
        await require_current(db)
        keys = Keys(db)
        if action == "add":
            print(await _add(keys, merchant, wish, settings))
        elif action == "list":
            await _list(keys, merchant)
        elif prefix is None:
            raise Misused(f"relay key {action} {merchant} --prefix sk_…; `relay key list` shows the prefixes")
        elif action == "rotate":
            span = OVERLAP if overlap is None else _span(overlap, "--overlap")
            made = await keys.rotate(merchant, prefix.rstrip("…"), span, environment=_environment(settings))
            if made is None:
                raise NotFound(f"{merchant} has no valid key that starts with {prefix}")
            print(made.text)
        elif not await keys.revoke(merchant, prefix.rstrip("…")):
            raise NotFound(f"{merchant} has no valid key that starts with {prefix}")
        else:
            print(f"{prefix} is revoked")
    return 0


async def _add(keys: Keys, merchant: str, wish: Wish, settings: Settings) -> str:
    scopes = None
    if wish.scopes and wish.role:
        raise Misused("--scope or --role, not both: a role is a list of scopes")
    if wish.scopes or wish.role or wish.publishable:  # else it may everything, as the operator may
        wanted = None if wish.role else wish.scopes
        with arguments():
            scopes = read_scopes(wanted, wish.role, page=wish.publishable)
    with arguments():
        origins = read_origins(wish.origins, page=wish.publishable)
    made = await keys.add(
        merchant,
        wish.name,
        environment=Environment.TEST if wish.test else _environment(settings),
        kind=Kind.PUBLISHABLE if wish.publishable else Kind.SECRET,
        scopes=scopes,
        origins=origins,
        lifetime=None if wish.expires is None else _span(wish.expires, "--expires"),
    )
    return made.text  # shown once; only its hash is kept


async def _list(keys: Keys, merchant: str) -> None:
    for known in await keys.of(merchant):
        state = "revoked" if known.revoked else "valid"
        if known.expires is not None and not known.revoked:
            state = f"until {known.expires.isoformat(timespec='minutes')}"
        used = known.last_used.isoformat(timespec="minutes") if known.last_used else "never"
        may = "everything" if known.scopes is None else ",".join(sorted(known.scopes)) or "nothing"
        print(f"{known.id}…\t{known.name or '-'}\t{state}\tlast used {used}\tmay {may}")


def _environment(settings: Settings) -> Environment:
    live = any(environment_of(chain) is Environment.LIVE for chain in settings.networks)
    return Environment.LIVE if live else Environment.TEST


def _span(text: str, option: str) -> timedelta:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Misused(f"{option} {text}: expected a time such as 90d, 12h or 30m")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


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
