"""What the relay pays gas for on behalf of one merchant, where that is less, or other, than for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relay.chains.eip155.address import address, checksummed
from relay.chains.eip155.authorization import Authorization
from relay.chains.eip155.options import MerchantOptions
from relay.chains.eip155.reasons import Reason
from relay.errors import InvalidRequest, Misconfigured, TransferMismatch


@dataclass(frozen=True, slots=True)
class Policy:
    """None: as for everybody."""

    tokens: frozenset[bytes] | None = None
    payees: frozenset[bytes] | None = None
    max_gas: int | None = None
    budget_gwei_per_hour: int | None = None

    def require(self, found: Authorization) -> None:
        """Raise `TransferMismatch` for a transfer this merchant's are not to be."""
        if self.tokens is not None and found.token.address not in self.tokens:
            raise TransferMismatch(
                f"asset: {found.token.symbol} is not paid for on this merchant's behalf",
                code="wrong_asset",
                x402=Reason.ASSET,
            )
        if self.payees is not None and found.payee not in self.payees:
            raise TransferMismatch(
                f"payTo: payments to {checksummed(found.payee)} are not paid for on this merchant's behalf",
                code="unknown_payee",
                x402="invalid_payment_requirements",
            )

    def require_gas(self, limit: int | None) -> None:
        """Raise `TransferMismatch` where calls like it take more than this merchant's may."""
        if self.max_gas is not None and limit is not None and limit > self.max_gas:
            raise TransferMismatch(
                f"the transfer may take {limit} gas, this merchant's {self.max_gas}", code="simulation_failed"
            )


EVERYBODY = Policy()


def policies_of(merchants: Mapping[str, MerchantOptions]) -> Mapping[str, Policy]:
    """By merchant; raises `Misconfigured`."""
    return {
        id: Policy(
            _addresses(id, "tokens", each.tokens),
            _addresses(id, "payees", each.payees),
            each.max_gas,
            each.budget_gwei_per_hour,
        )
        for id, each in merchants.items()
    }


def _addresses(merchant: str, name: str, texts: tuple[str, ...] | None) -> frozenset[bytes] | None:
    try:
        return None if texts is None else frozenset(address(text, "an address") for text in texts)
    except InvalidRequest as error:
        raise Misconfigured(f"merchants.{merchant}.{name}: {error.message}") from None
