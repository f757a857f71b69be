"""The EVM networks this relay knows by name: their coin, how fast they are, and when to believe them.

Names and coins are those of the ethereum-lists/chains registry (chainlist.org). When to believe a block:

* A rollup (Base, Arbitrum, OP): its sequencer orders everything, so the head is replaced only when that fails; a few
  blocks are for its own forks. `finalized` there follows Ethereum's and takes 15 minutes: a tier for large amounts.
* Polygon (PIP-11, milestones) and BNB Smart Chain (BEP-126) finalise within seconds and say so by the tag.
* Avalanche and Hedera have no forks: a block that is seen is final.
* Ethereum finalises after 13 minutes. Twelve blocks, 2.4 minutes, are deeper than any reorganisation since the Merge.

What gas costs is a node's word, and one that lies would have our keys empty in a few transactions. So there is a price
for each above which nothing is paid, some hundred times the usual one: it ends a lie, and stops us in the worst rush.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relay.chains.eip155.options import Finality


@dataclass(frozen=True, slots=True)
class Network:
    """What does not depend on who runs the relay. The native coin is counted in 10^-18 on every chain here."""

    name: str
    coin: str
    block_seconds: float  # usual; some chains make a block only when there is something to put into it
    finality: Finality
    test: bool = False
    coin_step: int = 1  # the least that can be moved: amounts of the coin are multiples of it
    permit2: bool = True  # Permit2 and x402's proxy can be there
    dearest_gwei: float = 1_000.0  # per unit of gas: no node makes us pay more, until the operator says so


UNKNOWN = Network("an EVM chain", "ETH", 12.0, 12)  # what a chain that is not listed is taken for, until configured
TINYBAR = 10**10  # Hedera counts in tinybar and shows its EVM 10^-18: what is below a tinybar is cut off (HIP-410)

ROLLUP_GWEI, POLYGON_GWEI, BNB_GWEI, HEDERA_GWEI = 10.0, 5_000.0, 50.0, 10_000.0  # usual: 0.01 to 0.1, 30, 0.1, 800

NETWORKS: Mapping[int, Network] = {
    1: Network("Ethereum", "ETH", 12.0, 12),
    11155111: Network("Ethereum Sepolia", "ETH", 12.0, 3, test=True),
    8453: Network("Base", "ETH", 2.0, 3, dearest_gwei=ROLLUP_GWEI),
    84532: Network("Base Sepolia", "ETH", 2.0, 3, test=True),
    42161: Network("Arbitrum One", "ETH", 0.25, 12, dearest_gwei=ROLLUP_GWEI),
    421614: Network("Arbitrum Sepolia", "ETH", 0.25, 12, test=True),
    10: Network("OP Mainnet", "ETH", 2.0, 3, dearest_gwei=ROLLUP_GWEI),
    11155420: Network("OP Sepolia", "ETH", 2.0, 3, test=True),
    137: Network("Polygon PoS", "POL", 2.0, "finalized", dearest_gwei=POLYGON_GWEI),
    80002: Network("Polygon Amoy", "POL", 2.0, "finalized", test=True, dearest_gwei=POLYGON_GWEI),
    56: Network("BNB Smart Chain", "BNB", 0.75, "finalized", dearest_gwei=BNB_GWEI),
    97: Network("BNB Smart Chain Testnet", "tBNB", 0.75, "finalized", test=True),
    43114: Network("Avalanche C-Chain", "AVAX", 1.0, 1),
    43113: Network("Avalanche Fuji", "AVAX", 1.0, 1, test=True),
    295: Network("Hedera", "HBAR", 2.0, 1, coin_step=TINYBAR, permit2=False, dearest_gwei=HEDERA_GWEI),
    296: Network(
        "Hedera Testnet", "HBAR", 2.0, 1, test=True, coin_step=TINYBAR, permit2=False, dearest_gwei=HEDERA_GWEI
    ),
    31337: Network("Anvil", "ETH", 1.0, 1, test=True),  # mines on demand: nobody would put a block on top
}
