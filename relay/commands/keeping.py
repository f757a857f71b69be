"""Where what was bought is kept: looked at before money moves, and nothing is lost to a file that cannot be written."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TextIO

from relay.errors import Misused


def require_place(option: str, file: Path | None) -> None:
    """Make its folder; raise `Misused` where no such file can be written. Without a name there is nothing to ask."""
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misused(f"{option} {file}: {error.strerror}") from None
    if file.is_dir():
        raise Misused(f"{option} {file}: a directory; name a file in it")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise Misused(f"{option} {file}: may not be written")


def keep_answer(body: bytes, file: Path | None) -> None:
    """Put it into the file, or on standard output, also where the file does not take it."""
    if file is not None:
        try:
            file.write_bytes(body)
        except OSError as error:
            print(f"{file} cannot be written: {error.strerror}; here it is", file=sys.stderr)
        else:
            print(f"saved     {file}", file=sys.stderr)
            return
    sys.stdout.flush()
    sys.stdout.buffer.write(body)


def keep_token(token: str, content: str, name: str, file: Path | None, out: TextIO | None = None) -> None:
    """Save what opens the content, for its owner only, and print it with where that is: nowhere, if it has to be."""
    if file is None:
        home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        file = home / "relay" / "tokens" / f"{name}.jwt"
    saved: str | None = str(file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(f"{token}\n")
    except OSError as error:
        print(f"{file} cannot be written: {error.strerror}; keep the token yourself", file=sys.stderr)
        saved = None
    print(json.dumps({"contentId": content, "accessToken": token, "savedIn": saved}), file=out)
