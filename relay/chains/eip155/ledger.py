"""An EVM chain as the relay sees it: `Chain` and its abilities, each handed to the file that has it."""

from __future__ import annotations

import re
from collections.abc import Collection

from relay.abilities import Ask, AssetKind, Node, Stretch
from relay.chain import EXACT, SIGNED, Sight, SignedTransfer, Submission, Transfer
from relay.chains.eip155 import authorization, transaction
from relay.chains.eip155.address import ZERO, address, checksummed
from relay.chains.eip155.attest import attests
from relay.chains.eip155.receipts import Receipts
from relay.chains.eip155.rows import Rows
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.rules import compare
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.submit import Submitter
from relay.chains.eip155.tokens import NATIVE, Token
from relay.chains.eip155.verify import Verifier
from relay.chains.eip155.watch import Watcher
from relay.errors import InvalidRequest, InvalidTransfer, UnsupportedNetwork
from relay.money import Account, ChainId, TxId

_HASH = re.compile(r"0x[0-9a-fA-F]{64}(?:#[0-9]{1,9})?")
_NONCE = re.compile(
    r"(?P<payer>0x[0-9a-fA-F]{40})[+ ](?P<nonce>0x[0-9a-fA-F]{64})@(?P<contract>0x\w{40})"
)  # a URL's + is a blank


class Eip155:
    """One chain; made by `open_chain`."""

    def __init__(
        self,
        spec: Spec,
        rpc: Rpc,
        verifier: Verifier,
        submitter: Submitter,
        receipts: Receipts,
        watcher: Watcher,
        rows: Rows,
    ) -> None:
        self._spec = spec
        self._rpc = rpc
        self._verifier = verifier
        self._submitter = submitter
        self._receipts = receipts
        self._watcher = watcher
        self._rows = rows
        coin = AssetKind(NATIVE, spec.network.coin, 18, step=spec.network.coin_step)
        self._assets = (coin, *(_kind(each, spec) for each in spec.tokens.values()))

    @property
    def id(self) -> ChainId:
        return self._spec.id

    def decode(self, signed: SignedTransfer) -> Transfer:
        if signed.chain != self.id:
            raise UnsupportedNetwork(f"this is {self.id}, not {signed.chain}")
        if signed.scheme == SIGNED:
            return transaction.decode(signed, self._spec)
        if signed.scheme != EXACT:
            known = f"{SIGNED!r} and {EXACT!r}"
            raise _unsupported(f"scheme {signed.scheme[:50]!r} is not taken on {self.id}, only {known}")
        if not self._spec.options.sponsors:
            raise _unsupported(
                f"scheme {EXACT!r}: this relay has no key that pays the gas on {self.id}; send {SIGNED!r}"
            )
        return authorization.decode(signed, self._spec)

    @property
    def verified(self) -> frozenset[str]:
        return frozenset({SIGNED, EXACT})

    def compare(self, signed: SignedTransfer, ask: Ask) -> None:
        compare(signed, ask, self._spec)

    async def verify(self, transfer: Transfer, merchant: str) -> None:
        await self._verifier.verify(transfer, merchant)

    async def submit(self, signed: SignedTransfer) -> Submission:
        return await self._submitter.submit(signed)

    async def receipt(self, signed: SignedTransfer) -> Sight:
        return await self._receipts.receipt(signed)

    async def carrier(self, signed: SignedTransfer) -> str:
        return await self._receipts.carrier(signed)

    async def changed(self, signed: SignedTransfer) -> None:
        await self._receipts.changed(signed)

    async def attests(self, account: Account, text: str, signature: bytes) -> bool:
        wallets = self._spec.options.contract_wallets
        return await attests(self._rpc, account, text, signature, contract_wallets=wallets)

    async def watch(self, accounts: Collection[Account], cursor: str | None) -> Stretch:
        return await self._watcher.watch(accounts, cursor)

    def sponsors(self) -> tuple[Account, ...]:
        return tuple(row.key.account for row in self._rows.all)

    def nodes(self) -> tuple[Node, ...]:
        return self._rpc.nodes()

    def assets(self) -> tuple[AssetKind, ...]:
        return self._assets

    @property
    def payees(self) -> int:
        return 1  # a transaction and an authorization have one `to`

    def finality(self) -> str:
        return self._receipts.finality()

    async def check(self) -> str:
        nodes = await self._rpc.check()
        if not self._spec.options.sponsors:
            return nodes
        await self._rows.look()
        return f"{nodes}; {self._rows.words()}"

    def account(self, text: str) -> Account:
        """An address with its checksum (EIP-55); raises `InvalidRequest`, also for where money would be lost."""
        raw = address(text)
        if raw == ZERO or raw in self._spec.tokens:
            raise InvalidRequest(f"{text} is {'the zero address' if raw == ZERO else 'a token'}; nobody is paid there")
        return checksummed(raw)

    def transaction(self, text: str) -> TxId:
        """A hash in lower case (with `#event` if watched), or `payer+nonce@contract`; raises `InvalidRequest`."""
        if _HASH.fullmatch(text) is not None:
            return TxId(text.lower())
        found = _NONCE.fullmatch(text)
        if found is None:
            raise InvalidRequest(f"{text[:200]!r} is neither a transaction hash nor payer+nonce@contract")
        payer, contract = address(found["payer"]), address(found["contract"], "a contract")
        return TxId(f"{checksummed(payer)}+{found['nonce'].lower()}@{checksummed(contract)}")


def _unsupported(message: str) -> InvalidTransfer:
    return InvalidTransfer(message, code="unsupported_transaction")


def _kind(token: Token, spec: Spec) -> AssetKind:
    if not spec.options.sponsors or not (token.eip3009 or spec.network.permit2):
        return AssetKind(token.asset, token.symbol, token.decimals)
    domain = (token.name or "", token.version or "") if token.eip3009 else None
    method = "eip3009" if token.eip3009 else "permit2"
    return AssetKind(token.asset, token.symbol, token.decimals, (EXACT, SIGNED), domain, method=method)
