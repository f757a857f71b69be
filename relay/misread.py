"""What is wrong with a table of a TOML file, a body or a query, in its own words: where, what, and what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache

import msgspec

LONGEST = 50  # letters of a word that somebody may have mistyped
_PLACE = re.compile(r"(.*) - at `\$\.?(.*)`", re.DOTALL)
_STEP = re.compile(r"([^.\[\]]+)|\[")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_BOUND = re.compile(r"Expected `(?:int|float)` [<>]")
_TYPES = re.compile(r"Expected `([^`]*)`, got `([^`]*)`")
_TYPE_WORDS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_CHOICE = re.compile(r"Invalid (?:enum )?value '?(.*?)'?", re.DOTALL)


def in_words(error: msgspec.ValidationError, kind: type) -> str:
    """One line for what msgspec found when it read a table as `kind`; no value of the table but a mistyped word."""
    found = _PLACE.fullmatch(str(error))
    said, place = (found[1], found[2]) if found is not None else (str(error), "")
    where = f"{place}: " if place else ""
    inside = list(_inside(kind, place))
    if unknown := _UNKNOWN.fullmatch(said):
        return f"{where}unknown field `{unknown[1]}`{meant(unknown[1], _names(inside))}"
    if missing := _MISSING.fullmatch(said):
        return f"{where}`{missing[1]}` is missing"
    if _BOUND.match(said) and (bounds := _bounds(inside)):
        return where + bounds
    if (choice := _CHOICE.fullmatch(said)) and (choices := _choices(kind, place)):
        return f"{where}there is no {choice[1]!r}{meant(choice[1], choices)}"
    if types := _TYPES.fullmatch(said):
        wanted = [_type(each) for each in types[1].split(" | ") if each != "null"]
        return f"{where}expected {' or '.join(wanted)}, got {_type(types[2])}"
    return where + said[:1].lower() + said[1:]


def _type(name: str) -> str:
    """A type as JSON and TOML call it; msgspec says Python's names for some."""
    return f"`{_TYPE_WORDS.get(name, name)}`"


def meant(word: str, names: Sequence[str]) -> str:
    """The end of a sentence that refuses a word: the name it is close to, or all there are."""
    close = get_close_matches(word, names, 1) if len(word) <= LONGEST else []
    return f"; did you mean `{close[0]}`?" if close else f"; known are {', '.join(names)}" if names else ""


def _inside(kind: type, place: str) -> Iterator[msgspec.inspect.Type]:
    """The types that may stand at a place such as `rates.sources[0]`."""
    types = [_read(kind)]
    for step in _STEP.finditer(re.sub(r"\[[^\]]*\]", "[", place)):
        types = [under for each in types for one in _plain(each) for under in _under(one, step[1])]
    for each in types:
        yield from _plain(each)


@lru_cache(maxsize=100)
def _read(kind: type) -> msgspec.inspect.Type:
    return msgspec.inspect.type_info(kind)


def _plain(type: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    if isinstance(type, msgspec.inspect.Metadata):
        yield from _plain(type.type)
    elif isinstance(type, msgspec.inspect.UnionType):
        for each in type.types:
            yield from _plain(each)
    else:
        yield type


def _under(type: msgspec.inspect.Type, name: str | None) -> Iterator[msgspec.inspect.Type]:
    match type:
        case msgspec.inspect.StructType(fields=fields):
            yield from (field.type for field in fields if field.encode_name == name)
        case msgspec.inspect.DictType(value_type=value):
            yield value
        case msgspec.inspect.ListType(item_type=item) | msgspec.inspect.VarTupleType(item_type=item):
            yield item
        case _:
            return  # nothing stands under it


def _names(types: Sequence[msgspec.inspect.Type]) -> list[str]:
    structs = [each for each in types if isinstance(each, msgspec.inspect.StructType)]
    return list(dict.fromkeys(field.encode_name for each in structs for field in each.fields))


def _bounds(types: Sequence[msgspec.inspect.Type]) -> str:
    for each in types:
        if isinstance(each, msgspec.inspect.IntType | msgspec.inspect.FloatType):
            if each.ge is not None and each.le is not None:
                return f"from {each.ge:,} to {each.le:,}"
            if each.ge is not None:
                return f"at least {each.ge:,}"
    return ""


def _choices(kind: type, place: str) -> list[str]:
    """The words an enumeration has, or the ones that tell the structs of a union apart."""
    here, _, last = place.rpartition(".")
    tagged = [each for each in _inside(kind, here) if isinstance(each, msgspec.inspect.StructType)]
    tags = [str(each.tag) for each in tagged if each.tag_field == last]
    if tags:
        return tags
    words = []
    for each in _inside(kind, place):
        if isinstance(each, msgspec.inspect.EnumType):
            words += [str(member.value) for member in each.cls]
        elif isinstance(each, msgspec.inspect.LiteralType):
            words += [str(value) for value in each.values]
    return words
