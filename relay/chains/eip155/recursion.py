"""Importing web3 or eth-account runs py_ecc, which lets Python recurse 100,000 calls deep. This takes that back.

With such a bound JSON that nests a few ten thousand deep overruns the C stack of whatever reads it: one request would
end the process. So py_ecc, which costs nothing by itself, is imported here, before anyone else does, and the bound is
as it was. It pairs things up for BLS signatures; nothing here needs it.
"""

from __future__ import annotations

import contextlib
import sys

_bound = sys.getrecursionlimit()
with contextlib.suppress(ModuleNotFoundError):  # another release may do without it
    __import__("py_ecc")
sys.setrecursionlimit(_bound)
