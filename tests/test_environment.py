"""Which networks are live: what nobody knows is."""

from __future__ import annotations

import pytest

from relay.environment import Environment, environment_of
from relay.money import ChainId


@pytest.mark.parametrize("name", ["hedera:testnet", "hedera:previewnet", "hedera:devnet", "eip155:31337",
                                  "eip155:31338", "eip155:11155111", "eip155:84532", "eip155:1337"])  # fmt: skip
def test_play_money_is_test(name: str) -> None:
    assert environment_of(ChainId.parse(name)) is Environment.TEST


@pytest.mark.parametrize("name", ["hedera:mainnet", "eip155:1", "eip155:8453", "eip155:137", "eip155:123456789",
                                  "eip155:abc", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"])  # fmt: skip
def test_everything_else_is_live(name: str) -> None:
    assert environment_of(ChainId.parse(name)) is Environment.LIVE
