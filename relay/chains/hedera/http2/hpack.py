"""Header blocks (RFC 7541): read whatever a peer may write, write the plainest form there is.

We announce a table of size 0, so that a peer's blocks stand for themselves: once it has agreed, equal bytes are equal
headers, and whoever asks may remember what a block said (`remembers_nothing`). The table is there for the time before.
"""

from __future__ import annotations

from collections import deque

from relay.chains.hedera.http2 import huffman
from relay.chains.hedera.http2.frames import Broken, Code

Headers = list[tuple[bytes, bytes]]

LIST_BYTES = 16_384  # of one block, with 32 for each entry: what gRPC's own clients take at most
_TABLE_BYTES = 4_096  # of a table nobody has said anything about
_ENTRY_BYTES = 32  # that an entry counts besides its name and value

_STATIC = [
    tuple(line.partition(" ")[::2])
    for line in """:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate""".splitlines()
]
STATIC: Headers = [(name.encode(), value.encode()) for name, value in _STATIC]

FORGET = b"\x20"  # to be said once, first: the table of what we write has size 0, whatever the peer allows


def literal(name: bytes, value: bytes) -> bytes:
    """An entry that touches no table."""
    return b"\x00" + _written(name) + _written(value)


def _written(text: bytes) -> bytes:
    size = len(text)
    if size < 0x7F:
        return bytes((size,)) + text
    size -= 0x7F
    octets = bytearray(b"\x7f")
    while size >= 0x80:
        octets.append(size & 0x7F | 0x80)
        size >>= 7
    octets.append(size)
    return bytes(octets) + text


class Decoder:
    """What one peer writes, block after block; raises `Broken` for what HPACK does not allow."""

    def __init__(self) -> None:
        self._entries: deque[tuple[bytes, bytes]] = deque()  # the youngest first
        self._bytes = 0
        self._most = self._limit = _TABLE_BYTES

    @property
    def remembers_nothing(self) -> bool:
        return self._most == 0

    def forget(self) -> None:
        """The peer has agreed to a table of size 0."""
        self._limit = self._most = 0
        self._evict()

    def decode(self, block: bytes) -> Headers | None:
        """The headers, or None where they are more than `LIST_BYTES`; the table is right after either."""
        found: Headers = []
        size = at = 0
        try:
            while at < len(block):
                entry, at = self._entry(block, at, first=not size)
                if entry is not None:
                    size += len(entry[0]) + len(entry[1]) + _ENTRY_BYTES
                    if size <= LIST_BYTES:
                        found.append(entry)
        except (IndexError, ValueError):
            raise Broken(Code.COMPRESSION_ERROR, "a header block that cannot be read") from None
        return found if size <= LIST_BYTES else None

    def _entry(self, block: bytes, at: int, *, first: bool) -> tuple[tuple[bytes, bytes] | None, int]:
        """One entry, or None for a word about the table's size, and where the next begins."""
        kind = block[at]
        if kind & 0x80:
            index, at = _integer(block, at, 0x7F)
            return self._at(index), at
        if kind & 0xE0 == 0x20:
            most, at = _integer(block, at, 0x1F)
            if most > self._limit or not first:
                raise ValueError("a table larger than allowed, or resized within a block")
            self._most = most
            self._evict()
            return None, at
        index, at = _integer(block, at, 0x3F if kind & 0x40 else 0x0F)
        if index:
            name = self._at(index)[0]
        else:
            name, at = _string(block, at)
        value, at = _string(block, at)
        if kind & 0x40:
            self._entries.appendleft((name, value))
            self._bytes += len(name) + len(value) + _ENTRY_BYTES
            self._evict()
        return (name, value), at

    def _at(self, index: int) -> tuple[bytes, bytes]:
        if index == 0:
            raise ValueError("there is no entry 0")
        return STATIC[index - 1] if index <= len(STATIC) else self._entries[index - len(STATIC) - 1]

    def _evict(self) -> None:
        while self._bytes > self._most:
            name, value = self._entries.pop()
            self._bytes -= len(name) + len(value) + _ENTRY_BYTES


def _integer(block: bytes, at: int, mask: int) -> tuple[int, int]:
    """A number whose first bits are the lower ones of a byte, and where the next begins (RFC 7541, 5.1)."""
    value = block[at] & mask
    at += 1
    if value < mask:
        return value, at
    for shift in range(0, 28, 7):  # 2^28 is more than any of ours
        byte = block[at]
        at += 1
        value += (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number without end")


def _string(block: bytes, at: int) -> tuple[bytes, int]:
    coded = block[at] & 0x80
    size, at = _integer(block, at, 0x7F)
    end = at + size
    if end > len(block):
        raise ValueError("a string longer than its block")
    return (huffman.decode(block[at:end]) if coded else block[at:end]), end
