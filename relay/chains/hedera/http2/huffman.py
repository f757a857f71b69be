"""HPACK's Huffman code (RFC 7541, appendix B), which is canonical: the lengths of its codes say all."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

_LENGTHS = bytes.fromhex(  # in bits, by byte; the end of a string, the last symbol, has 30
    "0d171c1c1c1c1c1c1c181e1c1c1e1c1c1c1c1c1c1c1c1e1c1c1c1c1c1c1c1c1c060a0a0c0d06080b0a0a080b08060606"
    "0505050606060606060607080f060c0a0d06070707070707070707070707070707070707070707070807080d130d0e06"
    "0f05060506050606060507070606060506070605050607070707070f0b0e0d1c14161414161616171617171717171817"
    "181816171817171717151617161717181615141616171715171616181516171715151615171617171416161617161617"
    "1a1a1413161716191a1a1a1b1b1a181913151a1b1b1a1b1815151a1a1c1b1b1b14181415161515171616191918181a17"
    "1a1b1a1a1b1b1b1b1b1c1b1b1b1b1b1a1e"
)
_LONGEST, _END = 30, 256
_ONES = (1 << _LONGEST) - 1

_symbols = sorted(range(_END + 1), key=lambda symbol: (_LENGTHS[symbol], symbol))
_sizes = [_LENGTHS[symbol] for symbol in _symbols]
_starts = [0, *accumulate(1 << _LONGEST - size for size in _sizes)][:-1]  # each code, moved left to 30 bits


def decode(coded: bytes) -> bytes:
    """The string; raises ValueError for what no encoder writes."""
    out = bytearray()
    pool = bits = 0
    for byte in coded:
        pool = pool << 8 | byte
        bits += 8
        while bits >= _LONGEST:
            at = bisect_right(_starts, pool >> bits - _LONGEST) - 1
            out.append(_byte(at))
            bits -= _sizes[at]
            pool &= (1 << bits) - 1
    while bits:
        missing = _LONGEST - bits
        at = bisect_right(_starts, pool << missing | _ONES >> bits) - 1
        if _sizes[at] > bits:
            break
        out.append(_byte(at))
        bits -= _sizes[at]
        pool &= (1 << bits) - 1
    if bits > 7 or pool != (1 << bits) - 1:  # padding is the beginning of the end's code, which is all ones
        raise ValueError("not padded as the Huffman code is")
    return bytes(out)


def _byte(at: int) -> int:
    if _symbols[at] == _END:
        raise ValueError("the end within a string")
    return _symbols[at]
