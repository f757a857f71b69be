"""The reader of websocket frames: cut anywhere, it reads the same; broken anyhow, it says so and keeps nothing."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.channels.room.frames import event_frame, event_text, message_frames
from relay.channels.room.reader import BINARY, CLOSE, CONTINUED, PING, PONG, TEXT, BadFrame, FrameReader, check_close
from tests.servers.frames import frame

MOST = 1_000_000


def read(reader: FrameReader, data: bytes, at_once: int) -> list[tuple[int, bytes]]:
    return [one for start in range(0, len(data), at_once) for one in reader.read(data[start : start + at_once])]


messages = st.lists(
    st.tuples(st.sampled_from([TEXT, BINARY]), st.lists(st.binary(max_size=300), min_size=1, max_size=4)), max_size=5
)


@given(messages=messages, at_once=st.sampled_from([1, 2, 3, 7, 100, 10_000]), chance=st.randoms(use_true_random=False))
def test_messages_are_read_whole_however_they_are_cut(
    messages: list[tuple[int, list[bytes]]], at_once: int, chance: random.Random
) -> None:
    said, meant = b"", []
    for kind, parts in messages:
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            said += frame(kind if number == 0 else CONTINUED, part, last=last)
            if last:
                meant.append((kind, b"".join(parts)))
            if chance.random() < 0.3:  # control frames may come between the fragments
                control = chance.choice([PING, PONG, CLOSE])
                said += frame(control, b"now")
                meant.append((control, b"now"))
    assert read(FrameReader(MOST), said, at_once) == meant


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 999_999])
def test_every_way_to_write_a_length_is_read(size: int) -> None:
    payload = bytes(size)
    assert read(FrameReader(MOST), frame(BINARY, payload), 60_000) == [(BINARY, payload)]


BROKEN = {
    "unmasked": (frame(TEXT, b"4", masked=False), 1002),
    "reserved bit 1, as of compressed": (frame(TEXT, b"4", reserved=4), 1002),
    "reserved bit 2": (frame(TEXT, b"4", reserved=2), 1002),
    "reserved bit 3": (frame(PING, b"", reserved=1), 1002),
    "an unknown kind": (frame(3, b""), 1002),
    "an unknown control": (frame(11, b""), 1002),
    "a long ping": (frame(PING, b"x" * 126), 1002),
    "a ping in fragments": (frame(PING, b"", last=False), 1002),
    "the rest of nothing": (frame(CONTINUED, b"4"), 1002),
    "a message amid another": (frame(TEXT, b"4", last=False) + frame(TEXT, b"4"), 1002),
    "fragments amid others": (frame(TEXT, b"4", last=False) + frame(BINARY, b"4", last=False), 1002),
    "too large": (frame(BINARY, b"")[:1] + b"\xff" + struct.pack("!Q", MOST), 1009),
    "too large by 2^63": (frame(BINARY, b"")[:1] + b"\xff" + struct.pack("!Q", 1 << 63), 1009),
    "too large together": (frame(TEXT, b"x" * 600_000, last=False) + frame(CONTINUED, b"x" * 600_000), 1009),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_the_protocol_is_told_by_its_code_after_what_came_before(name: str) -> None:
    said, code = BROKEN[name]
    for at_once in (1 << 20, 50_000 if len(said) > 1000 else 1):
        reader, heard = FrameReader(MOST), list[tuple[int, bytes]]()
        everything = frame(TEXT, b"before") + said + bytes(6)
        with pytest.raises(BadFrame) as broken:
            for start in range(0, len(everything), at_once):
                for one in reader.read(everything[start : start + at_once]):
                    heard.append(one)  # those before it raises
        assert broken.value.code == code
        assert heard == [(TEXT, b"before")]


def test_bytes_that_trickle_in_are_not_copied_again_for_each() -> None:
    reader, said = FrameReader(MOST), frame(BINARY, bytes(500_000))
    assert read(reader, said, 1) == [(BINARY, bytes(500_000))]  # quadratic: minutes


@pytest.mark.parametrize(
    ("payload", "code"),
    [(b"", None), (b"\x03\xe8", None), (b"\x0f\xa0bye", None), (b"\x03", 1002), (b"\x03\xed", 1002),
     (b"\x00\x00", 1002), (b"\x13\x88", 1002), (b"\x03\xe8\xff", 1007)],
)  # fmt: skip
def test_a_close_frame_holds_nothing_or_a_code_and_a_reason(payload: bytes, code: int | None) -> None:
    try:
        check_close(payload)
    except BadFrame as broken:
        assert broken.code == code
    else:
        assert code is None


@pytest.mark.parametrize("size", [0, 96, 97, 500, 70_000])
def test_the_frame_of_an_event_is_the_one_any_packet_gets(size: int) -> None:
    body = b'{"memo":"' + "\u00e9".encode() * size + b'"}'
    assert event_frame("CRYPTOTRANSFER_RESPONSE", body) == message_frames([event_text("CRYPTOTRANSFER_RESPONSE", body)])
