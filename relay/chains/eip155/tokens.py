"""The ERC-20 tokens a chain takes, and the EIP-712 domain each one checks signatures against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relay.chains.eip155.address import ZERO, address, checksummed
from relay.chains.eip155.options import TokenOptions
from relay.errors import InvalidRequest, Misconfigured
from relay.money import Asset

NATIVE = Asset("native")  # the chain's own coin, as x402 and contract.md call it
MAX_DECIMALS = 77  # 10^78 does not fit a uint256


@dataclass(frozen=True, slots=True)
class Token:
    """`name` and `version` are those of the contract's EIP-712 domain; None where it has none that we know."""

    address: bytes
    symbol: str
    decimals: int
    name: str | None = None
    version: str | None = None
    eip3009: bool = False

    @property
    def asset(self) -> Asset:
        return Asset(checksummed(self.address))


SHIPPED: Mapping[int, tuple[Token, ...]] = {}


def tokens_of(number: int, configured: tuple[TokenOptions, ...], *, shipped: bool) -> dict[bytes, Token]:
    """The allow-list of a chain by address, shipped ones first; raises `Misconfigured`."""
    found = {token.address: token for token in SHIPPED.get(number, ())} if shipped else {}
    for each in configured:
        try:
            at = address(each.address, "a token")
        except InvalidRequest as error:
            raise Misconfigured(f"tokens: {error.message}") from None
        if at == ZERO:
            raise Misconfigured("tokens: the zero address is no contract; the native coin is taken anyway")
        if not 0 <= each.decimals <= MAX_DECIMALS or not each.symbol:
            raise Misconfigured(f"tokens: {each.address}: a symbol, and decimals from 0 to {MAX_DECIMALS}")
        if each.eip3009 and (each.name is None or each.version is None):
            raise Misconfigured(f"tokens: {each.address}: eip3009 needs the name and version of its EIP-712 domain")
        found[at] = Token(at, each.symbol, each.decimals, each.name, each.version, each.eip3009)
    return found
