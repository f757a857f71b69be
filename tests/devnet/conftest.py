"""A running development network of two nodes, a wallet that talks to it, and its mirror."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from devnet_wallet import Wallet

from relay.devnet import open_devnet
from relay.devnet.clock import Clock
from relay.devnet.network import DevNode


@pytest.fixture
async def devnet() -> AsyncIterator[DevNode]:
    async with open_devnet(consensus=timedelta(milliseconds=5), nodes=2) as running:
        yield running


class Still(Clock):
    """The network's time, which passes only when it is pushed on."""

    def __init__(self, began_ns: int) -> None:
        super().__init__()
        self._began_ns = began_ns

    def now_ns(self) -> int:
        return self._began_ns + self._ahead_ns


@pytest.fixture
def still(devnet: DevNode) -> Clock:
    """For tests of a bound: no time passes meanwhile, however slow this machine is."""
    devnet.ledger.clock = Still(devnet.ledger.clock.now_ns())
    return devnet.ledger.clock


@pytest.fixture
async def wallet(devnet: DevNode) -> AsyncIterator[Wallet]:
    opened = Wallet(devnet)
    yield opened
    await opened.close()


@pytest.fixture
async def mirror(devnet: DevNode) -> AsyncIterator[aiohttp.ClientSession]:
    """HTTP to the mirror's port; paths begin with a slash."""
    async with aiohttp.ClientSession(devnet.mirror) as session:
        yield session
