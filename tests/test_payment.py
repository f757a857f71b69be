"""A payment's moves: every one by name, then any sequence of facts at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from relay.chain import SIGNED, Never, Pending, Receipt, Refused, SignedTransfer, Taken, Undone, Unknown
from relay.money import Account, Asset, ChainId, TxId
from relay.payment import NO_MONEY_MOVED, OVER, Fact, Payment, PaymentId, Share, Status, advance, ends
from tests.changed import replace

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=3)

ACCEPTED = Payment(
    id=PaymentId("pay_1"),
    merchant="shop",
    invoice="inv_1",
    content="post-42",
    tx=TxId("0.0.1001@1700000000.000000001"),
    signed=SignedTransfer(ChainId("hedera", "testnet"), SIGNED, b"as signed"),
    payer=Account("0.0.1001"),
    pay_to=(Share(Account("0.0.2001"), 1_000_000),),
    asset=Asset("0.0.0"),
    amount=1_000_000,
    memo="relay:abc",
    valid_until=NOW + timedelta(seconds=120),
    created=NOW,
    updated=NOW,
)

OK = Receipt(ok=True, code=22, name="SUCCESS")
OK_FOR_NOW = replace(OK, final=False)
NOT_OK = Receipt(ok=False, code=28, name="INSUFFICIENT_ACCOUNT_BALANCE")
NOT_OK_FOR_NOW = replace(NOT_OK, final=False)
REFUSED = Refused("node_refused", "the payer cannot pay the fee", 10)
NEVER = Never("its window closed and the mirror node lacks it")
UNDONE = Undone("the chain was reorganised")


def after(*facts: Fact, start: Payment = ACCEPTED) -> Payment:
    payment = start
    for fact in facts:
        payment = advance(payment, fact, LATER)
    return payment


SUBMITTED = after(Taken())
UNSURE = after(Unknown("the answer was lost"))
INCLUDED = after(Taken(), OK_FOR_NOW)
REVERTED = after(replace(OK, block=7), UNDONE)
OVERS = [after(OK), after(REFUSED), after(NOT_OK), after(NEVER)]
FACTS = [Taken(), Unknown("lost"), REFUSED, OK, OK_FOR_NOW, NOT_OK, NOT_OK_FOR_NOW, Pending(), NEVER]


def test_a_node_that_takes_it_makes_it_submitted():
    assert after(Taken()) == replace(ACCEPTED, status=Status.SUBMITTED, precheck=0, version=1, updated=LATER)


def test_a_node_that_had_it_already_makes_it_submitted_with_its_code():
    assert after(Taken(11)) == replace(SUBMITTED, precheck=11)


def test_an_answer_that_was_lost_makes_it_submitted_without_a_precheck():
    assert after(Unknown("lost")) == replace(SUBMITTED, precheck=None)


def test_a_precheck_learnt_after_a_lost_answer_is_kept():
    assert after(Taken(11), start=UNSURE) == replace(UNSURE, precheck=11, version=2)


def test_the_first_precheck_stays():
    assert after(Taken(11), start=SUBMITTED) is SUBMITTED


def test_a_precheck_learnt_after_the_receipt_leaves_it_included():
    included = after(OK_FOR_NOW, start=UNSURE)
    assert after(Taken(), start=included) == replace(included, precheck=0, version=3)


def test_a_refusal_of_the_first_send_rejects():
    assert after(REFUSED) == replace(
        ACCEPTED,
        status=Status.REJECTED,
        precheck=10,
        reason="node_refused",
        error="the payer cannot pay the fee",
        version=1,
        updated=LATER,
    )


def test_a_refusal_without_a_node_has_no_precheck():
    assert after(Refused("node_unreachable", "UNAVAILABLE. Hedera network unreachable.")).precheck is None


@pytest.mark.parametrize("sent", [SUBMITTED, UNSURE, INCLUDED])
def test_a_refusal_after_anything_was_sent_proves_nothing(sent):
    assert after(REFUSED, start=sent) is sent


@pytest.mark.parametrize("sent", [SUBMITTED, UNSURE, INCLUDED])
def test_another_lost_answer_changes_nothing(sent):
    assert after(Unknown("lost again"), start=sent) is sent


@pytest.mark.parametrize("alive", [ACCEPTED, SUBMITTED, UNSURE, INCLUDED])
class TestWhateverIsNotOver:
    def test_a_final_receipt_settles(self, alive):
        assert after(OK, start=alive) == replace(
            alive, status=Status.SETTLED, receipt=22, version=alive.version + 1, updated=LATER
        )

    def test_a_final_failure_fails_it_and_names_the_code(self, alive):
        failed = after(NOT_OK, start=alive)
        assert (failed.status, failed.receipt, failed.reason) == (Status.FAILED, 28, "transfer_failed")
        assert "INSUFFICIENT_ACCOUNT_BALANCE" in failed.error

    def test_proof_of_absence_expires_it_and_leaves_no_receipt(self, alive):
        expired = after(NEVER, start=alive)
        assert (expired.status, expired.reason, expired.error) == (
            Status.EXPIRED,
            "transaction_expired",
            NEVER.message,
        )
        assert expired.receipt is None, "an old client reads receiptStatus 22 as paid, whatever the status says"

    def test_a_failure_that_may_be_undone_leaves_it_on_its_way(self, alive):
        waiting = after(NOT_OK_FOR_NOW, start=alive)
        assert (waiting.status, waiting.receipt) == (Status.SUBMITTED, None)

    def test_a_failure_that_may_be_undone_shows_that_something_was_sent(self, alive):
        assert after(NOT_OK_FOR_NOW, REFUSED, start=alive).status is Status.SUBMITTED


def test_a_receipt_that_may_be_undone_includes():
    assert (INCLUDED.status, INCLUDED.receipt, INCLUDED.precheck) == (Status.INCLUDED, 22, 0)


def test_more_depth_changes_nothing_until_it_is_final():
    assert after(replace(OK_FOR_NOW, depth=3), start=INCLUDED) is INCLUDED


def test_a_reorganisation_takes_it_back_to_submitted():
    assert after(Pending(), start=INCLUDED) == replace(SUBMITTED, version=3)


@pytest.mark.parametrize("waiting", [ACCEPTED, SUBMITTED, UNSURE])
def test_nothing_yet_changes_nothing(waiting):
    assert after(Pending(), start=waiting) is waiting


@pytest.mark.parametrize("fact", FACTS, ids=repr)
@pytest.mark.parametrize("over", OVERS, ids=lambda payment: payment.status)
def test_what_is_over_stays_over(over, fact):
    assert after(fact, start=over) is over


def test_a_settled_payment_that_the_chain_took_back_is_reverted_and_says_why():
    assert (REVERTED.status, REVERTED.reason, REVERTED.error) == (Status.REVERTED, "reverted", UNDONE.message)
    assert (REVERTED.receipt, REVERTED.block) == (None, None)


@pytest.mark.parametrize("other", [ACCEPTED, SUBMITTED, INCLUDED, *OVERS[1:], REVERTED], ids=lambda p: p.status)
def test_only_what_was_settled_can_be_undone(other):
    assert after(UNDONE, start=other) is other


def test_a_reverted_payment_that_lands_again_is_settled_again():
    assert after(OK, start=REVERTED) == replace(after(OK), version=REVERTED.version + 1)


@pytest.mark.parametrize("fact", [Taken(), REFUSED, OK_FOR_NOW, NOT_OK, Pending()], ids=repr)
def test_nothing_less_changes_a_reverted_payment(fact):
    assert after(fact, start=REVERTED) is REVERTED


def test_a_reverted_payment_is_followed_until_it_can_never_land_again():
    assert not ends(REVERTED, UNDONE)
    assert ends(after(NEVER, start=REVERTED), NEVER)
    assert after(NEVER, start=REVERTED).status is Status.REVERTED
    assert all(ends(payment, OK) for payment in OVERS)


def test_the_block_follows_a_reorganisation_that_moved_the_transfer():
    moved = after(replace(OK_FOR_NOW, block=8), start=after(replace(OK_FOR_NOW, block=7)))
    assert (moved.status, moved.block) == (Status.INCLUDED, 8)
    assert after(Pending(), start=moved).block is None


def test_a_settled_payment_that_was_mined_again_elsewhere_stays_settled_in_its_new_block():
    settled = after(replace(OK, block=7))
    moved = after(replace(OK_FOR_NOW, block=9), start=settled)
    assert (moved.status, moved.block, moved.receipt) == (Status.SETTLED, 9, settled.receipt)
    assert after(replace(OK, block=9), start=moved) is moved


def test_a_transfer_that_went_through_and_paid_less_says_so():
    failed = after(replace(NOT_OK, error="990 of 1000 units arrived"))
    assert (failed.status, failed.error) == (Status.FAILED, "990 of 1000 units arrived")


def test_the_invoice_of_a_payment_is_free_again_unless_it_settled():
    assert {status for status in OVER if status not in NO_MONEY_MOVED} == {Status.SETTLED}


MOVES = {  # the drawing at the head of relay/payment.py
    Status.ACCEPTED: {
        Status.SUBMITTED,
        Status.REJECTED,
        Status.INCLUDED,
        Status.SETTLED,
        Status.FAILED,
        Status.EXPIRED,
    },
    Status.SUBMITTED: {Status.INCLUDED, Status.SETTLED, Status.FAILED, Status.EXPIRED},
    Status.INCLUDED: {Status.SUBMITTED, Status.SETTLED, Status.FAILED, Status.EXPIRED},
    Status.SETTLED: {Status.REVERTED},
    Status.REVERTED: {Status.SETTLED},
}
CHANGING = {"status", "precheck", "receipt", "reason", "error", "block", "version", "updated"}

codes = st.integers(0, 400)
blocks = st.none() | st.integers(1, 3)
receipts = st.builds(Receipt, ok=st.booleans(), code=codes, name=st.just("CODE"), final=st.booleans(), block=blocks)
refusals = st.builds(Refused, st.just("node_refused"), st.just("no"), st.none() | codes)


class AnyLife(RuleBasedStateMachine):
    """Facts in any order, as crashes, resends, reorganisations and two workers at once may bring them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.payment = ACCEPTED
        self.sent = False

    def learn(self, fact: Fact) -> Payment:
        before, self.now = self.payment, self.now + timedelta(seconds=1)
        self.payment = advance(before, fact, self.now)
        self.changed(before, self.payment)
        assert advance(self.payment, fact, self.now) is self.payment, "learnt twice is learnt once"
        return before

    def changed(self, before: Payment, now: Payment) -> None:
        if now is before:
            return
        assert before.status not in OVER - {Status.SETTLED}
        assert now.status is before.status or now.status in MOVES[before.status]
        assert (now.version, now.updated) == (before.version + 1, self.now)
        assert {
            each.name
            for each in msgspec.structs.fields(Payment)
            if getattr(now, each.name) != getattr(before, each.name)
        } <= CHANGING
        assert before.precheck in (None, now.precheck), "a precheck is never lost"

    @rule(code=codes)
    def a_node_takes_it(self, code: int) -> None:
        before = self.learn(Taken(code))
        if before.status not in OVER and before.status is not Status.REVERTED:
            assert self.payment.precheck == (code if before.precheck is None else before.precheck)
            self.sent = True

    @rule()
    def the_answer_is_lost(self) -> None:
        self.learn(Unknown("lost"))
        self.sent = True

    @rule(fact=refusals)
    def a_node_refuses_it(self, fact: Refused) -> None:
        before = self.learn(fact)
        if self.sent or before.status in OVER or before.status is Status.REVERTED:
            assert self.payment is before
        else:
            assert self.payment.status is Status.REJECTED

    @rule(fact=receipts)
    def the_ledger_has_it(self, fact: Receipt) -> None:
        before = self.learn(fact)
        self.sent = True
        if before.status is Status.REVERTED:
            assert self.payment.status is (Status.SETTLED if fact.ok and fact.final else Status.REVERTED)
        elif before.status not in OVER and fact.final:
            assert self.payment.status is (Status.SETTLED if fact.ok else Status.FAILED)
        if self.payment.status is Status.SETTLED is not before.status:
            assert fact.ok
            assert fact.final

    @rule()
    def the_ledger_lacks_it_so_far(self) -> None:
        self.learn(Pending())
        assert self.payment.status is not Status.INCLUDED

    @rule()
    def the_ledger_will_never_have_it(self) -> None:
        before = self.learn(NEVER)
        stays = before.status in OVER or before.status is Status.REVERTED
        assert self.payment.status is (before.status if stays else Status.EXPIRED)

    @rule()
    def the_chain_takes_it_back(self) -> None:
        before = self.learn(UNDONE)
        assert self.payment.status is (Status.REVERTED if before.status is Status.SETTLED else before.status)

    @invariant()
    def a_reason_means_no_money_moved(self) -> None:
        failed = self.payment.status in NO_MONEY_MOVED | {Status.REVERTED}
        assert (self.payment.reason is not None) is failed
        assert (self.payment.error is not None) is failed

    @invariant()
    def a_receipt_means_the_ledger_has_it(self) -> None:
        landed = self.payment.status in {Status.INCLUDED, Status.SETTLED, Status.FAILED}
        assert (self.payment.receipt is not None) is landed

    @invariant()
    def accepted_means_nothing_was_learnt(self) -> None:
        assert (self.payment.status is Status.ACCEPTED) <= (self.payment.version == 0)


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(
    max_examples=300, stateful_step_count=20, deadline=None
)  # a life is short; two seconds of them
