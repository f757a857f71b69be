"""The system files a client may ask for: two address books, a fee schedule (only its expiry) and the exchange rate."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Protocol

from relay import hapi_pb2 as pb
from relay.devnet.accounts import NANOS
from relay.devnet.genesis import CENT_EQUIV, HBAR_EQUIV


class Listed(Protocol):
    """What an address book says of a node."""

    @property
    def number(self) -> int: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


def read_file(number: int, nodes: Sequence[Listed], now_ns: int) -> bytes | None:
    """The contents of file 0.0.`number`; None where there is no such file."""
    match number:
        case 101 | 102:  # address book, node details
            return address_book(nodes).SerializeToString()
        case 111:  # fee schedule
            schedule = pb.FeeSchedule(expiryTime=pb.TimestampSeconds(seconds=_hour_end(now_ns)))
            return pb.CurrentAndNextFeeSchedule(
                currentFeeSchedule=schedule, nextFeeSchedule=schedule
            ).SerializeToString()
        case 112:  # exchange rates
            return exchange_rates(now_ns).SerializeToString()
        case _:
            return None


def address_book(nodes: Sequence[Listed]) -> pb.NodeAddressBook:
    """Every node with its one endpoint; node ids count from 0 as account numbers do from 3."""
    return pb.NodeAddressBook(
        nodeAddress=[
            pb.NodeAddress(
                nodeId=node.number - 3,
                nodeAccountId=pb.AccountID(accountNum=node.number),
                description="development node",
                serviceEndpoint=[_endpoint(node)],
            )
            for node in nodes
        ]
    )


def _endpoint(node: Listed) -> pb.ServiceEndpoint:
    try:
        return pb.ServiceEndpoint(ipAddressV4=ipaddress.IPv4Address(node.host).packed, port=node.port)
    except ValueError:
        return pb.ServiceEndpoint(domain_name=node.host, port=node.port)


def exchange_rates(now_ns: int) -> pb.ExchangeRateSet:
    """One rate, always; it is renewed at the full hour as on a real network."""
    until = _hour_end(now_ns)
    now, later = (
        pb.ExchangeRate(hbarEquiv=HBAR_EQUIV, centEquiv=CENT_EQUIV, expirationTime=pb.TimestampSeconds(seconds=seconds))
        for seconds in (until, until + 3600)
    )
    return pb.ExchangeRateSet(currentRate=now, nextRate=later)


def _hour_end(now_ns: int) -> int:
    return (now_ns // NANOS // 3600 + 1) * 3600
