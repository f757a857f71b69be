"""Where nodes come from: the configuration, else the mirror node, else the lists below.

The lists are facts of the public networks as hiero-sdk-python 0.3.0 ships them (client/network.py); they only have to
be good enough to start without a mirror, for the copies in them carry no certificate hashes and may be out of date.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from relay.chains.hedera import names
from relay.chains.hedera.channel import Endpoint
from relay.errors import InvalidRequest, Misconfigured
from relay.money import Account

MIRRORS = {
    "mainnet": "https://mainnet-public.mirrornode.hedera.com",
    "testnet": "https://testnet.mirrornode.hedera.com",
    "previewnet": "https://previewnet.mirrornode.hedera.com",
}
_TLS_PORT = "50212"
_MAINNET = {
    "35.237.200.180": 3,
    "35.186.191.247": 4,
    "35.192.2.25": 5,
    "35.199.161.108": 6,
    "35.203.82.240": 7,
    "35.236.5.219": 8,
    "35.197.192.225": 9,
    "35.242.233.154": 10,
    "35.240.118.96": 11,
    "35.204.86.32": 12,
    "35.234.132.107": 13,
    "35.236.2.27": 14,
}
BUILT_IN: dict[str, dict[Account, tuple[Endpoint, ...]]] = {
    "mainnet": {Account(f"0.0.{num}"): (Endpoint(f"{ip}:50211"),) for ip, num in _MAINNET.items()},
    **{
        name: {Account(f"0.0.{3 + n}"): (Endpoint(f"{n}.{name}.hedera.com:50211"),) for n in range(4)}
        for name in ("testnet", "previewnet")
    },
}


def configured(
    nodes: Mapping[str, str], *, tls: bool | None, root_file: str | None
) -> dict[Account, tuple[Endpoint, ...]]:
    """The book of the `nodes` option, address to account. TLS on port 50212 unless `tls` says otherwise."""
    root = None
    if root_file is not None:
        try:
            root = Path(root_file).read_bytes()
        except OSError as error:
            raise Misconfigured(f"tls_root_file: cannot read {root_file}: {error.strerror}") from None
    book: dict[Account, tuple[Endpoint, ...]] = {}
    for address, account in nodes.items():
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise Misconfigured(f"nodes: {address!r} is not an address such as '127.0.0.1:50211'")
        try:
            names.entity(account, "a node account")
        except InvalidRequest as error:
            raise Misconfigured(f"nodes: {error.message}") from None
        secure = port == _TLS_PORT if tls is None else tls
        endpoint = Endpoint(address, secure, None, root if secure else None)
        book[Account(account)] = (*book.get(Account(account), ()), endpoint)
    return book
