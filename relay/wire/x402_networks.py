"""The words x402 version 1 calls networks by, and their CAIP-2 names, which version 2 uses.

The EVM ones are those of the SDKs (PyPI `x402`, mechanisms/evm/v1); Hedera's stand in no SDK, and buyers write them.
"""

from __future__ import annotations

from collections.abc import Mapping

from relay.errors import InvalidRequest
from relay.money import ChainId

_EVM: Mapping[str, int] = {
    "base": 8453,
    "base-sepolia": 84532,
    "ethereum": 1,
    "polygon": 137,
    "polygon-amoy": 80002,
    "avalanche": 43114,
    "avalanche-fuji": 43113,
    "abstract": 2741,
    "abstract-testnet": 11124,
    "iotex": 4689,
    "sei": 1329,
    "sei-testnet": 1328,
    "peaq": 3338,
    "story": 1513,
    "educhain": 656476,
    "skale-base-sepolia": 1444673419,
    "megaeth": 4326,
    "monad": 143,
    "monad-testnet": 10143,
    "stable": 988,
    "stable-testnet": 2201,
    "celo": 42220,
    "flare": 14,
}
NAMES: Mapping[str, ChainId] = {name: ChainId("eip155", str(number)) for name, number in _EVM.items()} | {
    "hedera-mainnet": ChainId("hedera", "mainnet"),
    "hedera-testnet": ChainId("hedera", "testnet"),
}
_WORDS = {chain: name for name, chain in NAMES.items()}


def word_of(chain: ChainId) -> str | None:
    """What version 1 calls a network; None for one it has no word for."""
    return _WORDS.get(chain)


def read_network(text: str) -> ChainId:
    """A network by its word or by its CAIP-2 name; raises `InvalidRequest`."""
    found = NAMES.get(text)
    try:
        return ChainId.parse(text) if found is None else found
    except InvalidRequest as error:
        raise InvalidRequest(f"network: {error.message}", x402="invalid_network") from None
