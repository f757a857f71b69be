"""Words of the command line: what is mistyped is told in one line, by the command it was typed for."""

from __future__ import annotations

import argparse
import os
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Says one line instead of the usage and a line: exit code 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see `{self.prog} --help`\n")


def port(text: str) -> int:
    """A port, or 0 for a free one."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to 65535")
    return int(text)


def count(text: str) -> int:
    """A whole number that counts something, in at most 18 digits."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 on")
    return int(text)


def why(error: Exception) -> str:
    """Why somebody did not answer, as people say it: `Connection refused`."""
    cause = getattr(error, "os_error", error)  # aiohttp's own words name its classes and settings
    if isinstance(cause, OSError) and cause.errno and cause.errno > 0:
        return os.strerror(cause.errno)
    return getattr(cause, "strerror", None) or str(error) or type(error).__name__
