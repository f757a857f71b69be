"""The price list: which request costs what, however its path is spelled."""

from __future__ import annotations

import pytest

from relay.errors import Misconfigured
from relay.paywall import PriceList, Rule
from relay.paywall.prices import read_price


def price(prices: PriceList, method: str, path: str) -> str | None:
    found = prices.find(method, path)
    return None if found is None else found.price


def test_the_first_rule_that_fits_decides_and_what_fits_none_is_free() -> None:
    prices = PriceList.of(["/api/health=free", "POST /api/*=$0.05", "/api/*=$0.01", "/report=0.5 USDC"])

    assert price(prices, "GET", "/api/health") is None
    assert price(prices, "POST", "/api/chat") == "0.05 USD"
    assert price(prices, "GET", "/api/chat") == "0.01 USD"
    assert price(prices, "GET", "/report") == "0.5 USDC"
    assert price(prices, "GET", "/") is None


def test_a_price_without_a_path_is_for_everything() -> None:
    assert price(PriceList.of(["0.01"]), "DELETE", "/any/where") == "0.01 USD"


@pytest.mark.parametrize("path", [
    "/paid/x", "/paid/x/", "//paid//x", "/paid/./x", "/free/../paid/x", "/PAID/x", "/p%61id/x", "/paid;a=b/x",
    "/paid\\x", "/paid/x%2Fy", "/paid/%2e%2e/paid/x", "/paid/a/../../free", "/paid", "/paid/",
])  # fmt: skip
def test_no_spelling_of_a_priced_path_is_free(path: str) -> None:
    assert price(PriceList.of(["/paid/*=$1"]), "GET", path) == "1 USD"


@pytest.mark.parametrize(("pattern", "path", "fits"), [
    ("/users/:id", "/users/7", True), ("/users/:id", "/users/7/x", False), ("/users/[id]/x", "/users/7/x", True),
    ("/a.b", "/aXb", False), ("/files/*.pdf", "/files/a/b.pdf", True), ("/files/*.pdf", "/files/a.txt", False),
    ("/", "/", True), ("/", "/x", False),
])  # fmt: skip
def test_patterns_fit_what_they_say(pattern: str, path: str, fits: bool) -> None:
    assert (price(PriceList.of([f"{pattern}=$1"]), "GET", path) is not None) is fits


def test_a_head_costs_what_a_get_costs_and_unknown_methods_cost_what_any_does() -> None:
    prices = PriceList.of(["GET /x=$1"])

    assert price(prices, "HEAD", "/x") == "1 USD"
    assert price(prices, "PROPFIND", "/x") == "1 USD"
    assert price(prices, "POST", "/x") is None


@pytest.mark.parametrize(("text", "read"), [("$0.01", "0.01 USD"), ("5 hbar", "5 HBAR"), ("0.25USDC", "0.25 USDC")])
def test_prices_have_one_spelling(text: str, read: str) -> None:
    assert read_price(text) == read


@pytest.mark.parametrize("text", ["", "0", "$0.00", "-1", "1e3", "$1 HBAR", "free money", "1 2"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="price"):
        read_price(text)


@pytest.mark.parametrize(
    "rule",
    [{"path": "x"}, {"methods": frozenset({"FETCH"})}, {"free": -1}, {"free_seconds": 0}, {"content": ""}],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule: dict[str, object]) -> None:
    with pytest.raises(Misconfigured, match="price list"):
        Rule(**{"path": "/x", "price": "$1", **rule})  # type: ignore[arg-type]
