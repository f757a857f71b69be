"""Live and test: money that is worth something and money that is not. A key belongs to one of them, and so does all
it sees.

A network nobody listed here counts as live: guarding play money costs an operator one setting, the reverse costs more.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from relay.money import ChainId


class Environment(StrEnum):
    LIVE = "live"
    TEST = "test"


_LIVE_HEDERA = "mainnet"
_LOCAL = range(31337, 31401)  # what anvil and hardhat call themselves, and numbers for several of them side by side
_TESTNETS = frozenset(  # eip155, from ethereum-lists/chains
    {1337, 11155111, 17000, 560048, 84532, 421614, 11155420, 80002, 43113, 97, 59141, 300, 534351, 10200, 296, 297, 298}
)


@lru_cache(maxsize=256)  # asked with every event
def environment_of(chain: ChainId) -> Environment:
    """Where a network's money stands."""
    match chain.namespace:
        case "hedera":
            live = chain.reference == _LIVE_HEDERA
        case "eip155":
            number = int(chain.reference) if chain.reference.isdigit() else 0
            live = number not in _TESTNETS and number not in _LOCAL
        case _:
            live = True
    return Environment.LIVE if live else Environment.TEST
