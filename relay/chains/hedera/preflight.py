"""What only the network can tell of an `exact` payment, before anything is written down or sent: once for each payment.

its window    begun, and long enough open for a node to take it
its nodes     one of those it was signed for is in our address book
our account   can pay the fee, within the budgets of merchant and payer
its payers    signed as their keys on the ledger ask, with no signature left over; have what they give, besides what
              they promised in payments on their way
its payees    are there, can receive the asset, and need not sign for it
its token     is not paused, and keeps no fee out of what they get
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from relay import hapi_pb2 as pb
from relay.chain import Transfer
from relay.chains.hedera import names
from relay.chains.hedera.accounts import Accounts, Holding
from relay.chains.hedera.exact import Exact, Partial
from relay.chains.hedera.keys import TooManyKeys, opened, public, simple_keys
from relay.chains.hedera.mirror import Mirror
from relay.chains.hedera.nodes import Nodes
from relay.chains.hedera.promises import Promises
from relay.chains.hedera.reasons import Reason, invalid, meaning
from relay.chains.hedera.signatures import fits
from relay.chains.hedera.sponsor import Sponsor
from relay.chains.hedera.submit import no_such_node
from relay.chains.hedera.tokens import Tokens
from relay.errors import TransferMismatch
from relay.money import Account, ChainId

TO_LAND = timedelta(seconds=15)  # a node wants 10 of them left (hedera.transaction.minValidityBufferSecs)
EARLY = timedelta(seconds=2)  # a start this far ahead of our clock may be in the past of a node's
PAYER_SECONDS, PAYEE_SECONDS = 3.0, 30.0  # how old what is known of them may be
MAX_ASKED = 10  # payments on their way of one payer, whose records are looked for when his balance seems too low


class Preflight:
    def __init__(
        self,
        id: ChainId,
        exact: Exact,
        nodes: Nodes,
        mirror: Mirror,
        accounts: Accounts,
        promises: Promises,
        sponsor: Sponsor,
        clock: Callable[[], datetime],
    ) -> None:
        self._id = id
        self._exact = exact
        self._nodes = nodes
        self._mirror = mirror
        self._accounts = accounts
        self._tokens = Tokens(mirror)
        self._promises = promises
        self._sponsor = sponsor
        self._clock = clock

    async def verify(self, transfer: Transfer, merchant: str) -> None:
        """Raises `InvalidTransfer` or `TransferMismatch` with x402's reason, `Overloaded`, `Unreachable`."""
        found = self._exact.read(transfer.signed.raw)
        self._check_window(found)
        self._check_nodes(found)
        spent = await self._sponsor.spent(found, merchant)
        with meaning(Reason.PREFLIGHT):
            payers, payees = await self._look(found)
            trouble = await self._tokens.trouble(found.asset)
            if trouble:
                raise _would_fail(f"asset: {found.asset} {trouble}")
            _check_signatures(found, payers)
            _check_payees(found, payees)
            short = self._short(found, payers)
            if short is not None:  # what was promised may be paid by now, and the balance be older than that
                await self._catch_up(found)
                payers, _ = await self._look(found)
                short = self._short(found, payers)
            if short is not None:
                raise short
        self._sponsor.promise(found, merchant, spent)  # nothing was awaited since the balance was judged

    async def _look(self, found: Partial) -> tuple[Mapping[Account, Holding], Mapping[Account, Holding]]:
        """Those who pay and those who are paid; raises `TransferMismatch` where one is not there."""
        payers, payees = list(found.debits), list(found.credits)
        holdings = await asyncio.gather(
            *(self._accounts.of(account, found.asset, PAYER_SECONDS) for account in payers),
            *(self._accounts.of(account, found.asset, PAYEE_SECONDS) for account in payees),
        )
        there: dict[Account, Holding] = {}
        for account, holding in zip([*payers, *payees], holdings, strict=True):
            if holding is None:
                raise _would_fail(f"account {account} does not exist on {self._id}, or was deleted")
            there[account] = holding
        return {account: there[account] for account in payers}, {account: there[account] for account in payees}

    def _check_window(self, found: Partial) -> None:
        now, (begins, ends) = self._clock(), found.window
        if begins > now + EARLY:
            raise _untimely(f"valid start: {begins.isoformat()} is ahead of the time, {now.isoformat()}")
        if ends < now + TO_LAND:
            raise _untimely(
                f"valid duration: {TO_LAND.seconds} more seconds are needed, it ends {ends.isoformat()}; sign again"
            )

    def _check_nodes(self, found: Partial) -> None:
        listed = [copy.node for copy in found.copies]
        if not any(self._nodes.get(node) for node in listed):
            refusal = no_such_node(self._id, self._nodes, listed)
            raise TransferMismatch(refusal.message, code=refusal.reason, x402=Reason.PREFLIGHT)

    def _short(self, found: Partial, payers: Mapping[Account, Holding]) -> TransferMismatch | None:
        """The refusal where somebody gives more than he has left."""
        for account, amount in found.debits.items():
            there = payers[account].units - self._promises.promised(account, found.asset, besides=found.id)
            if there < amount:
                return TransferMismatch(
                    f"{found.asset} of {account}: {amount} units are needed, there are {max(there, 0)}",
                    code="insufficient_funds",
                )
        return None

    async def _catch_up(self, found: Partial) -> None:
        """Learn what came of the payers' other payments, and what they have now."""
        waiting = {id for account in found.debits for id in self._promises.open(account, found.asset)} - {found.id}
        asked = sorted(waiting)[:MAX_ASKED]
        records = await asyncio.gather(*(self._mirror.all_of(names.transaction_id(id)) for id in asked))
        for id, recorded in zip(asked, records, strict=True):
            if recorded:
                self._promises.over(id)
        for account in found.debits:
            self._accounts.forget(account, found.asset)


def _check_signatures(found: Partial, payers: Mapping[Account, Holding]) -> None:
    with meaning(Reason.SIGNATURE):
        used: set[bytes] = set()
        for account, holding in payers.items():
            try:
                keys = simple_keys(holding.key)
            except TooManyKeys as many:
                raise invalid(
                    Reason.SIGNATURE, f"the key of {account} is too large to check: {many}", "invalid_signature"
                ) from None
            signers = {public(key): prefix for key in keys if (prefix := _signed(found, key)) is not None}
            if not opened(holding.key, signers):
                raise invalid(Reason.SIGNATURE, f"{account} is debited, and its key did not sign", "invalid_signature")
            used |= set(signers.values())
        if used != {pair.pubKeyPrefix for pair in found.copies[0].pairs}:
            raise invalid(Reason.SIGNATURE, "somebody signed who is not debited; only payers sign", "invalid_signature")


def _signed(found: Partial, key: pb.Key) -> bytes | None:
    """The prefix by which a simple key signed every copy; None where it did not."""
    whole = public(key)
    prefix = next((pair.pubKeyPrefix for pair in found.copies[0].pairs if whole.startswith(pair.pubKeyPrefix)), None)
    if prefix is None:
        return None
    for copy in found.copies:
        pair = next(pair for pair in copy.pairs if pair.pubKeyPrefix == prefix)
        checked = prefix == whole and pair.WhichOneof("signature") == key.WhichOneof("key")  # when it was read
        if not checked and not fits(copy.body, key, pair):
            return None
    return prefix


def _check_payees(found: Partial, payees: Mapping[Account, Holding]) -> None:
    for account, holding in payees.items():
        if not holding.takes:
            raise _would_fail(f"{account} cannot receive {found.asset}: it {holding.why}")
        if holding.signs_receipts:
            raise _would_fail(f"{account} is paid only with its own signature (receiverSigRequired)")


def _would_fail(message: str) -> TransferMismatch:
    return TransferMismatch(message, code="simulation_failed", x402=Reason.PREFLIGHT)


def _untimely(message: str) -> TransferMismatch:
    return TransferMismatch(message, code="transaction_expired", x402=Reason.WINDOW)
