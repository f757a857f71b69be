"""The ERC-20 tokens a chain takes, and the EIP-712 domain each one checks signatures against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from relay.chains.eip155.address import ZERO, address, checksummed
from relay.chains.eip155.options import TokenOptions
from relay.chains.eip155.typed_data import domain_separator
from relay.errors import InvalidRequest, Misconfigured
from relay.money import Asset

NATIVE = Asset("native")  # the chain's own coin, as x402 and contract.md call it
MAX_DECIMALS = 77  # 10^78 does not fit a uint256


@dataclass(frozen=True, slots=True)
class Token:
    """`name` and `version` are those of the contract's EIP-712 domain, None where we know of none."""

    chain: int
    address: bytes
    symbol: str
    decimals: int
    name: str | None = None
    version: str | None = None
    eip3009: bool = False
    trusted: bool = False  # its events are believed
    domain: bytes = field(init=False)  # the separator of EIP-712; nothing is signed under it without `eip3009`
    asset: Asset = field(init=False)

    def __post_init__(self) -> None:
        separator = domain_separator(self.name or "", self.version or "", self.chain, self.address)
        object.__setattr__(self, "domain", separator)
        object.__setattr__(self, "asset", Asset(checksummed(self.address)))


def _usdc(chain: int, at: str, name: str) -> tuple[int, str, str, int, str, str]:
    return chain, at, "USDC", 6, name, "2"


# USDC: Circle, developers.circle.com/stablecoins/usdc-contract-addresses. Names are what each contract's `name()` says,
# which is not the same everywhere; each separator that follows from them was read from the chain by others, and
# tests/chains/test_eip155_tokens.py pins it. USDT: tether.to/en/supported-protocols (Ethereum, Avalanche) and
# docs.usdt0.to (Arbitrum, Polygon). What Tether and Circle have not issued is left out, but for BNB Smart Chain, where
# neither has: there it is Binance's peg of both, with 18 decimals.
_ROWS: tuple[tuple[int, str, str, int, str | None, str | None], ...] = (
    _usdc(1, "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "USD Coin"),
    _usdc(11155111, "0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238", "USDC"),
    _usdc(8453, "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "USD Coin"),
    _usdc(84532, "0x036CbD53842c5426634e7929541eC2318f3dCF7e", "USDC"),
    _usdc(42161, "0xaf88d065e77c8cC2239327C5EDb3A432268e5831", "USD Coin"),
    _usdc(421614, "0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d", "USD Coin"),
    _usdc(10, "0x0b2C639c533813f4Aa9D7837CAf62653d097Ff85", "USD Coin"),
    _usdc(11155420, "0x5fd84259d66Cd46123540766Be93DFE6D43130D7", "USDC"),
    _usdc(137, "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359", "USD Coin"),
    _usdc(80002, "0x41E94Eb019C0762f9Bfcf9Fb1E58725BfB0e7582", "USDC"),
    _usdc(43114, "0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E", "USD Coin"),
    _usdc(43113, "0x5425890298aed601595a70AB815c96711a31Bc65", "USD Coin"),
    # Hedera's tokens answer ERC-20 calls at the number of their id and have no EIP-3009 (HIP-218, HIP-719)
    (295, "0x000000000000000000000000000000000006f89a", "USDC", 6, None, None),  # 0.0.456858, Circle
    (296, "0x0000000000000000000000000000000000068cDa", "USDC", 6, None, None),  # 0.0.429274, Circle
    (56, "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", "USDC", 18, None, None),  # Binance-Peg USD Coin
    (56, "0x55d398326f99059fF775485246999027B3197955", "USDT", 18, None, None),  # Binance-Peg BSC-USD
    (1, "0xdAC17F958D2ee523a2206206994597C13D831ec7", "USDT", 6, None, None),
    (43114, "0x9702230A8Ea53601f5cD2dc00fDBc13d4dF4A8c7", "USDT", 6, None, None),
    (42161, "0xFd086bC7CD5C481DCC9C85ebE478A1C0b69FCbb9", "USDT", 6, None, None),  # USDT0
    (137, "0xc2132D05D31c914a87C6611C10748AEb04B58e8F", "USDT", 6, None, None),  # USDT0
)


def shipped(chain: int) -> tuple[Token, ...]:
    """The tokens this relay knows on a chain, USDC first."""
    return tuple(
        Token(number, address(at, "a token"), symbol, decimals, name, version, eip3009=name is not None, trusted=True)
        for number, at, symbol, decimals, name, version in _ROWS
        if number == chain
    )


def tokens_of(chain: int, configured: tuple[TokenOptions, ...], *, known: bool) -> Mapping[bytes, Token]:
    """The allow-list of a chain by address, the `known` ones first; raises `Misconfigured`."""
    found = {token.address: token for token in shipped(chain)} if known else {}
    for each in configured:
        try:
            at = address(each.address, "a token")
        except InvalidRequest as error:
            raise Misconfigured(f"tokens: {error.message}") from None
        if at == ZERO:
            raise Misconfigured("tokens: the zero address is no contract; the native coin is taken anyway")
        if not 0 <= each.decimals <= MAX_DECIMALS or not each.symbol:
            raise Misconfigured(f"tokens: {each.address}: a symbol, and decimals from 0 to {MAX_DECIMALS}")
        known = each.name is not None and each.version is not None
        if not known and (each.eip3009 or each.name is not None or each.version is not None):
            raise Misconfigured(f"tokens: {each.address}: EIP-3009 needs both name and version of its EIP-712 domain")
        eip3009 = known if each.eip3009 is None else each.eip3009
        found[at] = Token(chain, at, each.symbol, each.decimals, each.name, each.version, eip3009, each.trusted)
    return found
