"""Chains are found by name: `relay/chains/<CAIP-2 namespace>` is one, and its `Options` read the table of that name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

import msgspec

from relay.abilities import Node
from relay.chain import Chain
from relay.errors import Misconfigured
from relay.misread import in_words, meant
from relay.money import ChainId
from relay.sends import Sends

_PACKAGE = "relay.chains"


def chain_module(id: ChainId) -> Any:
    """The module of a chain, found by its CAIP-2 namespace; raises `Misconfigured` where there is none."""
    require_known(id)
    return importlib.import_module(f"{_PACKAGE}.{id.namespace.replace('-', '_')}")


def require_known(id: ChainId) -> None:
    """Raises `Misconfigured` where there is no such kind of chain. Nothing of any chain is imported to know it."""
    found = pkgutil.iter_modules(importlib.import_module(_PACKAGE).__path__)
    kinds = [module.name.replace("_", "-") for module in found]
    if id.namespace not in kinds:
        says = f"this relay has no chain of the kind {id.namespace!r}{meant(id.namespace, kinds)}"
        raise Misconfigured(f'[chains."{id}"]: {says}')


async def open_chains(
    stack: AsyncExitStack,
    tables: Mapping[str, Mapping[str, object]],
    clock: Callable[[], datetime],
    report: Callable[[ChainId, Node], None],
    sends: Sends | None = None,
) -> dict[ChainId, Chain]:
    """One module per CAIP-2 namespace, found by its name: adding a chain is adding a file.

    Without `sends` nothing can be sent with keys of ours: enough to look around.
    """
    chains: dict[ChainId, Chain] = {}
    for name, table in tables.items():
        id = ChainId.parse(name)
        module = chain_module(id)
        try:
            options = msgspec.convert(table, module.Options)
        except msgspec.ValidationError as error:
            raise Misconfigured(f'[chains."{name}"]: {in_words(error, module.Options)}') from None
        opening = module.open_chain(id, options, clock=clock, report=report, sends=sends)
        chains[id] = await stack.enter_async_context(opening)
    return chains
