"""What is followed of a merchant's events in this process, topic by topic, and how far: no I/O.

A topic's cursor is the number up to which its followers have everything. Numbers are the merchant's, so a topic's own
jump, and an event is delivered only once nothing can lie between. Two things prove that: the journal was asked, or the
event is its payment's very next change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from collections.abc import Set as AbstractSet
from typing import Protocol

from relay.channel import Event, Topic, topics_of


class Ears(Protocol):
    """What other processes say."""

    narrow: bool  # they can be heard topic by topic

    def listen(self, topic: Topic) -> None:
        """Hear of it from now on; once that is in effect, `Tail.recheck` is due."""
        ...

    def leave(self, topic: Topic) -> None:
        """Do not hear of it any more."""
        ...


class Followed:
    """`present` says whether anybody still follows a topic."""

    def __init__(self, ears: Ears, present: Callable[[Topic], bool]) -> None:
        self.cursors: dict[Topic, int] = {}
        self.doubtful: set[Topic] = set()  # the journal may have more of these than was delivered
        self._ears = ears
        self._present = present
        self._versions: dict[Topic, int] = {}  # of payments of which no change was missed since
        self._heard: set[Topic] = set()  # whose channels we listen to
        self._absent: set[Topic] = set()  # nobody followed these when we last looked

    def begin(self, payment: Topic, seq: int, version: int) -> None:
        """A payment that has no events yet, none up to `seq`; what becomes of it we shall most likely record."""
        self.cursors.setdefault(payment, seq)
        self._versions[payment] = version

    def behind(self, event: Event) -> list[Topic]:
        """The topics of an event whose followers do not have it yet."""
        cursors, seq = self.cursors, event.seq
        return [topic for topic in topics_of(event) if cursors.get(topic, seq) < seq]

    def is_next(self, topic: Topic, event: Event) -> bool:
        """Whether an event proves that there is none between the last of the topic and itself."""
        return topic.of == "payment" and event.version is not None and self._versions.get(topic) == event.version - 1

    def pass_on(self, event: Event, to: Collection[Topic]) -> None:
        """The event is now delivered to the followers of these topics."""
        for topic in to:
            self.cursors[topic] = event.seq
            if event.version is None:
                self._versions.pop(topic, None)
            elif topic.of == "payment":
                self._versions[topic] = event.version

    def raise_to(self, seq: int, topics: AbstractSet[Topic]) -> None:
        """The followers of these have everything up to there."""
        for topic in topics & self.cursors.keys():
            self.cursors[topic] = max(self.cursors[topic], seq)

    def restart(self, seq: int) -> None:
        """Everybody has everything up to there, and nothing was counted on the way."""
        self._versions.clear()
        self.cursors = dict.fromkeys(self.cursors, seq)

    def hear(self, topics: AbstractSet[Topic]) -> None:
        """Listen to what other processes say of these."""
        for topic in topics - self._heard:
            self._heard.add(topic)
            self._ears.listen(topic)

    def hear_none(self) -> None:
        """Stop listening, but keep following."""
        for topic in self._heard:
            self._ears.leave(topic)
        self._heard.clear()
        self.doubtful.clear()

    def end(self, topics: Collection[Topic]) -> None:
        """Let go of payments among these that nobody follows any more: that was the last of their news."""
        for topic in topics:
            if topic.of == "payment" and not self._present(topic):
                self._drop(topic)

    def tidy(self, *, hear: bool) -> None:
        """Let go of what nobody followed the last time either; `hear` of what is followed for so long."""
        absent = {topic for topic in self.cursors if not self._present(topic)}
        for topic in absent & self._absent:
            self._drop(topic)
        self._absent = absent & self.cursors.keys()
        if hear:
            self.hear(self.cursors.keys() - absent)

    def _drop(self, topic: Topic) -> None:
        self.cursors.pop(topic, None)
        self._versions.pop(topic, None)
        self.doubtful.discard(topic)
        if topic in self._heard:
            self._heard.remove(topic)
            self._ears.leave(topic)
