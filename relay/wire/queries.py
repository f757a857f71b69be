"""What the query strings of lists may hold; an unknown name or a value that does not fit is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from relay.errors import InvalidRequest
from relay.invoice import InvoiceStatus
from relay.misread import in_words
from relay.payment import Status
from relay.webhook import State

T = TypeVar("T", bound=msgspec.Struct)
Limit = Annotated[int, Meta(ge=1, le=500)]
Seq = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class ListInvoices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    status: InvoiceStatus | None = None
    content: str | None = None
    customer: str | None = None
    order: str | None = None
    transaction: str | None = None
    since: Time | None = None
    until: Time | None = None
    after: str | None = None
    limit: Limit = 50


class Paged(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    after: str | None = None
    limit: Limit = 50


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    since: Time | None = None
    until: Time | None = None


class ListPayments(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    status: Status | None = None
    network: str | None = None
    payer: str | None = None
    transaction: str | None = None
    content: str | None = None
    invoice: str | None = None
    since: Time | None = None
    until: Time | None = None
    after: str | None = None
    limit: Limit = 50


class ListEvents(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    after: Seq = 0
    limit: Limit = 100


class StreamEvents(msgspec.Struct, frozen=True, kw_only=True):
    """`after` is for readers that cannot set `Last-Event-ID`, which comes first."""

    after: Seq | None = None


class CheckMemo(msgspec.Struct, frozen=True, kw_only=True):
    """The 2019 question. Other names are ignored, as the original did."""

    memo_id: Annotated[str, Meta(min_length=1)]
    receiver_id: Annotated[str, Meta(min_length=1)]


class ListKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    after: str = ""
    limit: Limit = 50


class ListEndpoints(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    invoice: str | None = None
    after: str | None = None
    limit: Limit = 50


class ListDeliveries(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    status: State | None = None
    after: Seq = 2**63 - 1
    limit: Limit = 50


def read_query(query: Mapping[str, str], kind: type[T]) -> T:
    """A query string as `kind`; `InvalidRequest` names the parameter that is wrong."""
    try:
        found = msgspec.convert(dict(query), kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"the query is not what this route takes: {in_words(error, kind)}") from None
    if "null" in map(str.lower, query.values()):  # which is read as nothing where no text fits, and all would be listed
        for field in msgspec.structs.fields(kind):
            if field.encode_name in query and getattr(found, field.name) is None:
                raise InvalidRequest(f"the query is not what this route takes: {field.encode_name}: there is no 'null'")
    return found
