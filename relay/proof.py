"""Who holds an account: a challenge is written, signed by a wallet, read back, and good once."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.abilities import Attests, Describes
from relay.chain import Chain
from relay.challenge import Challenge, Challenges, Purpose
from relay.errors import InvalidRequest, Unauthorized, UnsupportedNetwork
from relay.money import ChainId
from relay.store.nonces import Nonces

MAX_SIGNATURE_BYTES = 4096  # a contract wallet's may be long


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge as its asker gets it."""

    message: str
    expires: datetime


class Proofs:
    def __init__(
        self, *, chains: Mapping[ChainId, Chain], challenges: Challenges, nonces: Nonces, clock: Callable[[], datetime]
    ) -> None:
        self._chains = chains
        self._challenges = challenges
        self._nonces = nonces
        self._clock = clock

    def ask(self, purpose: Purpose, network: str, account: str, resources: Sequence[str]) -> Asked:
        """A text for the holder of this account to sign."""
        chain = self._chain(ChainId.parse(network))
        if not isinstance(chain, Describes) or not isinstance(chain, Attests):
            raise UnsupportedNetwork(f"on {chain.id} this relay cannot tell who signed a message")
        known = chain.account(account)
        return Asked(*self._challenges.text(purpose, chain.id, known, resources, self._clock()))

    async def prove(self, purpose: Purpose, message: str, signature: str) -> Challenge:
        """What the holder of the challenge's account signed, this once.

        Raises `Unauthorized` for a text that is not ours, not for this, over, signed by another, or used before;
        `Unreachable` when the account's key cannot be looked up.
        """
        challenge = self._challenges.read(message, purpose, self._clock())
        chain = self._chain(challenge.chain)
        if not isinstance(chain, Attests):
            raise UnsupportedNetwork(f"on {chain.id} this relay cannot tell who signed a message")
        if not await chain.attests(challenge.account, message, read_signature(signature)):
            raise Unauthorized(f"the signature is not that of {challenge.account} on {challenge.chain}")
        if not await self._nonces.use(challenge.nonce, secrets.token_hex(8), challenge.expires):
            raise Unauthorized("this challenge was used before; ask for a new one")
        return challenge

    def _chain(self, id: ChainId) -> Chain:
        found = self._chains.get(id)
        if found is None:
            raise UnsupportedNetwork(f"{id} is not one of this relay's networks: {', '.join(map(str, self._chains))}")
        return found


def read_signature(text: str) -> bytes:
    """A signature as wallets write it: hex with or without 0x, or base64."""
    if len(text) > 2 * MAX_SIGNATURE_BYTES + 2:
        raise InvalidRequest(f"signature: at most {MAX_SIGNATURE_BYTES} bytes")
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        try:
            padded = text + "=" * (-len(text) % 4)
            return base64.b64decode(padded.translate({ord("-"): "+", ord("_"): "/"}), validate=True)
        except (ValueError, binascii.Error):
            raise InvalidRequest("signature: expected hex or base64") from None
