"""Network namespaces as hosts: each relay on one of its own, a link from it to each service, and links that are cut.

A cut link is a black hole: packets vanish in both directions and nobody is told, as when a switch dies.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

SERVICES = ("redis", "postgres", "nodes", "clients")  # `clients`: us, and who receives webhooks; never cut


def ip(*lines: str) -> None:
    """Run `ip` commands, as one; raises `CalledProcessError` at the first that fails."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True, capture_output=True)


class Hosts:
    """`count` hosts. Each service has one address for all of them, each host one for each of its links."""

    def __init__(self, count: int) -> None:
        self._name = f"r{secrets.token_hex(2)}"
        self._net = f"10.{secrets.choice(range(64, 250))}"
        self.names = [f"{self._name}-{host}" for host in range(count)]

    def service(self, service: str) -> str:
        """Where a service listens."""
        return f"{self._net}.255.{SERVICES.index(service) + 1}"

    def address(self, host: int) -> str:
        """Where a host listens for its clients."""
        return self._inside(host, "clients")

    def cut(self, host: int, service: str) -> None:
        """Let everything between the two vanish."""
        ip(f"link set {self._link(host, service)} down")

    def heal(self, host: int, service: str) -> None:
        """Let it through again."""
        ip(f"link set {self._link(host, service)} up")

    def build(self) -> None:
        ip(
            f"route add blackhole {self._net}.0.0/16",  # what a cut link would leave to the default route
            *(f"address add {self.service(service)}/32 dev lo" for service in SERVICES),
        )
        for host, name in enumerate(self.names):
            ip(f"netns add {name}")
            links = [self._link(host, service) for service in SERVICES]
            ip(*(f"link add {link} type veth peer name {link}i netns {name}" for link in links))
            for service, link in zip(SERVICES, links, strict=True):
                outside, inside = self._outside(host, service), self._inside(host, service)
                ip(f"address add {outside}/30 dev {link}", f"link set {link} up")
                hardware = Path(f"/sys/class/net/{link}/address").read_text().strip()
                self._in(
                    name,
                    f"address add {inside}/30 dev {link}i",
                    f"link set {link}i up",
                    f"neigh replace {outside} lladdr {hardware} dev {link}i nud permanent",
                    f"route add {self.service(service)}/32 via {outside} dev {link}i",
                )
            self._in(name, "link set lo up")

    def remove(self) -> None:
        """Take everything down that was built; safe after a build that failed."""
        lines = [f"netns delete {name}" for name in self.names]
        lines += [f"address delete {self.service(service)}/32 dev lo" for service in SERVICES]
        lines += [f"route delete blackhole {self._net}.0.0/16"]
        for line in lines:
            subprocess.run(["ip", *line.split()], check=False, capture_output=True)

    def _in(self, name: str, *lines: str) -> None:
        subprocess.run(["ip", "-n", name, "-batch", "-"], input="\n".join(lines), text=True, check=True)

    def _link(self, host: int, service: str) -> str:
        return f"{self._name}{host}{service[0]}"

    def _outside(self, host: int, service: str) -> str:
        return f"{self._net}.{host}.{4 * SERVICES.index(service) + 1}"

    def _inside(self, host: int, service: str) -> str:
        return f"{self._net}.{host}.{4 * SERVICES.index(service) + 2}"


@contextmanager
def open_hosts(count: int) -> Iterator[Hosts]:
    """Hosts until the block ends; skips the test where namespaces are not permitted."""
    require_namespaces()
    hosts = Hosts(count)
    try:
        hosts.build()
        yield hosts
    finally:
        hosts.remove()


def require_namespaces() -> None:
    name = f"probe{os.getpid()}"
    for command in (["ip", "netns", "add", name], ["ip", "netns", "delete", name]):
        if not _permitted(command):
            pytest.skip("network namespaces are not permitted here: root and iproute2 are needed")


def _permitted(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False
