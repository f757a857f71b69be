"""What goes wrong on purpose. A test sets these on `node.faults`, or with `POST /faults` on the mirror's port."""

from __future__ import annotations

import msgspec

from relay import hapi_pb2 as pb
from relay.devnet.envelope import code_name


class Faults(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Counters are "the next n transactions" and count down; the rest holds until `DELETE /faults`. Times in ms."""

    busy: int = 0  # answer BUSY, take nothing
    precheck: list[int] = []  # answer these ResponseCodeEnums to the next transactions, in order, and take nothing
    unavailable: int = 0  # fail the call with UNAVAILABLE, take nothing
    lost_answers: int = 0  # take it, then fail the call with UNAVAILABLE
    never_consensus: int = 0  # take it and answer OK, then lose it: no receipt and nothing on the mirror, ever
    queries_unavailable: int = 0  # the next n queries fail with UNAVAILABLE
    down: bool = False  # every call fails with UNAVAILABLE
    slow_answer_ms: int = 0  # every answer, of a query too
    slow_consensus_ms: int = 0  # on top of the network's own delay
    receipts_expired: bool = False  # the node has forgotten every receipt and record; the mirror has not
    mirror_down: bool = False  # the mirror answers 503
    mirror_lag_ms: int = 0  # the mirror shows the ledger as it was this long ago

    def __post_init__(self) -> None:
        for code in self.precheck:
            code_name(code)  # raises ValueError for what is none

    def clear(self) -> None:
        self.become(Faults())

    def become(self, other: Faults) -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(other, name))

    def strikes(self, counter: str) -> bool:
        """Whether the named counter is above zero; takes one off it."""
        left: int = getattr(self, counter)
        if left <= 0:
            return False
        setattr(self, counter, left - 1)
        return True

    def next_precheck(self) -> int:
        """The code to answer instead of looking, 0 (OK) to look."""
        if self.strikes("busy"):
            return pb.BUSY
        return self.precheck.pop(0) if self.precheck else pb.OK
