"""What a sender of a transfer gets back, the same on a socket and over HTTP."""

from __future__ import annotations

from relay.recording import Answer
from relay.wire import api, events


def answer_body(answer: Answer) -> bytes:
    """The same as encoded JSON: nearly always the event's own bytes."""
    if answer.event is None or answer.repeated:
        return api.encode(answer_json(answer))
    return answer.event.body


def answer_json(answer: Answer) -> dict[str, object]:
    """The event of the payment's last change, or the payment while there is none."""
    if answer.event is None:
        return events.payment_fields(answer.payment)
    body = events.as_json(answer.event)
    if answer.repeated:
        body.pop("accessToken", None)
    return body
