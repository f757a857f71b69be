"""Write the language-neutral vectors: `python -m tests.vectors.generate`. A test fails when a file here is stale.

A chain's file `<namespace>.json` is what tests/chains/test_conformance.py asks that chain; all bytes are hex:

  network, options     how to open the chain for the questions: nobody listens at the addresses in it
  valid[]              raw → transfer: id, payer, legs, memo, validFrom, validUntil, raw (the form that is sent)
  refused[]            raw → code
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from relay.chain import SIGNED, SignedTransfer, Transfer
from relay.chains.eip155 import authorization, transaction
from relay.chains.eip155.spec import Spec
from relay.chains.hedera.transfer import decode
from relay.money import Asset
from tests.chains import evm, evm_corpus, signing
from tests.chains.corpus import corpus
from tests.chains.signing import DEVNET, ECDSA_PAYER, FEES, PAYER, SHOP, body, modern, pair, transfer_of

HERE = Path(__file__).parent
NOBODY = "127.0.0.1:9"  # the discard service, which nobody runs


def hedera() -> dict[str, object]:
    """Transfers in every envelope, and the part of the corpus that fits on a screen or two."""
    plain = body().SerializeToString()
    ecdsa = body(payer=ECDSA_PAYER).SerializeToString()
    token = body(transfer_of({}, {PAYER: -50_000_000, SHOP: 50_000_000}, decimals=6)).SerializeToString()
    both = body(transfer_of({PAYER: -3, SHOP: 3}, {PAYER: -50, FEES: 50})).SerializeToString()
    two_payers = body(transfer_of({PAYER: -500, 1003: -500, SHOP: 1000})).SerializeToString()
    valid = {
        "ed25519": modern(plain),
        "ECDSA secp256k1": modern(ecdsa, [pair(ecdsa, ECDSA_PAYER)]),
        "a short key prefix": modern(plain, [pair(plain, prefix=6)]),
        "two payers": modern(two_payers, [pair(two_payers), pair(two_payers, 1003)]),
        "a token": modern(token),
        "HBAR and a token": modern(both),
        "no memo": modern(body(memo="").SerializeToString()),
        "a memo of 100 bytes": modern(body(memo="ℏ" * 33 + ".").SerializeToString()),
        "all nine digits of nanoseconds": modern(body(nanos=987_654_321).SerializeToString()),
        "the largest amount": modern(body(transfer_of({PAYER: -(2**63 - 1), SHOP: 2**63 - 1})).SerializeToString()),
        "bodyBytes and sigMap": signing.body_bytes(plain),
        "body and sigMap": signing.legacy_map(plain),
        "body and sigs, as the 2019 extension": signing.legacy_sigs(plain),
        "a list of one": signing.listed([modern(plain)]),
        "a list for three nodes": signing.listed(modern(body(node=node).SerializeToString()) for node in (3, 4, 5)),
    }
    assets = [{"asset": "0.0.5001", "symbol": "DUSD", "decimals": 6}]
    return {
        "network": str(DEVNET),
        "options": {"nodes": {NOBODY: "0.0.3"}, "assets": assets},
        "valid": [{"name": name, "raw": raw.hex(), "transfer": _shown(raw)} for name, raw in valid.items()],
        "refused": [
            {"name": bad.name, "raw": bad.raw.hex(), "code": next(iter(bad.codes))}
            for bad in corpus()
            if len(bad.codes) == 1 and len(bad.raw) < 1000
        ],
    }


def eip155() -> dict[str, object]:
    """Transactions of every envelope a wallet may use, and what it may sign instead of one."""
    options = evm.OPTIONS | {"contract_wallets": False}  # so that every signature is decided by bytes alone
    spec = evm.spec(contract_wallets=False)
    largest, body = 2**256 - 1, evm.authorization()
    valid = {
        "the native coin, EIP-1559": evm.signed(evm.transaction()),
        "the native coin, EIP-2930": evm.signed(evm.transaction(type=1)),
        "the native coin, legacy with a chain id": evm.signed(evm.transaction(type=0)),
        "the largest value": evm.signed(evm.transaction(value=largest)),
        "a nonce of 64 bits": evm.signed(evm.transaction(nonce=2**64 - 2)),
        "no fee": evm.signed(evm.transaction(maxFeePerGas=0, maxPriorityFeePerGas=0)),
        "an access list": evm.signed(evm_corpus.made(2, access=[[b"\2" * 20, [b"\1" * 32] * 2]])),
        "transfer of an ERC-20": evm.signed(evm.token_transfer()),
        "transfer of an ERC-20, legacy": evm.signed(evm.token_transfer(type=0)),
        "transferFrom by the owner": evm.signed(
            evm.token_transfer(data=evm.call("23b872dd", evm.PAYER.address, evm.SHOP, largest))
        ),
        "EIP-3009": evm.exact(body),
        "EIP-3009 of another token": evm.exact(evm.authorization(token=evm.EURC)),
        "EIP-3009 with its asset": evm.exact(body | {"asset": evm.USDC.lower()}),
        "EIP-3009 in x402's envelope": evm.exact({"x402Version": 2, "payload": body, "accepted": {"asset": evm.USDC}}),
        "EIP-3009 without an end": evm.exact(evm.authorization(validAfter="0", validBefore=str(largest))),
        "EIP-3009 with v of 0 or 1": evm.exact(body | {"signature": evm.other_v(body["signature"])}),
        "EIP-3009, compact (ERC-2098)": evm.exact(body | {"signature": evm.compact(body["signature"])}),
        "Permit2": evm.exact(evm.permit()),
        "Permit2 of a token with EIP-3009": evm.exact(evm.permit(token=evm.USDC)),
        "Permit2 with the largest numbers": evm.exact(evm.permit(nonce=str(largest), deadline=str(largest))),
    }
    return {
        "network": str(evm.CHAIN),
        "options": options,
        "valid": [
            {"name": name, **_presented(given), "transfer": shown(_decode_evm(given, spec))}
            for name, given in valid.items()
        ],
        "refused": [
            {"name": bad.name, **_presented(bad.signed), "code": bad.code}
            for bad in evm_corpus.corpus()
            if len(bad.signed.raw) < 1000
        ],
    }


def _presented(signed: SignedTransfer) -> dict[str, str]:
    return {"scheme": signed.scheme, "raw": signed.raw.hex()}


def _decode_evm(signed: SignedTransfer, spec: Spec) -> Transfer:
    return (transaction if signed.scheme == SIGNED else authorization).decode(signed, spec)


MAKERS: dict[str, Callable[[], dict[str, object]]] = {"hedera": hedera, "eip155": eip155}


def text_of(name: str) -> str:
    """What `<name>.json` should hold."""
    return json.dumps(MAKERS[name](), indent=1, ensure_ascii=False) + "\n"


def _shown(raw: bytes) -> dict[str, object]:
    return shown(decode(SignedTransfer(DEVNET, SIGNED, raw), {Asset("0.0.5001"): 6}))


def shown(transfer: Transfer) -> dict[str, object]:
    """A transfer as the vectors write it."""
    return {
        "id": transfer.id,
        "payer": transfer.payer,
        "legs": [{"account": leg.account, "asset": leg.asset, "amount": str(leg.amount)} for leg in transfer.legs],
        "memo": transfer.memo,
        "validFrom": transfer.valid_from.isoformat(),
        "validUntil": transfer.valid_until.isoformat(),
        "raw": transfer.signed.raw.hex(),
    }


if __name__ == "__main__":
    for name in MAKERS:
        (HERE / f"{name}.json").write_text(text_of(name))
