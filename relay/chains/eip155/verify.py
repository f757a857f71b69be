"""The checks of a transfer that need the chain, before it is written down or sent; one batch of questions for each.

For an authorization the rules are those of x402's `exact`, cheap to dear: its window, who pays the gas, whether it is
unused, the balance, whose signature it is, and a simulation. Who decides on the signature is the code at the payer's
address and not the signature's shape: an account without code signs with its key; one with code (a contract, or a key
that delegated to one by EIP-7702) is asked (EIP-1271), as the token itself will ask it.

For a payer's own transaction: that nobody has sent it yet, that it is next in his row, that he can pay, a simulation.
What is public already was not made through us: it is credited to the account it pays (watch.py), and whoever brings its
bytes proves nothing by that.
"""

from __future__ import annotations

from collections.abc import Sequence

from relay.chain import EXACT, Transfer
from relay.chains.eip155 import authorization, calls, transaction
from relay.chains.eip155.address import checksummed
from relay.chains.eip155.authorization import Authorization
from relay.chains.eip155.calls import VALID, Call
from relay.chains.eip155.carriage import carriage, unwrapped
from relay.chains.eip155.endpoint import Fault
from relay.chains.eip155.faults import refusal
from relay.chains.eip155.fees import Fees
from relay.chains.eip155.policy import EVERYBODY, policies_of
from relay.chains.eip155.reasons import Reason, meaning
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.rules import require_time
from relay.chains.eip155.signature import invalid
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.sponsor import Sponsor
from relay.chains.eip155.transaction import Transaction
from relay.errors import TransferMismatch, Unreachable

_UNLIMITED = 30_000_000  # gas for a question nobody pays for; a block's worth

Question = tuple[str, Sequence[object]]


class Verifier:
    def __init__(self, spec: Spec, rpc: Rpc, fees: Fees, sponsor: Sponsor) -> None:
        self._spec = spec
        self._rpc = rpc
        self._fees = fees
        self._sponsor = sponsor
        self._policies = policies_of(spec.options.merchants)
        self._contracts: set[bytes] = set()  # tokens whose code was seen

    async def verify(self, transfer: Transfer, merchant: str) -> None:
        if transfer.signed.scheme == EXACT:
            found = authorization.read(transfer.signed.raw, self._spec)
            with meaning(permit2=found.method == "permit2"):
                await self._authorized(found, merchant)
        else:
            await self._signed(transaction.read(transfer.signed.raw, self._spec))

    # --- exact ---

    async def _authorized(self, found: Authorization, merchant: str, *, again: bool = False) -> None:
        policy = self._policies.get(merchant, EVERYBODY)
        policy.require(found)
        require_time(found.after, found.before, self._spec, permit2=found.method == "permit2")
        key = await self._sponsor.ready(checksummed(found.payer), merchant, policy.budget_gwei_per_hour)
        token, payer = found.token.address, found.payer
        direct = self._simulation(calls.carry_out(found, contract_wallet=False), key.address) if found.proven else None
        questions: list[Question] = [
            ("eth_getCode", ("0x" + payer.hex(), "latest")),
            _asking(calls.used(found)),
            _asking(calls.balance_of(token, payer)),
        ]
        if found.method == "permit2":
            questions.append(_asking(calls.allowance_for_permit2(token, payer)))
        if token not in self._contracts:
            questions.append(("eth_getCode", ("0x" + token.hex(), "latest")))
        if direct is not None:
            questions.append(direct)
        answers = await self._rpc.join(questions)
        if token not in self._contracts:
            self._has_code(answers[-1 if direct is None else -2], token)
        if calls.is_used(found, _number(answers[1])):
            raise TransferMismatch("nonce: the authorization is used or cancelled", code="authorization_used")
        balance, promised = _number(answers[2]), self._sponsor.promises.promised(found)
        if balance - promised < found.amount <= balance and not again:
            await self._sponsor.refresh()  # what was promised may be paid by now, and the balance be older than that
            await self._authorized(found, merchant, again=True)
            return
        _enough(balance - promised, found.amount, f"{found.token.symbol} of {checksummed(payer)}")
        if found.method == "permit2" and _number(answers[3]) < found.amount:
            raise TransferMismatch(
                f"{checksummed(payer)} has not approved {found.token.symbol} to Permit2 for this amount",
                code="allowance_required",
            )
        has_code = _code(answers[0])
        call = carriage(found, self._spec, has_code=has_code)
        self._sponsor.promises.make(found)  # before anything is awaited: the next one counts it
        if has_code or direct is None:
            await self._asked_of_the_wallet(found, call, key.address, has_code=has_code)
        else:
            await self._simulated(call, key.address, direct, answers[-1])
        policy.require_gas(self._fees.limit(call))
        self._sponsor.remember(found, call)

    async def _asked_of_the_wallet(self, found: Authorization, call: Call, sponsor: bytes, *, has_code: bool) -> None:
        """The wallet's own word, where there is one; one that is deployed on the way is asked in the simulation."""
        question = self._simulation(call, sponsor)
        said, simulated = await self._rpc.batch([_asking(calls.is_valid_signature(unwrapped(found))), question])
        if has_code and said != "0x" + VALID.hex():
            raise invalid(f"the contract wallet {checksummed(found.payer)} does not stand by the signature (EIP-1271)")
        await self._simulated(call, sponsor, question, simulated)

    def _simulation(self, call: Call, sponsor: bytes) -> Question:
        """What carrying it out would do, with the gas it will have; the first time, how much that must be."""
        limit = self._fees.limit(call)
        if limit is None:
            return "eth_estimateGas", (call.json(sponsor, self._spec.options.max_gas),)
        return "eth_call", (call.json(sponsor, limit), "latest")

    async def _simulated(self, call: Call, sponsor: bytes, question: Question, answer: object) -> None:
        method = question[0]
        if isinstance(answer, Fault) and method == "eth_call":  # or it only needs more gas than others like it did
            method = "eth_estimateGas"
            [answer] = await self._rpc.batch([(method, (call.json(sponsor, self._spec.options.max_gas),))])
        if isinstance(answer, Fault):
            raise refusal(answer)
        if method == "eth_estimateGas":
            self._fees.learn(call, _number(answer))

    # --- signed ---

    async def _signed(self, sent: Transaction) -> None:
        sender, account = "0x" + sent.sender.hex(), checksummed(sent.sender)
        call = {"from": sender, "to": "0x" + sent.to.hex(), "value": hex(sent.value), "gas": hex(sent.gas)}
        known, used, next_, balance, code, simulated = await self._rpc.batch(
            [
                ("eth_getTransactionByHash", (sent.hash,)),
                ("eth_getTransactionCount", (sender, "latest")),
                ("eth_getTransactionCount", (sender, "pending")),
                ("eth_getBalance", (sender, "latest")),
                ("eth_getCode", ("0x" + sent.to.hex(), "latest")),
                ("eth_call", (call | {"data": "0x" + sent.data.hex()}, "latest")),
            ]
        )
        if known is not None:
            raise TransferMismatch(
                "the transaction is public already, so it was not made through this relay; whom it pays is credited",
                code="foreign_transaction",
            )
        if sent.nonce < _number(used):
            raise TransferMismatch(
                f"nonce: {sent.nonce} is used, the next of {account} is {_number(used)}; sign again",
                code="transaction_expired",
            )
        if sent.nonce > max(_number(used), _number(next_)):
            raise TransferMismatch(
                f"nonce: {sent.nonce} leaves a gap, the next of {account} is {_number(next_)}",
                code="invalid_transaction",
            )
        if sent.max_fee < await self._fees.base():
            raise TransferMismatch("maxFeePerGas: less than what gas costs now; sign again", code="invalid_transaction")
        _enough(_number(balance), sent.value + sent.gas * sent.max_fee, f"{self._spec.network.coin} of {account}")
        if sent.data:
            self._has_code(code, sent.to)
        if isinstance(simulated, Fault):
            raise refusal(simulated)
        if sent.data and simulated not in ("0x", "0x" + "0" * 63 + "1"):
            raise TransferMismatch("the token says that the transfer would not work", code="simulation_failed")

    def _has_code(self, answer: object, token: bytes) -> None:
        if token in self._contracts:
            return
        if not _code(answer):
            message = f"asset: there is no contract at {checksummed(token)}"
            raise TransferMismatch(message, code="wrong_asset", x402=Reason.NO_CONTRACT)
        self._contracts.add(token)


def _asking(call: Call) -> Question:
    return "eth_call", (call.json(gas=_UNLIMITED), "latest")


def _code(answer: object) -> bool:
    if isinstance(answer, Fault) or not isinstance(answer, str):
        raise Unreachable("a node does not tell the code of an account")
    return answer not in ("0x", "0x0", "")


def _number(answer: object) -> int:
    if isinstance(answer, Fault):
        raise refusal(answer)
    if answer == "0x":
        raise TransferMismatch("a contract that this needs is not on the chain", code="unsupported_transaction")
    if not isinstance(answer, str) or not answer.startswith("0x") or not 2 < len(answer) <= 66:
        raise Unreachable("a node answered something else than a number")
    try:
        return int(answer, 16)
    except ValueError:
        raise Unreachable("a node answered something else than a number") from None


def _enough(there: int, needed: int, whose: str) -> None:
    if there < needed:
        raise TransferMismatch(f"{whose}: {needed} units are needed, there are {there}", code="insufficient_funds")
