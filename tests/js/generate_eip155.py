"""Write vectors/typed-data.json: typed data as eth-account hashes and signs it, for plugins/js to match.

.venv/bin/python -m tests.js.generate_eip155
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak

from tests.servers.evm import PAYERS

VECTORS = Path(__file__).parent / "vectors" / "typed-data.json"
DOMAIN_FIELDS = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}
AUTHORIZATION = {
    "from": "address",
    "to": "address",
    "value": "uint256",
    "validAfter": "uint256",
    "validBefore": "uint256",
    "nonce": "bytes32",
}
NESTED = {
    "Order": {"buyer": "Person", "note": "string", "proof": "bytes", "sum": "uint128"},
    "Person": {"name": "string", "wallet": "address"},
}


def typed_data(types: dict[str, dict[str, str]], primary: str, domain: dict[str, Any], message: Any) -> dict[str, Any]:
    domain_type = {name: kind for name, kind in DOMAIN_FIELDS.items() if name in domain}
    spelled = {
        name: [{"name": field, "type": kind} for field, kind in fields.items()]
        for name, fields in ({"EIP712Domain": domain_type} | types).items()
    }
    return {"types": spelled, "primaryType": primary, "domain": domain, "message": message}


def authorization(payer: int, value: int, nonce: str, **domain: Any) -> dict[str, Any]:
    known = {"name": "USDC", "version": "2", "chainId": 8453, "verifyingContract": PAYERS[9].address} | domain
    message = {
        "from": PAYERS[payer].address,
        "to": PAYERS[2].address,
        "value": str(value),
        "validAfter": "1700000000",
        "validBefore": "1700003600",
        "nonce": nonce,
    }
    return typed_data({"TransferWithAuthorization": AUTHORIZATION}, "TransferWithAuthorization", known, message)


CASES = [
    ("an authorization", 0, authorization(0, 50_000, "0x" + "11" * 32)),
    ("the largest amount there is", 3, authorization(3, 2**256 - 1, "0x" + "00" * 31 + "01", chainId=31337)),
    ("a name beyond ASCII", 4, authorization(4, 1, "0x" + "ff" * 32, name="Grüße ✓", chainId=1)),
    (
        "types that refer to others",
        1,
        typed_data(
            NESTED,
            "Order",
            {"name": "Shop", "chainId": 1},
            {
                "buyer": {"name": "Ada", "wallet": PAYERS[1].address},
                "note": "",
                "proof": "0xdeadbeef",
                "sum": "340282366920938463463374607431768211455",
            },
        ),
    ),
]


def text() -> str:
    made = []
    for name, payer, data in CASES:
        signable = encode_typed_data(full_message=data)
        digest = keccak(b"\x19" + signable.version + signable.header + signable.body)
        signature = PAYERS[payer].sign_message(signable).signature
        case = {"name": name, "account": PAYERS[payer].address, "typedData": data}
        made.append(case | {"digest": "0x" + digest.hex(), "signature": "0x" + signature.hex()})
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    VECTORS.write_text(text())
