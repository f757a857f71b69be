"""Handing a transfer to the nodes its payer signed it for, and saying no more about it than is known.

`Refused` is said only while no send went unanswered: either not a byte left us, or every node that was handed the
bytes declined. From the first send without an answer on, the outcome is `Taken` (a node says so: OK, or
DUPLICATE_TRANSACTION for bytes that arrived before) or `Unknown`. Sending the same bytes again is always safe: the
transaction id is inside the signature and the network takes an id once, whichever copy brings it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from google.protobuf.message import DecodeError

from relay import hapi_pb2 as pb
from relay.chain import Refused, Submission, Taken, Unknown
from relay.chains.hedera.copies import Copy, copies_in
from relay.chains.hedera.link import CALL_SECONDS, CONNECT_SECONDS, TRANSFER, NoAnswer
from relay.chains.hedera.nodes import Nodes
from relay.money import Account, ChainId

SUBMIT_SECONDS = 10.0  # for all attempts together: what a person in front of a page waits
RESENDS = 3  # after a send without an answer; later ones are better spent looking for the receipt
SHORT = 200  # bytes of an answer worth remembering: nodes say the same few things
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 2.0  # between attempts: doubled up to the latter

UNREACHABLE = "UNAVAILABLE. Hedera network unreachable."  # the 2019 wallets compare this string
_UNREACHED = Refused("node_unreachable", UNREACHABLE)

# the node took nothing, now: the same bytes may do later, or at another node
_TRY_AGAIN = frozenset({pb.BUSY, pb.PLATFORM_NOT_ACTIVE, pb.PLATFORM_TRANSACTION_NOT_CREATED})
TRY_ANOTHER = _TRY_AGAIN | {pb.INVALID_NODE_ACCOUNT}
_REASONS = {
    pb.TRANSACTION_EXPIRED: "transaction_expired",
    pb.INVALID_SIGNATURE: "invalid_signature",
    pb.INVALID_PAYER_SIGNATURE: "invalid_signature",
    pb.KEY_PREFIX_MISMATCH: "invalid_signature",
}
_ADVICE = {
    pb.TRANSACTION_EXPIRED: "it reached the node after its valid duration; sign it again",
    pb.INVALID_TRANSACTION_START: "its valid start is ahead of the node's clock; check the clock that signed it",
    pb.INVALID_TRANSACTION_DURATION: "its valid duration is not one the network takes",
    pb.INVALID_SIGNATURE: "the signature is not the account's",
    pb.INVALID_NODE_ACCOUNT: "the node goes by another account than the address book says",
    pb.INSUFFICIENT_PAYER_BALANCE: "the payer cannot pay amount and fee",
    pb.PAYER_ACCOUNT_NOT_FOUND: "the payer's account does not exist",
    pb.BUSY: "the node is busy; try again",
}


async def submit(
    chain: ChainId,
    nodes: Nodes,
    raw: bytes,
    clock: Callable[[], datetime],
    sent: Callable[[Copy], None],
    call_seconds: float = CALL_SECONDS,
    *,
    seconds: float = SUBMIT_SECONDS,
    patient: bool = True,
) -> Submission:
    """Hand the copies in `raw` to their nodes, one after the other; at most `seconds`.

    `sent` is called for a copy just before it leaves us; a node has `call_seconds` for each answer. Who is not
    `patient` hears at once that a node is busy.
    """
    copies = copies_in(raw)
    ways = [(copy, link) for copy in copies if (link := nodes.get(copy.node)) is not None]
    if not ways:
        return no_such_node(chain, nodes, [copy.node for copy in copies])
    if len(ways) > 1:
        ways.sort(key=lambda way: not way[1].healthy)  # stable: the payer's order among equals
    now = time.monotonic  # the loop's own clock takes a system call to find the loop
    deadline = now() + seconds
    pause, unanswered = PAUSE_SECONDS, 0
    doubt: Unknown | None = None
    refusal = _UNREACHED
    while True:
        again = False
        for copy, link in ways:
            if not link.ready and not await link.reachable(min(deadline - now(), CONNECT_SECONDS)):
                continue  # a refusal by some other node says more
            left = deadline - now()
            if left <= 0:
                continue
            sent(copy)
            try:
                answer = await link.call(TRANSFER, copy.transaction, call_seconds if left > call_seconds else left)
                said = _verdict_short(answer) if len(answer) <= SHORT else _verdict(answer)
            except NoAnswer as none:
                doubt = Unknown(str(none))
                unanswered += 1
                again = again or unanswered <= RESENDS
                break  # the same copy first: two copies on the ledger would cost the payer two fees
            if isinstance(said, Taken):
                return said
            refusal = said
            again = again or (patient and said.code in _TRY_AGAIN)
            if said.code not in TRY_ANOTHER:
                return doubt or refusal
        if not again or now() + pause >= deadline or clock() >= copies[0].valid_until:
            return doubt or refusal
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def precheck_of(answer: bytes) -> pb.TransactionResponse:
    """The node's answer to a transaction, to be read only; raises `NoAnswer` when it is not one."""
    try:
        return pb.TransactionResponse.FromString(answer)
    except DecodeError:
        raise NoAnswer("what the node answered cannot be read") from None


@lru_cache(maxsize=1024)
def code_name(code: int) -> str:
    """A ResponseCodeEnum as HAPI spells it; the number for one that is newer than we are."""
    try:
        return pb.ResponseCodeEnum.Name(code)
    except ValueError:
        return f"RESPONSE_CODE_{code}"


def _verdict(raw: bytes) -> Taken | Refused:
    """What the node's answer makes of a send; raises `NoAnswer` when it is none."""
    answer = precheck_of(raw)
    code = answer.nodeTransactionPrecheckCode
    if code in (pb.OK, pb.DUPLICATE_TRANSACTION):
        return Taken(code)
    return Refused(_REASONS.get(code, "node_refused"), _refusal(code, answer.cost), code)


_verdict_short = lru_cache(maxsize=256)(_verdict)


def _refusal(code: pb.ResponseCodeEnum, cost: int) -> str:
    advice = _ADVICE.get(code)
    if code == pb.INSUFFICIENT_TX_FEE:
        advice = f"the fee offered is too low; the node asks {cost} tinybars" if cost else "the fee offered is too low"
    return f"the node refused the transfer: {code_name(code)}" + (f" ({advice})" if advice else "")


def no_such_node(chain: ChainId, nodes: Nodes, listed: Sequence[Account]) -> Refused:
    """The refusal of a transfer that was signed for no node of the address book."""
    named = ", ".join(listed[:5])
    known = [node.account for node in nodes.all()]
    shown = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
    return Refused("node_refused", f"node {named} is not in the address book of {chain}; sign for one of {shown}")
