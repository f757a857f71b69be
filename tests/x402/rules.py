"""Every rule of x402's `exact` on EVM that bytes decide, each broken alone: what is asked, what a facilitator says."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.chains import evm
from tests.chains.evm import AFTER, EURC, PAYER, PLAIN, SHOP, STRANGER, USDC

Json = dict[str, Any]
NOW = AFTER + 100  # the time of every case
AMOUNT = "1500000"
EVM = "invalid_exact_evm_"


@dataclass(frozen=True)
class Case:
    """`reason` is x402's, None where nothing is wrong with it that bytes could tell."""

    name: str
    call: Json
    reason: str | None = None


def terms(token: str = USDC, **changed: Any) -> Json:
    """PaymentRequirements of version 2."""
    extra: Json = {"name": "USD Coin" if token == USDC else "EURC", "version": "2"}
    if token == PLAIN:
        extra = {"assetTransferMethod": "permit2"}
    return {
        "scheme": "exact",
        "network": str(evm.CHAIN),
        "asset": token,
        "amount": AMOUNT,
        "payTo": SHOP,
        "maxTimeoutSeconds": 600,
        "extra": extra,
    } | changed


def call(payload: Any, asked: Json | None = None, **paid: Any) -> Json:
    """The body of /verify and /settle; `paid` changes the PaymentPayload."""
    asked = terms() if asked is None else asked
    paid = {"x402Version": 2, "payload": payload, "accepted": copy.deepcopy(asked)} | paid
    return {"x402Version": 2, "paymentPayload": paid, "paymentRequirements": asked}


def old(payload: Any, network: str = "base-sepolia") -> Json:
    """The same in version 1."""
    asked = {
        "scheme": "exact",
        "network": network,
        "maxAmountRequired": AMOUNT,
        "resource": "https://shop.example/page",
        "description": "",
        "mimeType": "",
        "payTo": SHOP,
        "maxTimeoutSeconds": 600,
        "asset": USDC,
        "extra": {"name": "USD Coin", "version": "2"},
    }
    paid = {"x402Version": 1, "scheme": "exact", "network": network, "payload": payload}
    return {"x402Version": 1, "paymentPayload": paid, "paymentRequirements": asked}


def good() -> Iterator[Case]:
    body = evm.authorization()
    yield Case("EIP-3009", call(body))
    yield Case("EIP-3009, v of 0 or 1", call(body | {"signature": evm.other_v(body["signature"])}))
    yield Case("EIP-3009, compact (ERC-2098)", call(body | {"signature": evm.compact(body["signature"])}))
    yield Case("EIP-3009 of another token", call(evm.authorization(token=EURC), terms(EURC)))
    yield Case("accounts in lower case", call(body, terms(USDC.lower(), payTo=SHOP.lower(), extra=terms()["extra"])))
    yield Case("members nobody knows", call(body, terms(other={"a": 1}), later=True))
    yield Case("the last second but six", call(evm.authorization(validBefore=str(NOW + 6))))
    yield Case("Permit2", call(evm.permit(), terms(PLAIN)))
    yield Case("Permit2 of a token with EIP-3009", call(evm.permit(token=USDC)))
    yield Case("version 1 with a CAIP-2 network", old(body, str(evm.CHAIN)))


def bad() -> Iterator[Case]:
    yield from _envelopes()
    yield from _authorizations()
    yield from _signatures()
    yield from _permits()


def _envelopes() -> Iterator[Case]:
    body, requirements = evm.authorization(), "invalid_payment_requirements"
    yield Case("a version nobody has", call(body, x402Version=3), "invalid_x402_version")
    yield Case("two versions", call(body) | {"x402Version": 1}, "invalid_x402_version")
    yield Case("no payload", call("0x"), "invalid_payload")
    yield Case("an empty payload", call({}), "invalid_payload")
    yield Case("nothing accepted", call(body, accepted=None), "invalid_payload")
    yield Case("no amount", call(body, {**terms(), "amount": None}, accepted=terms()), requirements)
    for amount in ("0", "-1", "1.5", "01500000", "0x16e360", str(2**256)):
        yield Case(f"an amount of {amount[:12]}", call(body, terms(amount=amount)), requirements)
    yield Case("no time to pay", call(body, terms(maxTimeoutSeconds=0), accepted=terms()), requirements)
    yield Case("payTo is no account", call(body, terms(payTo="0.0.2001")), requirements)
    yield Case("payTo with a wrong checksum", call(body, terms(payTo=SHOP[:-1] + "9")), requirements)
    yield Case("another scheme", call(body, terms(scheme="upto")), "unsupported_scheme")
    yield Case("another scheme accepted", call(body, accepted=terms(scheme="upto")), "unsupported_scheme")
    yield Case("another network accepted", call(body, accepted=terms(network="eip155:1")), "network_mismatch")
    yield Case("a network that is not run", call(body, terms(network="eip155:1")), "invalid_network")
    yield Case("a network that is none", call(body, terms(network="everywhere")), "invalid_network")
    yield Case("version 1, a network that is not run", old(body), "invalid_network")
    other = "accepted_payment_requirements_mismatch"
    yield Case("other terms accepted: the time", call(body, accepted=terms(maxTimeoutSeconds=60)), other)
    yield Case("other terms accepted: the amount", call(body, accepted=terms(amount="1")), other)
    yield Case("other terms accepted: the payee", call(body, accepted=terms(payTo=STRANGER.address)), other)


def _authorizations() -> Iterator[Case]:
    body = evm.authorization()
    yield Case("a token that is not taken", call(body, terms(STRANGER.address)), "invalid_asset")
    yield Case("EIP-3009 of a token without it", call(body, terms(PLAIN)), EVM + "eip3009_not_supported")
    for missing in ("name", "version"):
        extra = {key: value for key, value in terms()["extra"].items() if key != missing}
        yield Case(f"no {missing} of the domain", call(body, terms(extra=extra)), "missing_eip712_domain")
    yield Case("no extra", call(body, terms(extra=None)), "missing_eip712_domain")
    name = terms(extra={"name": "USDC", "version": "2"})
    yield Case("another name of the domain", call(body, name), EVM + "token_name_mismatch")
    version = terms(extra={"name": "USD Coin", "version": "1"})
    yield Case("another version of the domain", call(body, version), EVM + "token_version_mismatch")
    recipient, value = EVM + "payload_recipient_mismatch", EVM + "payload_authorization_value_mismatch"
    yield Case("paid to another", call(evm.authorization(to=STRANGER.address)), recipient)
    yield Case("the payee changed after signing", call(_changed(body, to=STRANGER.address)), recipient)
    yield Case("a unit less", call(evm.authorization(value="1499999")), value)
    yield Case("a unit more", call(evm.authorization(value="1500001")), value)
    over, not_yet = EVM + "payload_authorization_valid_before", EVM + "payload_authorization_valid_after"
    yield Case("five seconds left", call(evm.authorization(validBefore=str(NOW + 5))), over)
    yield Case("over", call(evm.authorization(validBefore=str(NOW - 1))), over)
    yield Case("not valid yet", call(evm.authorization(validAfter=str(NOW + 1))), not_yet)
    for member, text in (
        ("nonce", "0x" + "11" * 31),
        ("nonce", "0x" + "11" * 33),
        ("nonce", "11" * 32),
        ("value", "-1"),
        ("value", "1e6"),
        ("value", str(2**256)),
        ("validBefore", "soon"),
        ("from", "0x1234"),
    ):
        name = f"{member} is {text[:8]}, {len(text)} long"
        yield Case(name, call(_changed(body, **{member: text})), "invalid_payload")
    yield Case("a member more", call(_changed(body, tip="1")), "invalid_payload")
    yield Case("both kinds at once", call(body | evm.permit()), "invalid_payload")
    yield Case("a value that is a number", call(_changed(body, value=1500000)), "invalid_payload")


def _signatures() -> Iterator[Case]:
    body, signature = evm.authorization(), EVM + "payload_signature"
    made = bytes.fromhex(body["signature"][2:])
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = order - int.from_bytes(made[32:64], "big")
    yield Case("another's key", call(_changed(evm.authorization(STRANGER), **{"from": PAYER.address})), signature)
    yield Case("the nonce changed after signing", call(_changed(body, nonce="0x" + "22" * 32)), signature)
    yield Case("signed for another chain", call(evm.authorization(chain=1)), signature)
    yield Case("signed for another token", call(evm.authorization(token=EURC)), signature)
    spellings = {
        "s in the upper half": made[:32] + high.to_bytes(32, "big") + bytes([55 - made[64]]),
        "v of the other parity": made[:64] + bytes([55 - made[64]]),
        "v of 29": made[:64] + b"\x1d",
        "r of zero": bytes(32) + made[32:],
        "64 zeros": bytes(65),
        "a byte more": made + b"\x00",
    }
    for name, spelled in spellings.items():
        yield Case(name, call(body | {"signature": "0x" + spelled.hex()}), signature)
    yield Case("no signature", call(body | {"signature": "0x"}), signature)
    yield Case("a signature that is no hex", call(body | {"signature": "0xzz"}), signature)


def _permits() -> Iterator[Case]:
    body, asked = evm.permit(), terms(PLAIN)
    yield Case("Permit2: another spender", call(evm.permit(spender=SHOP), asked), "invalid_permit2_spender")
    witness = {"to": STRANGER.address, "validAfter": str(AFTER)}
    elsewhere = evm.permit(witness=witness)
    yield Case("Permit2: paid to another", call(elsewhere, asked), "invalid_permit2_recipient_mismatch")
    late = evm.permit(deadline=str(NOW + 5))
    yield Case("Permit2: five seconds left", call(late, asked), "permit2_deadline_expired")
    early = evm.permit(witness={"to": SHOP, "validAfter": str(NOW + 1)})
    yield Case("Permit2: not valid yet", call(early, asked), "permit2_not_yet_valid")
    for amount in ("1499999", "1500001"):
        other = evm.permit(permitted={"token": PLAIN, "amount": amount})
        yield Case(f"Permit2: {amount} units", call(other, asked), "permit2_amount_mismatch")
    yield Case("Permit2: another token", call(evm.permit(token=USDC), asked), "permit2_token_mismatch")
    forged = copy.deepcopy(body)
    forged["permit2Authorization"]["nonce"] = "1"
    yield Case("Permit2: the nonce changed after signing", call(forged, asked), "invalid_permit2_signature")
    foreign = evm.permit(chain=1)
    yield Case("Permit2: signed for another chain", call(foreign, asked), "invalid_permit2_signature")
    timeless = evm.permit()
    timeless["permit2Authorization"]["deadline"] = "soon"
    yield Case("Permit2: the deadline is no time", call(timeless, asked), "invalid_payload")


def _changed(body: Json, **members: Any) -> Json:
    """The payload with members changed after it was signed."""
    return body | {"authorization": body["authorization"] | members}
