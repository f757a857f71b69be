"""Header blocks: the examples of RFC 7541, what may not be said, and that any bytes end in headers or in a refusal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.chains.hedera.http2 import hpack, huffman
from relay.chains.hedera.http2.frames import Broken, Code
from relay.chains.hedera.http2.hpack import LIST_BYTES, STATIC, Decoder, literal


def table(decoder: Decoder) -> int:
    """Octets in the dynamic table, as appendix C counts them."""
    return decoder._bytes


def headers(*pairs: str) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, _, value in (pair.partition("=") for pair in pairs)]


FIRST = headers(":method=GET", ":scheme=http", ":path=/", ":authority=www.example.com")
SECOND = [*FIRST, (b"cache-control", b"no-cache")]
THIRD = headers(
    ":method=GET", ":scheme=https", ":path=/index.html", ":authority=www.example.com", "custom-key=custom-value"
)
DATE, LATER = "date=Mon, 21 Oct 2013 20:13:21 GMT", "date=Mon, 21 Oct 2013 20:13:22 GMT"
PLACE = "location=https://www.example.com"
COOKIE = "set-cookie=foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"
ANSWERS = [
    headers(":status=302", "cache-control=private", DATE, PLACE),
    headers(":status=307", "cache-control=private", DATE, PLACE),
    headers(":status=200", "cache-control=private", LATER, PLACE, "content-encoding=gzip", COOKIE),
]
EXAMPLES = {  # section of appendix C: blocks of one connection, what they say, and octets in the table after each
    "C.3": (
        [
            "828684410f7777772e6578616d706c652e636f6d",
            "828684be58086e6f2d6361636865",
            "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
        ],
        [FIRST, SECOND, THIRD],
        [57, 110, 164],
    ),
    "C.4": (
        [
            "828684418cf1e3c2e5f23a6ba0ab90f4ff",
            "828684be5886a8eb10649cbf",
            "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
        ],
        [FIRST, SECOND, THIRD],
        [57, 110, 164],
    ),
    "C.5": (
        [
            "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54"
            "6e1768747470733a2f2f7777772e6578616d706c652e636f6d",
            "4803333037c1c0bf",
            "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f"
            "3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076"
            "657273696f6e3d31",
        ],
        ANSWERS,
        [222, 222, 215],
    ),
    "C.6": (
        [
            "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
            "4883640effc1c0bf",
            "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af"
            "27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
        ],
        ANSWERS,
        [222, 222, 215],
    ),
}


@pytest.mark.parametrize("section", EXAMPLES)
def test_the_examples_of_the_rfc_are_read(section: str) -> None:
    blocks, said, sizes = EXAMPLES[section]
    decoder = Decoder()
    if section in ("C.5", "C.6"):  # the RFC's table is smaller there: its evictions are part of the example
        decoder.decode(b"\x3f\xe1\x01")

    for block, expected, size in zip(blocks, said, sizes, strict=True):
        assert decoder.decode(bytes.fromhex(block)) == expected
        assert table(decoder) == size


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key=custom-header"),  # C.2.1
        ("040c2f73616d706c652f70617468", ":path=/sample/path"),  # C.2.2
        ("100870617373776f726406736563726574", "password=secret"),  # C.2.3
        ("82", ":method=GET"),  # C.2.4
    ],
)
def test_each_kind_of_entry_is_read(block: str, expected: str) -> None:
    assert Decoder().decode(bytes.fromhex(block)) == headers(expected)


@pytest.mark.parametrize(("coded", "value"), [("0a", 10), ("1f9a0a", 1337)])  # C.1.1, C.1.2: a prefix of 5 bits
def test_numbers_are_those_of_the_rfc(coded: str, value: int) -> None:
    assert hpack._integer(bytes.fromhex(coded), 0, 0x1F) == (value, len(coded) // 2)


def test_the_static_table_is_the_rfcs() -> None:
    assert (len(STATIC), STATIC[7], STATIC[30], STATIC[60]) == (
        61,
        (b":status", b"200"),
        (b"content-type", b""),
        (b"www-authenticate", b""),
    )


@pytest.mark.parametrize(
    "block",
    [
        "80",  # entry 0
        "be",  # an entry of an empty table
        "ff8080808001",  # a number without end
        "00",  # ends where a name should begin
        "0005616263",  # a string longer than the block
        "3fe21f",  # a table of 4,097 octets
        "8220",  # a new size within a block
        "00018761" + "ff" * 7,  # a Huffman string of nothing but its end
        "0081000161",  # padded with zeros
        "008300ffff0161",  # padded with more than 7 bits
    ],
)
def test_what_hpack_does_not_allow_is_refused(block: str) -> None:
    with pytest.raises(Broken) as refused:
        Decoder().decode(bytes.fromhex(block))
    assert refused.value.code is Code.COMPRESSION_ERROR


def test_a_list_that_is_too_long_is_told_and_the_next_block_is_read_right() -> None:
    decoder = Decoder()
    decoder.decode(bytes.fromhex("400a637573746f6d2d6b65790c637573746f6d2d76616c7565"))

    assert decoder.decode(b"\xbe" * LIST_BYTES) is None  # a few bytes that would stand for many
    assert decoder.decode(b"\xbe") == headers("custom-key=custom-value")


def test_once_the_peer_agreed_to_forget_nothing_is_remembered() -> None:
    decoder = Decoder()
    decoder.decode(bytes.fromhex("400a637573746f6d2d6b65790c637573746f6d2d76616c7565"))
    assert not decoder.remembers_nothing

    decoder.forget()

    assert decoder.remembers_nothing and table(decoder) == 0
    assert decoder.decode(bytes.fromhex("20400161013001")[:6]) == headers("a=0")  # what is added does not stay
    with pytest.raises(Broken):
        decoder.decode(b"\xbe")
    with pytest.raises(Broken):
        decoder.decode(b"\x21")


def test_what_we_write_is_read_as_it_was_meant() -> None:
    block = literal(b"grpc-timeout", b"4000m") + literal(b"te", b"trailers")
    long = [literal(b"n" * size, b"v" * size) for size in (126, 127, 128, 254, 255, 1000)]

    assert Decoder().decode(block) == headers("grpc-timeout=4000m", "te=trailers")
    assert Decoder().decode(b"".join(long)) == [(b"n" * size, b"v" * size) for size in (126, 127, 128, 254, 255, 1000)]


def encoded(text: bytes) -> bytes:
    """Huffman-coded, bit by bit, from the same lengths: canonical codes count upwards."""
    codes, code, last = {}, 0, 0
    for symbol in sorted(range(257), key=lambda each: (huffman._LENGTHS[each], each)):
        code <<= huffman._LENGTHS[symbol] - last
        last = huffman._LENGTHS[symbol]
        codes[symbol] = f"{code:0{last}b}"
        code += 1
    bits = "".join(codes[byte] for byte in text)
    bits += "1" * (-len(bits) % 8)
    return int("1" + bits, 2).to_bytes(len(bits) // 8 + 1, "big")[1:]


@given(st.binary(max_size=60))
def test_every_string_comes_back_from_its_huffman_code(text: bytes) -> None:
    assert huffman.decode(encoded(text)) == text


@given(st.lists(st.binary(max_size=80), max_size=4))
def test_any_bytes_are_headers_or_a_refusal(blocks: list[bytes]) -> None:
    decoder = Decoder()
    for block in blocks:
        try:
            decoder.decode(block)
        except Broken:
            return
