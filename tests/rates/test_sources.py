"""Sources of rates over real HTTP: what they say, and every way in which they may say nothing that can be used."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
import pytest_asyncio

from relay.devnet import open_devnet
from relay.errors import InvalidRequest, Misconfigured, RateUnavailable, RelayError, Unreachable
from relay.money import Asset, ChainId, Currency
from relay.rate import Pair
from relay.rates import book, coingecko, fetch, fixed, hedera, ticker
from relay.rates.book import Rates
from relay.rates.options import RateOptions
from tests.servers.receiver import Receiver, receiver

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
USD = Currency("USD")
HBAR = Pair("HBAR", USD)
DEVNET, COIN = ChainId.parse("hedera:devnet"), Asset("0.0.0")


def clock() -> datetime:
    return NOW


@pytest_asyncio.fixture
async def web() -> AsyncIterator[Receiver]:
    """A server that answers as it is told."""
    async with receiver() as here:
        here.headers = {"Content-Type": "application/json"}
        yield here


def gecko(web: Receiver, **more: str) -> coingecko.CoinGecko:
    return coingecko.CoinGecko(coingecko.Options(url=web.url + "/v3", ids={"HBAR": "hedera-hashgraph"}, **more), clock)


def exchange(web: Receiver) -> ticker.Ticker:
    options = ticker.Options(
        name="exchange",
        url=web.url + "/ticker?of={symbol}",
        symbols={"HBAR/USD": "HBAR USD"},
        price=("data", 0, "last"),
        time=("data", 0, "ts"),
        symbol=("data", 0, "symbol"),
    )
    return ticker.Ticker(options, clock)


def trade(**changes: object) -> bytes:
    one = {"symbol": "HBAR USD", "last": "0.0712", "ts": int(NOW.timestamp() * 1000)} | changes
    return json.dumps({"data": [one]}).encode()


def network(current: int, following: int, cents: int = 12) -> bytes:
    """The mirror's answer: ends in seconds from now."""
    rate = {"cent_equivalent": cents, "hbar_equivalent": 1}
    at = int(NOW.timestamp())
    return json.dumps(
        {
            "current_rate": rate | {"expiration_time": at + current},
            "next_rate": rate | {"expiration_time": at + following, "cent_equivalent": cents + 1},
            "timestamp": "1.0",
        }
    ).encode()


async def test_the_networks_own_rate_is_read_from_a_mirror() -> None:
    async with open_devnet() as node:
        source = hedera.Hedera(hedera.Options(mirror=node.mirror), lambda: datetime.now(UTC))
        rate = await source.rate(HBAR)
        assert await source.rate(Pair("HBAR", Currency("EUR"))) is None
    assert rate is not None
    assert rate.value == Decimal("0.12")


@pytest.mark.parametrize(
    ("current", "following", "value"), [(1, 3601, "0.12"), (0, 3600, "0.13"), (-3600, 0, None)], ids=str
)
async def test_the_networks_rate_holds_until_its_end_then_the_next_one(
    web: Receiver, current: int, following: int, value: str | None
) -> None:
    web.body = network(current, following)
    source = hedera.Hedera(hedera.Options(mirror=web.url), clock)
    if value is None:
        with pytest.raises(Unreachable, match="out of force"):
            await source.rate(HBAR)
        return
    rate = await source.rate(HBAR)
    assert rate is not None
    assert (rate.value, rate.at) == (Decimal(value), NOW)


async def test_a_coin_is_asked_for_by_its_id_with_the_key_in_a_header(web: Receiver) -> None:
    web.body = b'{"hedera-hashgraph": {"usd": 0.1, "last_updated_at": %d}}' % (NOW.timestamp() - 40)
    rate = await gecko(web, key="s3cret").rate(HBAR)

    assert rate is not None
    assert (rate.value, rate.at) == (Decimal("0.1"), NOW - timedelta(seconds=40))  # not 0.1000000000000000055
    [call] = web.calls
    assert call.path == "/v3/simple/price?ids=hedera-hashgraph&vs_currencies=usd&include_last_updated_at=true"
    assert call.headers["x-cg-demo-api-key"] == "s3cret"
    assert await gecko(web).rate(Pair("WBTC", USD)) is None


async def test_an_exchanges_answer_is_read_where_the_operator_says_it_stands(web: Receiver) -> None:
    web.body = trade()
    rate = await exchange(web).rate(HBAR)
    assert rate is not None
    assert (rate.value, rate.at) == (Decimal("0.0712"), NOW)
    assert web.calls[0].path == "/ticker?of=HBAR%20USD"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'{"data": []}',
        b'{"data": [{"last": NaN}]}',
        trade(symbol="WBTC USD"),
        trade(last=None),
        trade(last=True),
        trade(last="0.07 USD"),
        trade(last="9" * 61),
        trade(ts="yesterday"),
        trade(ts=10**30),
        b"[" * 10_000,
        b" " * (fetch.MAX_BYTES + 1),
    ],
    ids=lambda body: repr(body[:50]),
)
async def test_an_answer_that_is_not_what_it_should_be_is_none(web: Receiver, body: bytes) -> None:
    web.body = body
    with pytest.raises(Unreachable):
        await exchange(web).rate(HBAR)


@pytest.mark.parametrize("body", [b"{}", b'{"hedera-hashgraph": {"usd": 0.07}}', b'{"other": {"usd": 1}}', b"7"])
async def test_a_coin_that_is_not_in_the_answer_or_has_no_time_has_no_rate(web: Receiver, body: bytes) -> None:
    web.body = body
    with pytest.raises(Unreachable):
        await gecko(web).rate(HBAR)


@pytest.mark.parametrize("status", [301, 404, 429, 500])
async def test_only_a_plain_success_is_an_answer_and_nobody_is_led_elsewhere(web: Receiver, status: int) -> None:
    web.body, web.status = trade(), status
    web.headers["Location"] = web.url + "/elsewhere"
    with pytest.raises(Unreachable, match=str(status)):
        await exchange(web).rate(HBAR)
    assert len(web.calls) == 1


async def test_a_slow_source_is_left(web: Receiver) -> None:
    web.hold = asyncio.Event()
    with pytest.raises(Unreachable, match="TimeoutError"):
        await fetch.fetch(web.url, seconds=0.2)


async def test_what_went_wrong_never_tells_the_url(web: Receiver) -> None:
    web.status = 500
    with pytest.raises(Unreachable) as refused:
        await fetch.fetch(web.url + "/v1/s3cret?key=s3cret")
    assert "s3cret" not in refused.value.message


def rates(*sources: object, at: list[datetime] | None = None, **more: object) -> Rates:
    """A book over these sources, its clock the last of `at`."""
    times = at or [NOW]
    options = msgspec.convert({"sources": list(sources), **more}, RateOptions)
    return Rates(options, lambda: times[-1])


FIXED = {"kind": "fixed", "rates": {"HBAR/USD": "0.07"}}


def told(web: Receiver, name: str = "exchange") -> dict[str, object]:
    where = {"url": f"{web.url}/{name}", "symbols": {"HBAR/USD": "HBAR USD"}, "price": ["data", 0, "last"]}
    return {"kind": "ticker", "name": name, "time": ["data", 0, "ts"], **where}


async def test_sources_that_agree_make_a_quote_with_the_evidence_of_each(web: Receiver) -> None:
    web.body = trade(last="0.071")
    quote = await rates(FIXED, told(web)).quote(DEVNET, COIN, "HBAR", USD)

    assert quote.value == Decimal("0.0705")
    assert {(rate.source, str(rate.value)) for rate in quote.evidence} == {("fixed", "0.07"), ("exchange", "0.071")}


@pytest.mark.parametrize(
    "body",
    [
        trade(last="0.7"),
        trade(last="0.007"),
    ],
    ids=["ten times", "a tenth"],
)
async def test_of_two_sources_that_differ_tenfold_neither_is_believed(web: Receiver, body: bytes) -> None:
    web.body = body
    with pytest.raises(RateUnavailable) as refused:
        await rates(FIXED, told(web)).quote(DEVNET, COIN, "HBAR", USD)
    assert (refused.value.code, refused.value.status) == ("rate_unavailable", 503)


@pytest.mark.parametrize(
    "body",
    [trade(last="0"), trade(last="NaN"), trade(last="-0.07"), trade(ts=int(NOW.timestamp()) - 301), b"?"],
    ids=["zero", "NaN", "negative", "stale", "junk"],
)
async def test_a_feed_that_lies_costs_its_own_word_and_alone_it_is_no_rate(web: Receiver, body: bytes) -> None:
    web.body = body
    assert (await rates(FIXED, told(web)).quote(DEVNET, COIN, "HBAR", USD)).value == Decimal("0.07")
    with pytest.raises(RateUnavailable):
        await rates(told(web)).quote(DEVNET, COIN, "HBAR", USD)
    with pytest.raises(RateUnavailable):
        await rates(FIXED, told(web), min_sources=2).quote(DEVNET, COIN, "HBAR", USD)


async def test_a_hundred_who_ask_at_once_are_one_request_and_the_next_ones_none(web: Receiver) -> None:
    web.body = trade()
    web.hold = asyncio.Event()
    times = [NOW]
    known = rates(told(web), at=times)
    asking = [asyncio.create_task(known.quote(DEVNET, COIN, "HBAR", USD)) for _ in range(100)]
    await web.until(lambda calls: len(calls) == 1)
    asking[0].cancel()  # whoever asked first may go: the others are answered
    web.hold.set()
    assert len(set(await asyncio.gather(*asking[1:]))) == 1

    times.append(NOW + timedelta(seconds=29))
    await known.quote(DEVNET, COIN, "HBAR", USD)
    assert len(web.calls) == 1
    times.append(NOW + timedelta(seconds=30))
    await known.quote(DEVNET, COIN, "HBAR", USD)
    assert len(web.calls) == 2


async def test_a_feed_that_is_down_is_not_asked_again_at_once(web: Receiver) -> None:
    web.status = 500
    times = [NOW]
    known = rates(told(web), at=times)
    for _ in range(3):
        with pytest.raises(RateUnavailable):
            await known.quote(DEVNET, COIN, "HBAR", USD)
    assert len(web.calls) == 1
    web.status, web.body = 200, trade()
    times.append(NOW + timedelta(seconds=book.FAILED_SECONDS))
    assert (await known.quote(DEVNET, COIN, "HBAR", USD)).value == Decimal("0.0712")


async def test_that_there_is_no_rate_is_in_the_log_once_until_there_is_one_again(
    web: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    times, body = [NOW], trade()
    known = rates(told(web), at=times)

    async def warned(status: int, seconds: int) -> int:
        web.status, web.body = status, body
        times.append(NOW + timedelta(seconds=seconds))
        with contextlib.suppress(RateUnavailable):
            await known.quote(DEVNET, COIN, "HBAR", USD)
        return [each.message for each in caplog.records].count("no rate can be believed")

    assert await warned(500, 0) == 1
    assert await warned(500, 10) == 1
    assert await warned(200, 20) == 1
    assert await warned(500, 90) == 2


async def test_leaving_ends_what_is_being_asked(web: Receiver) -> None:
    web.hold = asyncio.Event()
    known = rates(told(web))
    asking = asyncio.create_task(known.quote(DEVNET, COIN, "HBAR", USD))
    await web.until(lambda calls: len(calls) == 1)
    await known.close()
    with pytest.raises(asyncio.CancelledError):
        await asking


TOKEN = Asset("0.0.5001")


async def test_a_token_is_worth_something_only_if_the_operator_says_what_it_is() -> None:
    usdc = {"kind": "fixed", "rates": {"USDC/USD": "0.999"}}
    with pytest.raises(RateUnavailable, match=r"0\.0\.5001 on hedera:devnet"):
        await rates(usdc).quote(DEVNET, TOKEN, None, USD)
    named = await rates(usdc, assets={"hedera:devnet/0.0.5001": "USDC"}).quote(DEVNET, TOKEN, None, USD)
    assert (named.value, named.parity) == (Decimal("0.999"), False)


async def test_a_stablecoin_is_worth_its_currency_only_if_the_operator_vouches_for_it() -> None:
    assets = {"hedera:devnet/0.0.5001": "USDC"}
    with pytest.raises(RateUnavailable):
        await rates(assets=assets).quote(DEVNET, TOKEN, None, USD)
    vouched = await rates(assets=assets, parity={"USDC": "USD"}).quote(DEVNET, TOKEN, None, USD)
    assert (vouched.value, vouched.parity, vouched.evidence[0].source) == (Decimal(1), True, "parity")


async def test_a_currency_that_is_not_configured_is_the_askers_mistake() -> None:
    with pytest.raises(InvalidRequest, match="expected one of USD"):
        await rates(FIXED).quote(DEVNET, COIN, "HBAR", Currency("EUR"))


@pytest.mark.parametrize("text", ["0", "-1", "NaN", "much", "1e13", ""])
def test_a_fixed_rate_that_is_none_stops_the_start(text: str) -> None:
    with pytest.raises(Misconfigured):
        fixed.Fixed(fixed.Options(rates={"HBAR/USD": text}), clock)


def test_two_sources_of_one_name_stop_the_start() -> None:
    with pytest.raises(Misconfigured, match="name of its own"):
        rates(FIXED, FIXED)


def test_every_refusal_is_one_of_ours() -> None:
    assert issubclass(RateUnavailable, RelayError)
