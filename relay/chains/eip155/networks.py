"""The EVM networks this relay knows by name: their coin, how fast they are, and when to believe them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relay.chains.eip155.options import Finality


@dataclass(frozen=True, slots=True)
class Network:
    """What does not depend on who runs the relay. The native coin has 18 decimals on every chain here."""

    name: str
    coin: str
    block_seconds: float
    finality: Finality
    test: bool = False


UNKNOWN = Network("an EVM chain", "ETH", 12.0, 12)  # what a chain that is not listed is taken for, until configured

NETWORKS: Mapping[int, Network] = {
    31337: Network("Anvil", "ETH", 1.0, 1, test=True),
}
