"""Where `relay pay` puts what was bought: asked before money moves, and nothing is lost afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relay.cli import main
from relay.commands.keeping import keep_answer, keep_token, require_place


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "file" / "below"):
        for option in ("--output", "--token-file"):
            assert main(["pay", "http://127.0.0.1:1/", option, str(place)]) == 2
            assert f"relay pay: {option} {place}" in capsys.readouterr().err
    require_place("--output", tmp_path / "new" / "file")
    require_place("--output", tmp_path / "file")
    require_place("--output", None)


def test_what_was_paid_for_is_printed_where_its_file_fails(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    keep_answer(b"the rest", tmp_path)
    out, err = capfdbinary.readouterr()
    assert (out, err.count(b"\n")) == (b"the rest", 1)
    keep_answer(b"the rest", tmp_path / "rest")
    assert (tmp_path / "rest").read_bytes() == b"the rest" and capfdbinary.readouterr()[0] == b""


def test_a_token_is_printed_where_its_file_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep_token("a.b.c", "post-1", "inv_1", tmp_path)
    told = json.loads(capsys.readouterr().out)
    assert told == {"contentId": "post-1", "accessToken": "a.b.c", "savedIn": None}
    keep_token("a.b.c", "post-1", "inv_1", tmp_path / "token")
    assert json.loads(capsys.readouterr().out)["savedIn"] == str(tmp_path / "token")
    assert (tmp_path / "token").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("pay ftp://x", 2, "expected the address"),
        ("pay http://[", 2, "expected the address"),
        ("pay http://127.0.0.1:1/", 1, "http://127.0.0.1:1/ does not answer: Connection refused"),
        ("events --key x --url 127.0.0.1:1", 2, "expected the address of a relay"),
        ("events --key x --url http://127.0.0.1:1/demo", 2, "expected the address of a relay"),
        ("events --key x --url http://127.0.0.1:1", 1, "does not answer: Connection refused"),
        ("events --after -5", 2, "-5 is not a whole number"),
        ("devnet --consensus-ms soon", 2, "soon is not a whole number"),
        ("devnet --port 65536", 2, "65536 is not a port"),
        ("paywall", 2, "--upstream URL"),
        ("paywall --upstream http://127.0.0.1:1 --price cheap", 2, "is none such as"),
    ],
)
def test_what_cannot_be_meant_or_reached_is_one_line(
    line: str, code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        got = main(line.split())
    except SystemExit as exit:  # argparse
        got = int(exit.code or 0)
    out, err = capsys.readouterr()
    assert (got, out) == (code, ""), err
    assert says in err and err.count("\n") == 1
