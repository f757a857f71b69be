"""A noun with other values, however it is made: those a payment makes many of are structs, the rest dataclasses."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def replace(noun: T, **changes: Any) -> T:
    if isinstance(noun, msgspec.Struct):
        return msgspec.structs.replace(noun, **changes)
    return dataclasses.replace(noun, **changes)  # type: ignore[type-var]  # it is one of the two
