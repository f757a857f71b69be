"""What is open under a key: sockets and streams, closed when their key is revoked or expires.

The database is asked, so it does not matter which process, or the shell, ended the key; the delay is one round.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from relay.key import Key
from relay.store.keys import Keys

log = logging.getLogger(__name__)

ROUND_SECONDS = 1.0
ASKED_AT_ONCE = 200  # keys in one query

Close = Callable[[], Awaitable[None]]


class OpenKeys:
    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._open: dict[tuple[str, str], tuple[Key, dict[object, Close]]] = {}

    def enter(self, key: Key, what: object, close: Close) -> None:
        """`what` is open under `key` until `leave`; `close` ends it and may be called once more than needed."""
        self._open.setdefault((key.merchant, key.id), (key, {}))[1][what] = close

    def leave(self, key: Key, what: object) -> None:
        """The pair of `enter`. Safe to repeat."""
        entry = self._open.get((key.merchant, key.id))
        if entry is None:
            return
        entry[1].pop(what, None)
        if not entry[1]:
            del self._open[key.merchant, key.id]

    async def close_dead(self) -> None:
        """Close what is open under keys that are no longer good."""
        keys = [key for key, _ in self._open.values()]
        for start in range(0, len(keys), ASKED_AT_ONCE):
            for key in await self._keys.dead(keys[start : start + ASKED_AT_ONCE]):
                _, opened = self._open.pop((key.merchant, key.id), (key, {}))
                log.info("a key ended, and what was open under it", extra={"key": key.id, "open": len(opened)})
                for close in opened.values():
                    try:
                        await close()
                    except Exception:  # the others must not stay open for it: nobody looks for them again
                        log.exception("what was open under a key that ended was not closed", extra={"key": key.id})
