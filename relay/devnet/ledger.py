"""What the network agreed on: balances, and every transaction that reached consensus, in order of time.

Nothing here waits. `node.py` decides when a transaction is agreed on and calls `conclude`; receipts, records and the
mirror read what came of it. Tinybars and tokens are never made or lost: every entry's amounts sum to zero.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from relay import hapi_pb2 as pb
from relay.devnet import genesis, rules
from relay.devnet.accounts import NANOS, Account, Entry
from relay.devnet.clock import Clock
from relay.devnet.effects import Effects
from relay.devnet.envelope import Broken, Signed
from relay.devnet.fees import fee_of
from relay.money import TxId

KEPT_ENTRIES = 200_000  # some hundred MB; a development network that made more forgets its oldest
RECEIPT_NS = rules.MAX_VALID_SECONDS * NANOS  # a node forgets 180 s after the valid start (RecordCacheImpl)

_KINDS = {
    "cryptoTransfer": "CRYPTOTRANSFER",
    "cryptoCreateAccount": "CRYPTOCREATEACCOUNT",
    "tokenAssociate": "TOKENASSOCIATE",
    "contractCall": "CONTRACTCALL",
}


class Ledger:
    """One network's state, shared by its nodes."""

    def __init__(self, accounts: Iterable[Account], clock: Clock) -> None:
        self.clock = clock
        self.accounts = {account.number: account for account in accounts}
        self.entries: deque[Entry] = deque(maxlen=KEPT_ENTRIES)
        self._by_id: dict[TxId, list[Entry]] = {}
        self._followers: list[Callable[[Entry], None]] = []

    def balance(self, account: int, token: int | None = None) -> int:
        """In tinybars, or smallest units of `token`; 0 for what is not there."""
        found = self.accounts.get(account)
        if found is None:
            return 0
        return found.tinybars if token is None else found.tokens.get(token, 0)

    def find(self, id: TxId) -> list[Entry]:
        """Every entry with this id, however old: the first to reach consensus, then its duplicates."""
        return self._by_id.get(id, [])

    def fresh(self, id: TxId) -> list[Entry]:
        """As `find`, but only while nodes still remember: until 180 s after the valid start."""
        return [entry for entry in self.find(id) if self.clock.now_ns() <= entry.valid_start_ns + RECEIPT_NS]

    def tell(self, follower: Callable[[Entry], None]) -> None:
        """Call `follower` with each new entry, in order, once the balances show it."""
        self._followers.append(follower)

    def restore(self, entries: Iterable[Entry]) -> None:
        """Put back entries of an earlier run, oldest first; their balances came with the accounts."""
        for entry in entries:
            self._remember(entry)

    def conclude(self, signed: Signed, node: int) -> Entry:
        """Agree on a transaction now: charge for it, do what it says if the rules allow, record what came of it."""
        now_ns = self.clock.tick()
        done = _Done()
        try:
            status = self._settle(signed, node, now_ns, done)
        except Broken as broken:
            status = broken.code
        entry = Entry(
            id=signed.id,
            node=node,
            status=status,
            consensus_ns=now_ns,
            valid_seconds=signed.body.transactionValidDuration.seconds,
            memo=signed.body.memo,
            kind=_KINDS[signed.body.WhichOneof("data") or ""],
            hash=signed.hash,
            max_fee=signed.body.transactionFee,
            fee=done.fee,
            transfers=sorted((number, amount) for number, amount in done.hbar.items() if amount),
            token_transfers=sorted(done.tokens),
            created=done.created,
        )
        self._remember(entry)
        for follower in self._followers:
            follower(entry)
        return entry

    def _settle(self, signed: Signed, node: int, now_ns: int, done: _Done) -> int:
        fee = fee_of(signed.body)
        try:
            rules.check_window(signed, now_ns)
        except Broken:
            self._charge(node, fee.entry, 0, node, done)  # the node should not have passed it on
            raise
        if self.fresh(signed.id):
            self._charge(signed.payer, fee.entry, fee.node, node, done)
            raise Broken(pb.DUPLICATE_TRANSACTION)
        try:
            rules.check_whole_fee(signed, self.accounts[signed.payer])
        except Broken:
            self._charge(signed.payer, fee.entry, fee.node, node, done)
            raise
        self._charge(signed.payer, fee.total, fee.node, node, done)
        self._apply(rules.carry_out(signed, self.accounts), done, now_ns)
        return pb.SUCCESS

    def _charge(self, payer: int, fee: int, to_node: int, node: int, done: _Done) -> None:
        paid = min(fee, self.accounts[payer].tinybars)
        to_node = min(to_node, paid)
        done.fee = paid
        for number, amount in ((payer, -paid), (node, to_node), (genesis.FEE_COLLECTOR, paid - to_node)):
            self._move(number, amount, done)

    def _apply(self, effects: Effects, done: _Done, now_ns: int) -> None:
        if effects.created is not None:
            effects.created.created_ns = now_ns
            self.accounts[effects.created.number] = effects.created
            done.created = effects.created.number
        for number, token in effects.associations:
            self.accounts[number].tokens.setdefault(token, 0)
        for number, amount in effects.hbar:
            self._move(number, amount, done)
        for token, number, amount in effects.tokens:
            self.accounts[number].tokens[token] += amount
        done.tokens = list(effects.tokens)

    def _move(self, number: int, amount: int, done: _Done) -> None:
        self.accounts[number].tinybars += amount
        done.hbar[number] = done.hbar.get(number, 0) + amount

    def _remember(self, entry: Entry) -> None:
        if len(self.entries) == KEPT_ENTRIES:
            self._by_id.pop(self.entries[0].id, None)
        self.entries.append(entry)
        self._by_id.setdefault(entry.id, []).append(entry)


class _Done:
    """What was moved so far for one transaction, fees and all."""

    def __init__(self) -> None:
        self.fee = 0
        self.hbar: dict[int, int] = {}
        self.tokens: list[tuple[int, int, int]] = []
        self.created = 0
