"""Chains are found by name: `relay/chains/<CAIP-2 namespace>` is one, and its `Options` read the table of that name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

import msgspec

from relay.abilities import Node
from relay.chain import Chain
from relay.errors import Misconfigured
from relay.misread import in_words
from relay.money import ChainId
from relay.sends import Sends


def chain_module(id: ChainId) -> Any:
    """The module of a chain, found by its CAIP-2 namespace; raises `Misconfigured` where there is none."""
    path = f"relay.chains.{id.namespace.replace('-', '_')}"
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise  # it is there, and something it needs is not
        raise Misconfigured(f'[chains."{id}"]: this relay has no chain of the kind {id.namespace!r}') from None


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
