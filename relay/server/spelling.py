"""Transactions and accounts as people spell them, in the one spelling we keep, which their chain knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from relay.abilities import Describes
from relay.chain import Chain
from relay.errors import InvalidRequest
from relay.money import Account, TxId

T = TypeVar("T")


def transaction_spelled(text: str, chains: Iterable[Chain]) -> TxId:
    """Raises `InvalidRequest`, in the words of the first chain, where none of them knows the spelling."""
    return _first(chains, lambda chain: chain.transaction(text)) or TxId(text)


def account_spelled(text: str, chains: Iterable[Chain]) -> Account:
    """An account; what is none on any of them stays as it is, and is found nowhere."""
    try:
        return _first(chains, lambda chain: chain.account(text)) or Account(text)
    except InvalidRequest:
        return Account(text)


def _first(chains: Iterable[Chain], read: Callable[[Describes], T]) -> T | None:
    refused: InvalidRequest | None = None
    for chain in chains:
        if isinstance(chain, Describes):
            try:
                return read(chain)
            except InvalidRequest as error:
                refused = refused or error
    if refused is not None:
        raise refused
    return None
