"""The tree at the head of relay/errors.py is the tree there is."""

from __future__ import annotations

import re

import pytest

from relay import errors
from relay.errors import InvalidTransfer, RateLimited, RelayError, TransferMismatch

DRAWN = {  # name → depth, first code, HTTP status
    name: (indent.count("│") + indent.count("├") + indent.count("└"), code, int(status))
    for indent, name, code, status in re.findall(
        r"^ {4}([│├└─ ]*)(\w+) +(\w+)[ ,].*?(?:\n +[\w, …]+?)? +(\d{3})\b", errors.__doc__ or "", re.MULTILINE
    )
}


def tree(kind: type[RelayError]) -> list[type[RelayError]]:
    return [
        kind,
        *(each for below in kind.__subclasses__() if below.__module__ == errors.__name__ for each in tree(below)),
    ]


@pytest.mark.parametrize("kind", tree(RelayError)[1:], ids=lambda kind: kind.__name__)
def test_every_error_is_drawn_with_its_code_and_status(kind):
    depth = len(kind.__mro__) - len(RelayError.__mro__)
    code = "wrong_amount" if kind is TransferMismatch else kind.code
    assert DRAWN[kind.__name__] == (depth, code, kind.status)


def test_nothing_is_drawn_that_is_not_there():
    assert DRAWN.keys() <= {kind.__name__ for kind in tree(RelayError)}


def test_what_went_wrong_unnamed_is_internal():
    assert (RelayError("?").code, RelayError("?").status) == ("internal", 500)


def test_an_error_reads_as_its_message():
    error = InvalidTransfer("the memo has a zero byte in it")
    assert str(error) == error.message == "the memo has a zero byte in it"


def test_a_finer_code_belongs_to_one_error_only():
    fine = InvalidTransfer("bad signature", code="invalid_signature")
    assert fine.code == "invalid_signature"
    assert InvalidTransfer("bad bytes").code == "invalid_transaction"


@pytest.mark.parametrize(("asked", "told"), [(30, 30), (1, 1), (0, 1), (-5, 1)])
def test_a_rate_limit_never_says_to_retry_at_once(asked, told):
    assert RateLimited("slow down", retry_after=asked).retry_after == told
