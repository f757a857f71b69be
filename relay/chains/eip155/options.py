"""`[chains."eip155:…"]`: what the operator may say. A network of networks.py needs `rpc` and nothing more."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0.01, le=3600)]
Gwei = Annotated[int, msgspec.Meta(ge=0)]
Price = Annotated[float, msgspec.Meta(gt=0)]
Gas = Annotated[int, msgspec.Meta(ge=21_000)]  # what a transaction takes that does nothing
Finality = int | Literal["safe", "finalized"]  # confirmations, the block that holds it being the first; or a tag


class TokenOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ERC-20 this relay takes. One of the same address in tokens.py is replaced whole."""

    address: str
    symbol: str
    decimals: int
    name: str | None = None  # with `version` the token's EIP-712 domain, as the contract has it, not as people call it
    version: str | None = None
    eip3009: bool | None = None  # it has transferWithAuthorization; None: if it has a domain
    trusted: bool = False  # believe its Transfer events without a look at balances, as those of tokens.py


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From this amount on, this finality."""

    asset: str = "native"
    units: str  # smallest units, as amounts are written everywhere
    finality: Finality


class MerchantOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[chains."eip155:…".merchants.ID]`: what is paid for on his behalf, where it is not what it is for all."""

    tokens: tuple[str, ...] | None = None  # these alone
    payees: tuple[str, ...] | None = None  # payments to these alone
    max_gas: Gas | None = None  # of a transaction
    budget_gwei_per_hour: Gwei | None = None


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rpc: tuple[str, ...]  # http(s):// and ws(s):// URLs, the one to prefer first; they may carry keys: write "$NAME"
    tokens: tuple[TokenOptions, ...] = ()  # besides those of tokens.py
    shipped_tokens: bool = True  # take what tokens.py has for this network
    coin: str | None = None  # symbol of the native coin, where networks.py does not know the network
    finality: Finality | None = None  # None: as networks.py says
    tiers: tuple[Tier, ...] = ()  # more patience for larger amounts
    sponsors: tuple[str, ...] = ()  # private keys, hex, that pay the gas of scheme `exact`; write "$NAME"
    contract_wallets: bool = True  # ask wallets with code whether a signature is theirs (EIP-1271)
    wallet_factories: tuple[str, ...] = ()  # that may deploy a payer's wallet at our cost, before it pays (ERC-6492)
    max_gas: Gas = 500_000  # of a transaction we pay for, after its simulation
    max_fee_gwei: Price | None = None  # per unit of gas, for what we pay; None: as networks.py says
    low_balance_gwei: Gwei | None = None  # of a sponsor, to raise the alarm
    budget_gwei_per_hour: Gwei | None = None  # of gas paid for one merchant; None: no bound
    payer_budget_gwei_per_hour: Gwei | None = None  # and for one payer
    merchants: dict[str, MerchantOptions] = {}  # by id: whose bounds are his own
    watch_native: bool = True  # look through whole blocks for coins that came without us; tokens cost little anyway
    poll_seconds: Seconds | None = None  # between two looks at the head; None: half a block
    call_seconds: Seconds = 5.0  # for an endpoint to answer
