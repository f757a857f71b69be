"""What a buyer believes about assets, by himself: a seller's word about decimals or worth counts for nothing.

USDC's addresses are Circle's (developers.circle.com/stablecoins/usdc-contract-addresses), Hedera's ids hashscan.io's.
"""

from __future__ import annotations

from dataclasses import dataclass

DOLLAR = "USD"


@dataclass(frozen=True, slots=True)
class Known:
    """An asset on a network. `dollar`: one of it counts as one dollar of a limit."""

    symbol: str
    decimals: int
    dollar: bool = False


_USDC, _HBAR = Known("USDC", 6, dollar=True), Known("HBAR", 8)
_TABLE: dict[tuple[str, str], Known] = {
    ("eip155:1", "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"): _USDC,
    ("eip155:8453", "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"): _USDC,
    ("eip155:84532", "0x036CbD53842c5426634e7929541eC2318f3dCF7e"): _USDC,
    ("eip155:42161", "0xaf88d065e77c8cC2239327C5EDb3A432268e5831"): _USDC,
    ("eip155:421614", "0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d"): _USDC,
    ("eip155:10", "0x0b2C639c533813f4Aa9D7837CAf62653d097Ff85"): _USDC,
    ("eip155:11155420", "0x5fd84259d66Cd46123540766Be93DFE6D43130D7"): _USDC,
    ("eip155:137", "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359"): _USDC,
    ("eip155:80002", "0x41E94Eb019C0762f9Bfcf9Fb1E58725BfB0e7582"): _USDC,
    ("eip155:43114", "0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E"): _USDC,
    ("eip155:43113", "0x5425890298aed601595a70AB815c96711a31Bc65"): _USDC,
    ("eip155:11155111", "0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238"): _USDC,
    ("eip155:31337", "0xCA9FBE54ee07CCeAce7f6DFD6C21b5cea366851a"): _USDC,  # play money of `relay demo`
    ("hedera:mainnet", "0.0.456858"): _USDC,
    ("hedera:testnet", "0.0.429274"): _USDC,
    ("hedera:devnet", "0.0.5001"): Known("DUSD", 6, dollar=True),  # play money of `relay devnet`
    ("hedera:mainnet", "0.0.0"): _HBAR,
    ("hedera:testnet", "0.0.0"): _HBAR,
    ("hedera:previewnet", "0.0.0"): _HBAR,
    ("hedera:devnet", "0.0.0"): _HBAR,
}
_KNOWN = {(network, asset.lower()): known for (network, asset), known in _TABLE.items()}


def known_asset(network: str, asset: str) -> Known | None:
    """What an asset is; None for one we would only know from the seller."""
    return _KNOWN.get((network, asset.lower()))
