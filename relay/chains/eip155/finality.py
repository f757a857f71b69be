"""When a transaction in a block counts as settled: after a number of confirmations, or in a block the chain calls safe
or finalized; larger amounts may wait longer (`tiers`).

Confirmations are counted as wallets do: the block that holds the transaction is the first one. `safe` and `finalized`
are the chain's own words (the consensus layer on Ethereum, the batch on the parent chain on rollups); a node that does
not know them gives no finality at all, rather than a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from relay.chains.eip155.options import Finality, Tier
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.tokens import NATIVE
from relay.errors import Misconfigured
from relay.money import Asset


@dataclass(frozen=True, slots=True)
class Marks:
    """How far the chain has come: heights of its newest block and of those it calls safe and finalized."""

    latest: int
    safe: int = -1
    finalized: int = -1

    def final(self, rule: Finality) -> int:
        """The highest block that is final by `rule`; below zero: none."""
        match rule:
            case "safe":
                return self.safe
            case "finalized":
                return self.finalized
            case confirmations:
                return self.latest - confirmations + 1


@dataclass(frozen=True, slots=True)
class Patience:
    """What a chain's configuration says: a rule, and stricter ones from an amount on."""

    rule: Finality
    tiers: tuple[tuple[Asset, int, Finality], ...] = ()  # by falling amount

    def of(self, asset: Asset, amount: int) -> Finality:
        """The rule for a transfer of `amount` smallest units."""
        return next((rule for kind, least, rule in self.tiers if kind == asset and amount >= least), self.rule)

    @property
    def rules(self) -> frozenset[Finality]:
        return frozenset((self.rule, *(rule for _, _, rule in self.tiers)))

    def words(self, symbols: dict[Asset, str]) -> str:
        """For the operator and the merchant."""
        larger = [
            f"from {units} units of {symbols.get(asset, asset)} {_words(rule)}" for asset, units, rule in self.tiers
        ]
        return "; ".join([f"settled {_words(self.rule)}", *reversed(larger)])


def patience_of(spec: Spec) -> Patience:
    """Read the rules of a chain; raises `Misconfigured`."""
    patience = Patience(spec.finality, tuple(sorted(_tiers(spec), key=lambda tier: -tier[1])))
    for rule in patience.rules:
        if isinstance(rule, int) and not 1 <= rule <= 1000:
            raise Misconfigured(f'[chains."{spec.id}"]: finality: from 1 to 1000 confirmations, got {rule}')
    return patience


def _tiers(spec: Spec) -> Iterable[tuple[Asset, int, Finality]]:
    assets = {str(token.asset).lower(): token.asset for token in spec.tokens.values()} | {str(NATIVE): NATIVE}
    for tier in spec.options.tiers:
        yield _asset(spec, assets, tier), _units(spec, tier), tier.finality


def _asset(spec: Spec, assets: dict[str, Asset], tier: Tier) -> Asset:
    asset = assets.get(tier.asset.lower())
    if asset is None:
        raise Misconfigured(f'[chains."{spec.id}"]: tiers: {tier.asset} is no asset that is taken there')
    return asset


def _units(spec: Spec, tier: Tier) -> int:
    if not tier.units.isdecimal() or not tier.units.isascii():
        raise Misconfigured(f'[chains."{spec.id}"]: tiers: units: smallest units, such as "1000000", got {tier.units}')
    return int(tier.units)


def _words(rule: Finality) -> str:
    match rule:
        case 1:
            return "once it is in a block"
        case int(confirmations):
            return f"after {confirmations} confirmations"
        case tag:
            return f"when its block is {tag}"
