"""What a transaction in a block did for a claim. Pure.

That it went through is not enough: a token may answer `false` and move nothing, keep a fee, or be called by a contract
that lies. Tokens on the allow-list tell what they moved in `Transfer` events, so those are counted, from the payer to
the payee only, and the sum must be what was asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from relay.chain import Receipt
from relay.chains.eip155.answers import AUTHORIZATION_USED, TRANSFER, Log, Mined, word
from relay.chains.eip155.claim import Claim, Word
from relay.chains.eip155.finality import Marks
from relay.chains.eip155.options import Finality

REVERTED = "REVERTED"
SUCCESS = "SUCCESS"


def receipt_of(claim: Claim, mined: Mined, marks: Marks, rule: Finality) -> Receipt:
    """What the ledger recorded of a claim in `mined`, and whether that is final by `rule`."""
    arrived = delivered(claim, mined) if mined.ok else 0
    error = None
    if not mined.ok:
        code, name = 0, REVERTED
    elif arrived == claim.amount:
        code, name = 1, SUCCESS
    else:
        code, name = 1, f"DELIVERED {arrived} OF {claim.amount}"
        error = f"{arrived} of {claim.amount} units arrived: the token moved another amount than it was asked to"
    return Receipt(
        ok=mined.ok and arrived == claim.amount,
        code=code,
        name=name,
        final=mined.block <= marks.final(rule),
        depth=max(0, marks.latest - mined.block),
        block=mined.block,
        error=error,
    )


def delivered(claim: Claim, mined: Mined) -> int:
    """How much of the claim's asset went from its payer to its payee in a transaction that went through."""
    if claim.token is None:
        return claim.amount
    logs: Iterable[Log] = (log for log in mined.logs if log.address == claim.token)
    if claim.position is not None:
        logs = (log for log in logs if log.position == claim.position)
    elif isinstance(claim.once, Word) and not claim.once.permit2:
        logs = after_use(claim.once, logs)
    wanted = claim.payer, claim.payee
    return sum(amount(log) for log in logs if moves(log) and (word(log.topics[1]), word(log.topics[2])) == wanted)


def after_use(once: Word, logs: Iterable[Log]) -> Iterable[Log]:
    """The events between the use of this authorization and the next one's: a transaction may use several."""
    ours = False
    for log in logs:
        if log.topics[:1] == (AUTHORIZATION_USED,):
            ours = (word(log.topics[1]), log.topics[2]) == (once.payer, once.nonce)
        elif ours:
            yield log


def moves(log: Log) -> bool:
    """Whether an event is an ERC-20 `Transfer`; those of NFTs have a third indexed argument."""
    return log.topics[:1] == (TRANSFER,) and len(log.topics) == 3 and len(log.data) == 66


def amount(log: Log) -> int:
    """The value of a `Transfer`."""
    return int(log.data, 16)
