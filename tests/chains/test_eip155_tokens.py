"""The tables: every address has its checksum, and every domain is the one its chain says it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relay.chains.eip155 import tokens
from relay.chains.eip155.networks import NETWORKS
from relay.chains.eip155.options import Options, TokenOptions
from relay.chains.eip155.spec import spec_of
from relay.chains.eip155.typed_data import EXACT_PROXY, PERMIT2, permit2_separator
from relay.errors import Misconfigured
from relay.money import ChainId
from tests.chains.evm import SHOP

# `DOMAIN_SEPARATOR()` of Circle's USDC, as others read it from each chain and published it. A name copied from another
# chain gives another separator, and every signature under it is void: Base and Base Sepolia do not agree.
ON_CHAIN = {
    1: "06c37168a7db5138defc7866392bb87a741f9b3d104deb5094588ce041cae335",
    10: "26d9c34bb1a1c312f69c53b2d93b8be20faafba63af2438c6811713c9b1f933f",
    137: "caa2ce1a5703ccbe253a34eb3166df60a705c561b44b192061e28f2a985be2ca",
    8453: "02fa7265e7c5d81118673727957699e4d68f74cd74b7db77da710fe8a2c7834f",
    42161: "08d11903f8419e68b1b8721bcbe2e9fc68569122a77ef18c216f10b3b5112c78",
    43113: "fe9fa105a0e9629446730e544caa6b8d05d8d4fc93451750dc50e2ddd6d374b3",
    43114: "bbea200329a938bc3438984a49cb0732e66d66d7bd59c127abacc1710e77f7b3",
    80002: "5cddc98319864e897e4469bd1d13c2288c677047b54b8cca12bd342adb6be9eb",
    84532: "71f17a3b2ff373b803d70a5a07c046c1a2bc8e89c09ef722fcb047abe94c9818",
    421614: "85944e1292d007732838d6eadfa67589b78ffcededbd4df60488d0af251308bb",
    11155111: "b90e5057db141a932946e64d09ccb7ffc9b00bd79fec26f698d29af0c83320a6",
    11155420: "09d038a3e46040fc37eb01174dbbcdb7981fbd8eafd9e1a857b1c67805dfb29e",
}
NO_TOKENS = {97, 31337}  # Circle and Binance have issued none there that we could verify; anvil's are deployed by tests


def test_every_domain_with_eip3009_is_the_one_on_its_chain() -> None:
    ours = {chain: token.domain.hex() for chain in NETWORKS for token in tokens.shipped(chain) if token.eip3009}

    assert ours == ON_CHAIN


def test_every_network_has_usdc_and_its_coin() -> None:
    for chain, network in NETWORKS.items():
        assert network.coin
        assert chain in NO_TOKENS or "USDC" in {token.symbol for token in tokens.shipped(chain)}, network.name


def test_addresses_are_written_with_their_checksum_once_and_for_a_network_we_name() -> None:
    for chain, at, symbol, decimals, *_ in tokens._ROWS:
        token = next(each for each in tokens.shipped(chain) if each.asset.lower() == at.lower())
        assert token.asset == at or at == at.lower(), f"{symbol} on {chain}"
        assert decimals == (18 if chain == 56 else 6)
        assert chain in NETWORKS
    assert len({(chain, at.lower()) for chain, at, *_ in tokens._ROWS}) == len(tokens._ROWS)


def test_hederas_usdc_is_at_the_number_of_its_id() -> None:
    assert [int(token.asset, 16) for token in tokens.shipped(295)] == [456_858]
    assert [int(token.asset, 16) for token in tokens.shipped(296)] == [429_274]


def test_permit2_and_x402s_proxy_are_where_everyone_finds_them() -> None:
    assert "0x" + PERMIT2.hex() == "0x000000000022D473030F116dDEE9F6B43aC78BA3".lower()
    assert "0x" + EXACT_PROXY.hex() == "0x402085c248EeA27D92E8b30b2C58ed07f9E20001".lower()
    # Permit2's own cached separator on Ethereum, as its verified deployment returns it
    assert permit2_separator(1).hex() == "866a5aba21966af95d6c7ab78eb2b2fc913915c28be3b9aa07cc04ff903e3f28"


def opened(reference: str, **options: object) -> object:
    values = {"rpc": ("http://127.0.0.1:9",)} | options
    return spec_of(ChainId("eip155", reference), Options(**values), lambda: datetime.now(UTC))  # type: ignore[arg-type]


def token(**fields: object) -> TokenOptions:
    return TokenOptions(**({"address": SHOP, "symbol": "T", "decimals": 6} | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reference", "options", "says"),
    [
        ("mainnet", {}, "the chain id, a number"),
        ("08453", {}, "the chain id, a number"),
        ("0", {}, "the chain id, a number"),
        ("1", {"rpc": ()}, "at least one URL"),
        ("1", {"tokens": (token(address="0x12"),)}, "is not a token"),
        ("1", {"tokens": (token(address="0x" + "0" * 40),)}, "zero address"),
        ("1", {"tokens": (token(decimals=78),)}, "decimals from 0 to 77"),
        ("1", {"tokens": (token(symbol=""),)}, "a symbol"),
        ("1", {"tokens": (token(name="T"),)}, "both name and version"),
        ("1", {"tokens": (token(eip3009=True),)}, "both name and version"),
    ],
)
def test_what_makes_no_sense_is_told_to_the_operator(reference: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        opened(reference, **options)

    assert says in refused.value.message
    assert f"eip155:{reference}" in refused.value.message
