"""What the account that pays fees has, what it may be made to pay, and the alarm when it runs low."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from relay.abilities import Node
from relay.chains.hedera import names
from relay.chains.hedera.accounts import Accounts, Holding
from relay.chains.hedera.cosign import FeePayer
from relay.chains.hedera.keys import TooManyKeys, opened, simple_keys
from relay.errors import Overloaded, Unreachable
from relay.money import Account

LOOK_SECONDS = 30.0  # between two looks without traffic
FRESH_SECONDS = 5.0  # how old what is known of our own account may be when a payment is verified
RESERVE = 100  # dearest transactions the account should be able to pay for, before the alarm is raised
MARGIN = 2  # a payment may cost so many times what the last one like it did

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """As configured (`Options`), in tinybars."""

    max_fee_tinybars: int
    low_balance_tinybars: int | None
    budget_tinybars_per_hour: int | None
    payer_budget_tinybars_per_hour: int | None


class Purse:
    """One account of ours. `alarm` is told when it is low, or its key is another, and when it is well again."""

    def __init__(
        self, chain: str, fee_payer: FeePayer, accounts: Accounts, bounds: Bounds, alarm: Callable[[Node], None]
    ) -> None:
        self.bounds = bounds
        self._chain = chain
        self._fee_payer = fee_payer
        self._accounts = accounts
        self._alarm = alarm
        self._trouble = ""
        self._lately: dict[bool, int] = {}  # what a payment cost: in a token (True), in HBAR

    @property
    def account(self) -> Account:
        return self._fee_payer.account

    def cost(self, fee: int, *, of_token: bool) -> int:
        """What a payment may cost us in tinybars, when its payer allows `fee`: that, until one like it was seen."""
        lately = self._lately.get(of_token)
        return fee if lately is None else min(fee, MARGIN * lately)

    def learn(self, charged: int, *, of_token: bool) -> None:
        """What one did cost."""
        if charged > 0:
            self._lately[of_token] = charged

    async def able(self, fee: int) -> None:
        """That it can pay `fee` now; raises `Overloaded`."""
        holding = await self.look(FRESH_SECONDS)
        if holding is None or not self._opens(holding) or holding.units < fee:
            raise Overloaded(
                f"the relay's account {self.account} cannot pay fees on {self._chain} now; pay the fee yourself",
                code="sponsor_unavailable",
            )

    async def look(self, seconds: float) -> Holding | None:
        """The account as it was within the last `seconds`; raises `Unreachable`."""
        holding = await self._accounts.of(self.account, names.HBAR, seconds)
        self._judge(self._trouble_with(holding))
        return holding

    async def tend(self) -> None:
        """Look now and then, so that the alarm needs no payment to ring; until cancelled."""
        while True:
            try:
                await self.look(0.0)
            except Unreachable as error:
                _log.info("a fee payer's balance is not known", extra={"chain": self._chain, "detail": error.message})
            except Exception:  # without this loop no alarm would ring again
                _log.exception("a fee payer's balance is not known", extra={"chain": self._chain})
            await asyncio.sleep(LOOK_SECONDS)

    async def words(self) -> str:
        """How it does, for `relay check`; raises `Unreachable`."""
        holding = await self.look(0.0)
        coins = 0.0 if holding is None else holding.units / 10**8
        return f"fee payer {self.account} has {coins:.4f} HBAR" + (f": {self._trouble}" if self._trouble else "")

    def _opens(self, holding: Holding) -> bool:
        try:
            simple_keys(holding.key)
        except TooManyKeys:
            return False
        return opened(holding.key, {self._fee_payer.prefix})

    def _trouble_with(self, holding: Holding | None) -> str:
        if holding is None:
            return "there is no such account"
        if not self._opens(holding):
            return "the configured key is not the account's"
        bound = self.bounds.low_balance_tinybars
        enough = RESERVE * self.bounds.max_fee_tinybars if bound is None else bound
        return f"{holding.units / 10**8:.4f} HBAR are left" if holding.units < enough else ""

    def _judge(self, trouble: str) -> None:
        if bool(trouble) is not bool(self._trouble):
            _log.log(
                logging.WARNING if trouble else logging.INFO,
                "a fee payer cannot go on for long" if trouble else "a fee payer is well again",
                extra={"chain": self._chain, "node": self.account, "detail": trouble},
            )
            self._alarm(Node(f"fee payer {self.account}", self.account, healthy=not trouble, detail=trouble))
        self._trouble = trouble
