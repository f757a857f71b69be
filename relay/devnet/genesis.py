"""What the ledger holds before the first transaction: contract.md's accounts, keys and one token, always the same."""

from __future__ import annotations

import hashlib

import nacl.bindings
from coincurve import PrivateKey

from relay import hapi_pb2 as pb
from relay.devnet.accounts import Account

TREASURY = 2
FIRST_NODE = 3  # further nodes are 4, 5, …
FEE_COLLECTOR = 3001
SPONSOR = 4001  # of the demo's relay: pays the fees of x402's payers
DUSD = 5001
FIRST_NEW_ACCOUNT = 6001  # what `createAccount` hands out, counting up

PAYERS = range(1001, 1011)
MERCHANTS = (2001, 2002)

OPENING_TINYBARS = 10_000 * 10**8
OPENING_DUSD = 1_000_000 * 10**6
DUSD_DECIMALS = 6

# One hbar is 12 cents, as in the rate files of a fresh upstream network (hedera-node bootstrap.properties).
HBAR_EQUIV, CENT_EQUIV = 1, 12


def private_key(number: int) -> bytes:
    """The 32-byte key of account 0.0.`number`: seed for ed25519, scalar for secp256k1 (contract.md)."""
    return hashlib.sha256(f"relay devnet 0.0.{number}".encode()).digest()


def ed25519(secret: bytes) -> pb.Key:
    """The public key of a 32-byte seed."""
    return pb.Key(ed25519=nacl.bindings.crypto_sign_seed_keypair(secret)[0])


def secp256k1(secret: bytes) -> pb.Key:
    """The public key of a scalar, compressed to 33 bytes."""
    return pb.Key(ECDSA_secp256k1=PrivateKey(secret).public_key.format(compressed=True))


def key_of(number: int) -> pb.Key:
    """The public key of a genesis account.

    Odd accounts sign with ed25519, even payers with secp256k1. The contract leaves the other even accounts open
    (treasury, second merchant, second node), so either kind of signature opens those.
    """
    secret = private_key(number)
    if number % 2:
        return ed25519(secret)
    if number in PAYERS:
        return secp256k1(secret)
    either = pb.KeyList(keys=[ed25519(secret), secp256k1(secret)])
    return pb.Key(thresholdKey=pb.ThresholdKey(threshold=1, keys=either))


def opening_accounts(nodes: int) -> list[Account]:
    """Every account there is at the start; `nodes` node accounts from 0.0.3 on, which start empty."""
    rich = [TREASURY, *PAYERS, *MERCHANTS, FEE_COLLECTOR, SPONSOR]
    accounts = [
        Account(number, key_of(number).SerializeToString(), OPENING_TINYBARS, {DUSD: OPENING_DUSD}) for number in rich
    ]
    return accounts + [
        Account(number, key_of(number).SerializeToString()) for number in range(FIRST_NODE, FIRST_NODE + nodes)
    ]
