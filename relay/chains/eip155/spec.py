"""What is known of a chain before anything is asked of it; every part of the package is made with one of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from relay.chains.eip155.address import address
from relay.chains.eip155.networks import NETWORKS, UNKNOWN, Network
from relay.chains.eip155.options import Finality, Options
from relay.chains.eip155.pace import USUAL, Pace
from relay.chains.eip155.tokens import Token, tokens_of
from relay.errors import InvalidRequest, Misconfigured
from relay.money import ChainId


@dataclass(frozen=True, slots=True, eq=False)  # one per chain: compared, and remembered by, which it is
class Spec:
    id: ChainId
    number: int  # EIP-155's chain id, inside every signature
    network: Network
    tokens: Mapping[bytes, Token]
    options: Options
    clock: Callable[[], datetime]
    factories: frozenset[bytes] = frozenset()  # of wallets, on the operator's list
    pace: Pace = USUAL

    @property
    def finality(self) -> Finality:
        return self.network.finality if self.options.finality is None else self.options.finality


def spec_of(id: ChainId, options: Options, clock: Callable[[], datetime], pace: Pace = USUAL) -> Spec:
    """Put together what the tables and the operator say; raises `Misconfigured`."""
    reference = id.reference
    if not reference.isdecimal() or not reference.isascii() or reference.startswith("0") or len(reference) > 18:
        raise Misconfigured(f'[chains."{id}"]: the reference is the chain id, a number such as 8453')
    if not options.rpc:
        raise Misconfigured(f'[chains."{id}"]: rpc: at least one URL of a node')
    number = int(reference)
    network = NETWORKS.get(number, UNKNOWN)
    if options.coin is not None:
        network = replace(network, coin=options.coin)
    try:
        tokens = tokens_of(number, options.tokens, known=options.shipped_tokens)
    except Misconfigured as error:
        raise Misconfigured(f'[chains."{id}"]: {error.message}') from None
    try:
        factories = frozenset(address(each, "a factory") for each in options.wallet_factories)
    except InvalidRequest as error:
        raise Misconfigured(f'[chains."{id}"]: wallet_factories: {error.message}') from None
    return Spec(id, number, network, tokens, options, clock, factories, pace)
