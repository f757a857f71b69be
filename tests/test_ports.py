"""Ports to listen on later: nobody is given one that somebody else was given before."""

from __future__ import annotations

from relay.devchain.ports import free_port


def test_a_port_is_given_once() -> None:
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == len(ports)
