"""Who is paid through this relay."""

from __future__ import annotations

from dataclasses import dataclass, replace

from relay.environment import Environment, environment_of
from relay.errors import Forbidden
from relay.money import Account, ChainId


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant and where the money goes. An account on a chain belongs to one merchant."""

    id: str
    name: str
    accounts: tuple[tuple[ChainId, Account], ...] = ()
    origin: str | None = None  # of the merchant's site (`https://shop.example`): the audience of access tokens
    environment: Environment | None = None  # of whoever acts for it: None for the operator, who may everything

    def within(self, environment: Environment) -> Merchant:
        """The merchant as a key of one environment sees it: accounts of the other are not there."""
        accounts = tuple((chain, account) for chain, account in self.accounts if environment_of(chain) is environment)
        return replace(self, accounts=accounts, environment=environment)

    def sees(self, chain: ChainId) -> bool:
        """Whether what happens on this network is for this caller's eyes."""
        return self.environment in (None, environment_of(chain))

    def require_network(self, chain: ChainId) -> None:
        """Raise `Forbidden` when a test key reaches for a live network, or the reverse."""
        if not self.sees(chain):
            raise Forbidden(f"this is a {self.environment} key, and {chain} is a {environment_of(chain)} network")
