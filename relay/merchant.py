"""Who is paid through this relay."""

from __future__ import annotations

from dataclasses import dataclass

from relay.money import Account, ChainId


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant and where the money goes. An account on a chain belongs to one merchant."""

    id: str
    name: str
    accounts: tuple[tuple[ChainId, Account], ...] = ()
    origin: str | None = None  # of the merchant's site (`https://shop.example`): the audience of access tokens
