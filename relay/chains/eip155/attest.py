"""Who signed a text: EIP-191 `personal_sign` by a key, or a contract wallet that says so (EIP-1271)."""

from __future__ import annotations

from eth_hash.auto import keccak

from relay.chains.eip155.address import address
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.signature import ecdsa
from relay.errors import InvalidTransfer
from relay.money import Account

_IS_VALID = bytes.fromhex("1626ba7e")  # isValidSignature(bytes32,bytes), and what it answers when it is
_WORD = 32


async def attests(rpc: Rpc, account: Account, text: str, signature: bytes, *, contract_wallets: bool) -> bool:
    """Whether the account's key, or the account's own code, stands behind the text. Raises `Unreachable`."""
    message = text.encode()
    digest = keccak(b"\x19Ethereum Signed Message:\n%d%b" % (len(message), message))
    try:
        if ecdsa(digest, signature, address(account)) is not None:
            return True
    except InvalidTransfer:  # another spelling of a right signature; a wallet writes the usual one
        return False
    if not contract_wallets:
        return False
    call = {"to": account, "data": "0x" + _call(digest, signature).hex()}
    [answer] = await rpc.batch([("eth_call", [call, "latest"])])
    expected = "0x" + (_IS_VALID + bytes(_WORD - len(_IS_VALID))).hex()
    return isinstance(answer, str) and answer.lower() == expected


def _call(digest: bytes, signature: bytes) -> bytes:
    padded = signature + bytes(-len(signature) % _WORD)
    return _IS_VALID + digest + (2 * _WORD).to_bytes(_WORD, "big") + len(signature).to_bytes(_WORD, "big") + padded
