"""Looking for a transfer on the ledger: free, moves nothing, and says `Never` only with a proof.

While a transfer can still land, nodes are asked; a node answers for 180 seconds what became of an *id*. That is not yet
our transfer: a payer may sign two with one id, show us one and hand the network the other. So a success is believed
once the mirror node shows that what was recorded is ours; without a mirror it is believed as it stands, which is for
development networks only. When the window
has closed and nodes know nothing, absence needs a source that covers the whole window:

  * the mirror node, once it has come past the end of the window; or
  * without a mirror, a node asked before the earliest possible receipt could have been dropped (valid start + 180 s);
    this trusts our own clock to within ten seconds, so configure a mirror.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from google.protobuf.message import DecodeError

from relay import hapi_pb2 as pb
from relay.chain import Never, Pending, Receipt, Sight
from relay.chains.hedera.copies import Copy, copies_in
from relay.chains.hedera.envelope import open_envelope
from relay.chains.hedera.link import CALL_SECONDS, CONNECT_SECONDS, RECEIPT, Link, NoAnswer
from relay.chains.hedera.mirror import Judge, Mirror, Ours
from relay.chains.hedera.nodes import Nodes
from relay.chains.hedera.submit import SHORT, code_name
from relay.chains.hedera.transfer import read_transfer
from relay.errors import Unreachable
from relay.money import Account, TxId

GRACE = timedelta(seconds=10)  # for the node's clock and ours to differ, and for consensus to be told
RECEIPT_PERIOD = timedelta(seconds=180)  # hedera.recordCache ttl, counted from valid start at the earliest
MAX_ASKED = 3  # nodes; each is bounded by CONNECT_SECONDS + CALL_SECONDS

# a copy failed before it was anybody's transfer: another copy of the same id may still count
_PROVISIONAL = frozenset({pb.DUPLICATE_TRANSACTION, pb.INVALID_NODE_ACCOUNT, pb.INVALID_PAYER_SIGNATURE})
_ABSENT = frozenset({pb.RECEIPT_NOT_FOUND, pb.INVALID_TRANSACTION_ID})
_UNDECIDED = _PROVISIONAL | _ABSENT | {pb.UNKNOWN}


def as_signed(raw: bytes) -> Judge:
    """What a record says of a transfer whose payer chose its id: it may be another one's."""
    return _ours(raw).judge


async def look(
    nodes: Nodes,
    mirror: Mirror | None,
    raw: bytes,
    clock: Callable[[], datetime],
    sent_to: Mapping[TxId, Account],
    judging: Callable[[bytes], Judge] = as_signed,
) -> Sight:
    """What became of the transfer in `raw`. Raises `Unreachable` when nobody answers, or nobody can tell any more."""
    copies = copies_in(raw)
    _, _, query, id, valid_from, valid_until = copies[0]
    asked_at = clock()
    status: int | None = None  # the first telling one; that of absence when every node that answers has none
    for link in _askable(nodes, copies, sent_to.get(id)):
        if not link.ready and not await link.reachable(CONNECT_SECONDS):
            continue
        try:
            answer = await link.call(RECEIPT, query, CALL_SECONDS)
            told = _told_short(answer) if len(answer) <= SHORT else _told(answer)
        except (NoAnswer, DecodeError):
            continue
        if told is not None:
            status = told
            if told != pb.RECEIPT_NOT_FOUND:
                break
    if status == pb.SUCCESS and mirror is not None:
        return await mirror.receipt(id, judging(raw)) or Pending()  # it lags some seconds behind
    if status is not None and status not in _UNDECIDED:
        return _receipt(status)
    if status is not None and asked_at < valid_until + GRACE:
        return Pending()
    if mirror is not None:
        return await _ask_mirror(mirror, id, judging(raw), valid_until)
    if status is None:
        raise Unreachable(f"no node tells the receipt of {id}")
    if status == pb.UNKNOWN:
        return Pending()  # the node took it and has not heard of it since; it forgets it 180 s after valid start
    if status in _PROVISIONAL:
        return _receipt(status)
    if asked_at < valid_from + RECEIPT_PERIOD:
        return Never("it did not reach the ledger before its window closed: the nodes have no receipt")
    raise Unreachable(f"the nodes have forgotten {id} by now; only a mirror node can tell, and none is configured")


async def ask_node(link: Link, query: bytes, within: float = CALL_SECONDS) -> pb.TransactionGetReceiptResponse:
    """One receipt query, its answer to be read only; raises `NoAnswer`."""
    answer = await link.call(RECEIPT, query, within)
    try:
        return pb.Response.FromString(answer).transactionGetReceipt
    except DecodeError:
        raise NoAnswer(f"what node {link.account} answered cannot be read") from None


def _askable(nodes: Nodes, copies: Iterable[Copy], sent_to: Account | None) -> Iterator[Link]:
    """The node that was handed the transfer, those it names, then any that is well. Found one by one: one may do."""
    first = None if sent_to is None else nodes.get(sent_to)
    if first is not None:
        yield first  # it nearly always knows
    asked: set[Link | None] = {None, first}
    left = MAX_ASKED - (first is not None)
    for link in _candidates(nodes, copies):
        if not left:
            return
        if link is not None and link not in asked:
            yield link
            asked.add(link)
            left -= 1


def _candidates(nodes: Nodes, copies: Iterable[Copy]) -> Iterator[Link | None]:
    for copy in copies:
        yield nodes.get(copy.node)
    for link in nodes.preferred():
        if link.healthy:
            yield link


def _told(raw: bytes) -> int | None:
    """The status in a node's answer, RECEIPT_NOT_FOUND where it has no receipt; None when it did not look."""
    answer = pb.Response.FromString(raw).transactionGetReceipt
    code = answer.header.nodeTransactionPrecheckCode
    if code == pb.OK and answer.HasField("receipt"):
        return answer.receipt.status
    return pb.RECEIPT_NOT_FOUND if code == pb.OK or code in _ABSENT else None


_told_short = lru_cache(maxsize=256)(_told)  # of a code and the hour's exchange rate: many get one


@lru_cache(maxsize=256)
def _receipt(status: int) -> Receipt:
    return Receipt(ok=status == pb.SUCCESS, code=status, name=code_name(status))


def _ours(raw: bytes) -> Ours:
    copies = open_envelope(raw)
    body = pb.TransactionBody.FromString(pb.SignedTransaction.FromString(copies[0]).bodyBytes)
    hashes = frozenset(base64.b64encode(hashlib.sha384(copy).digest()).decode() for copy in copies)
    return Ours(hashes, body.memo, read_transfer(body))


async def _ask_mirror(mirror: Mirror, id: TxId, judge: Judge, valid_until: datetime) -> Sight:
    reached = await mirror.reached()  # before looking: what is not there then was not there by `reached`
    receipt = await mirror.receipt(id, judge)
    if receipt is not None:
        return receipt
    if reached > valid_until:
        return Never("it did not reach the ledger before its window closed: the mirror node has come past it")
    return Pending()
