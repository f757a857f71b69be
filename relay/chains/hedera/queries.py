"""The other requests of 2019: receipt, balance, account info and file contents, with their old fields.

Receipts and balances are free: the question is put anew, without whatever payment came with it, to the node it names
or to any other that is well. A paid query goes to the node its payment names, as it came, and only if that payment
pays nobody but this node: a query must not be a way to move money through the relay.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NamedTuple, Protocol, TypeVar

from google.protobuf.message import DecodeError

from relay import hapi_pb2 as pb
from relay.chains.hedera import names
from relay.chains.hedera.contract_call import call_contract
from relay.chains.hedera.copies import query_for
from relay.chains.hedera.envelope import MAX_TRANSACTION_BYTES, open_envelope
from relay.chains.hedera.link import BALANCE, CALL_SECONDS, CONNECT_SECONDS, FILE, INFO, Link, NoAnswer
from relay.chains.hedera.nodes import Nodes
from relay.chains.hedera.receipts import ask_node
from relay.chains.hedera.signatures import check_signatures
from relay.chains.hedera.submit import UNREACHABLE
from relay.chains.hedera.transfer import open_signed, read_transfer
from relay.chains.hedera.wire import read
from relay.errors import InvalidRequest, InvalidTransfer, TooLarge
from relay.money import Account, TxId

RECEIPT_POLLS = 10  # after the first look, as the original meant to: 10 polls, 3 s apart, while UNKNOWN
MAX_QUERY_BYTES = 2 * MAX_TRANSACTION_BYTES  # a payment and a question
MAX_PAYMENT_TINYBARS = 100_000_000  # 1 hbar; the dearest query costs a few cents

Request = bytes | Mapping[str, object]
Reply = dict[str, object]
T = TypeVar("T")

_AGAIN = frozenset({pb.BUSY, pb.PLATFORM_NOT_ACTIVE})
_NO_RECEIPT: Reply = {"receiptStatus": 0, "receiptAccountID": None, "receiptFileID": None, "receiptContractID": None}


class Pace(NamedTuple):
    """How patient queries are, in seconds."""

    call: float = CALL_SECONDS  # for one answer of one node
    receipt: float = 30.0  # for all looks at one receipt
    polls: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8, 1.5, 3.0)  # between them, the last repeated; consensus takes 3 to 5


class _Header(Protocol):
    @property
    def header(self) -> pb.QueryHeader: ...


class Queries:
    """Answers client events. `sent_to` says which node was handed a transfer, for those still remembered."""

    def __init__(self, nodes: Nodes, contracts: frozenset[str], sent_to: Mapping[TxId, Account], pace: Pace) -> None:
        self._nodes = nodes
        self._pace = pace
        self._sent_to = sent_to
        self._answers: dict[str, Callable[[Request], Awaitable[Reply]]] = {
            "TRANSACTIONGETRECEIPT": self._receipt,
            "CRYPTOGETACCOUNTBALANCE": self._balance,
            "CRYPTOGETINFO": self._info,
            "FILEGETCONTENTS": self._file,
            "CONTRACTCALL": lambda request: call_contract(request, nodes, contracts, pace.call),
        }

    async def answer(self, event: str, request: Request) -> Reply:
        """Answer one request, within half a minute. Junk raises `InvalidRequest`, a node that is down does not."""
        answer = self._answers.get(event)
        if answer is None:
            raise InvalidRequest(f"{event[:50]!r} is not a request Hedera nodes answer")
        if isinstance(request, bytes) and len(request) > MAX_QUERY_BYTES:
            raise TooLarge(f"{len(request)} bytes; a request has at most {MAX_QUERY_BYTES}")
        try:
            return await answer(request)
        except InvalidTransfer as error:
            raise InvalidRequest(error.message) from None

    # --- free ---

    async def _receipt(self, request: Request) -> Reply:
        if isinstance(request, bytes):
            asked = _query(request, "transactionGetReceipt").transactionGetReceipt
            id, node = asked.transactionID, _paid_node(asked)
        else:
            id, node = names.transaction_id(request.get("transactionId")), None
        payer = names.account_of(id.accountID, "the payer")
        names.instant(id.transactionValidStart.seconds, id.transactionValidStart.nanos)
        links = self._askable(node, self._sent_to.get(names.tx_id_of(id, payer)))
        found: pb.TransactionGetReceiptResponse | None = None
        query = query_for(id)
        try:
            async with asyncio.timeout(self._pace.receipt):
                for poll in range(RECEIPT_POLLS + 1):
                    found = await _first_answer(links, lambda link: ask_node(link, query))
                    if found is None or not _undecided(found):
                        break
                    await asyncio.sleep(self._pace.polls[min(poll, len(self._pace.polls) - 1)])
        except TimeoutError:
            pass  # what was found last is the answer
        if found is None:
            return {"nodePrecheckcode": None, **_NO_RECEIPT, "receiptStatus": None, "error": UNREACHABLE}
        reply: Reply = {"nodePrecheckcode": int(found.header.nodeTransactionPrecheckCode), **_NO_RECEIPT}
        if found.HasField("receipt"):
            receipt = found.receipt
            reply["receiptStatus"] = int(receipt.status)
            reply["receiptAccountID"] = _dotted(receipt.accountID, receipt.accountID.accountNum)
            reply["receiptFileID"] = _dotted(receipt.fileID, receipt.fileID.fileNum)
            reply["receiptContractID"] = _dotted(receipt.contractID, receipt.contractID.contractNum)
        return reply | {"error": None}

    async def _balance(self, request: Request) -> Reply:
        node: Account | None = None
        question = pb.CryptoGetAccountBalanceQuery(header=pb.QueryHeader())
        if isinstance(request, bytes):
            asked = _query(request, "cryptogetAccountBalance").cryptogetAccountBalance
            node = _paid_node(asked)
            match asked.WhichOneof("balanceSource"):
                case "accountID":
                    question.accountID.CopyFrom(asked.accountID)
                case "contractID":
                    question.contractID.CopyFrom(asked.contractID)
                case _:
                    raise InvalidRequest("the balance query names no account")
        else:
            question.accountID.CopyFrom(names.account_id(request.get("accountId")))
        query = pb.Query(cryptogetAccountBalance=question).SerializeToString()

        async def ask(link: Link) -> pb.CryptoGetAccountBalanceResponse:
            return (await _ask(link, BALANCE, query)).cryptogetAccountBalance

        found = await _first_answer(self._askable(node), ask)
        if found is None:
            return {"nodePrecheckcode": None, **_amount(None), "accountID": None, "error": UNREACHABLE}
        code = found.header.nodeTransactionPrecheckCode
        return {
            "nodePrecheckcode": int(code),
            **_amount(found.balance if code == pb.OK else None),
            "accountID": _dotted(found.accountID, found.accountID.accountNum),
            "error": None,
        }

    # --- paid ---

    async def _info(self, request: Request) -> Reply:
        query = _query(request, "cryptoGetInfo")
        answer = await self._ask_paid(query.cryptoGetInfo, query, INFO)
        if answer is None:
            return {"nodePrecheckcode": None, "accountID": None, **_amount(None), "error": UNREACHABLE}
        found = answer.cryptoGetInfo.accountInfo
        given = answer.cryptoGetInfo.HasField("accountInfo")
        return {
            "nodePrecheckcode": int(answer.cryptoGetInfo.header.nodeTransactionPrecheckCode),
            "cost": answer.cryptoGetInfo.header.cost,
            "accountID": _dotted(found.accountID, found.accountID.accountNum),
            **_amount(found.balance if given else None),
            "memo": found.memo,
            "deleted": found.deleted,
            "receiverSigRequired": found.receiverSigRequired,
            "key": found.key.SerializeToString().hex() if found.HasField("key") else None,
            "error": None,
        }

    async def _file(self, request: Request) -> Reply:
        query = _query(request, "fileGetContents")
        answer = await self._ask_paid(query.fileGetContents, query, FILE)
        if answer is None:
            return {"nodePrecheckcode": None, "fileContents": None, "fileID": None, "error": UNREACHABLE}
        found = answer.fileGetContents.fileContents
        return {
            "nodePrecheckcode": int(answer.fileGetContents.header.nodeTransactionPrecheckCode),
            "cost": answer.fileGetContents.header.cost,
            "fileContents": base64.b64encode(found.contents).decode(),
            "fileID": _dotted(found.fileID, found.fileID.fileNum),
            "error": None,
        }

    async def _ask_paid(self, asked: _Header, query: pb.Query, method: str) -> pb.Response | None:
        """Put the query to the node its payment names, else to one that is well; None when it is down."""
        header = asked.header
        node = _paid_node(asked)
        if header.HasField("payment"):
            if header.responseType in (pb.COST_ANSWER, pb.COST_ANSWER_STATE_PROOF):
                header.ClearField("payment")  # the price is free to ask for
            else:
                node = _check_payment(header.payment)
        links = self._askable(node)
        if node is not None and header.HasField("payment"):
            links = [link for link in links if link.account == node]
            if not links:
                raise InvalidRequest(f"node {node} is not in the address book")
        raw = query.SerializeToString()
        return await _first_answer(links, lambda link: _ask(link, method, raw))

    def _askable(self, *named: Account | None) -> list[Link]:
        """Nodes to ask: the named ones, then one other that is well."""
        links = [link for account in named if account is not None and (link := self._nodes.get(account)) is not None]
        others = [link for link in self._nodes.preferred() if link not in links]
        return links + others[: 1 if links else 2]


async def _first_answer(links: Iterable[Link], ask: Callable[[Link], Awaitable[T]]) -> T | None:
    for link in links:
        if await link.reachable(CONNECT_SECONDS):
            try:
                return await ask(link)
            except NoAnswer:
                continue
    return None


async def _ask(link: Link, method: str, raw: bytes) -> pb.Response:
    try:
        return pb.Response.FromString(await link.call(method, raw, CALL_SECONDS))
    except DecodeError:
        raise NoAnswer(f"what node {link.account} answered cannot be read") from None


def _query(request: Request, wanted: str) -> pb.Query:
    """The query of the kind the event is about, read strictly; raises `InvalidRequest`."""
    if not isinstance(request, bytes):
        raise InvalidRequest("this request takes a binary Query")
    query = read(pb.Query, request)
    if query.WhichOneof("query") != wanted:
        raise InvalidRequest(f"expected a {wanted} query, got {query.WhichOneof('query') or 'none'}")
    return query


def _paid_node(asked: _Header) -> Account | None:
    """The node a query's payment names: the rule of 2019, when even free queries carried one."""
    payment = asked.header.payment
    try:
        if payment.HasField("body"):
            return names.account_of(payment.body.nodeAccountID, "the node")
        signed = payment.bodyBytes or pb.SignedTransaction.FromString(payment.signedTransactionBytes).bodyBytes
        return names.account_of(pb.TransactionBody.FromString(signed).nodeAccountID, "the node")
    except (DecodeError, InvalidTransfer):
        return None


def _check_payment(payment: pb.Transaction) -> Account:
    """The node that is paid; raises `InvalidRequest` or `InvalidTransfer` if it is not the only one, or by too much."""
    [signed, *more] = open_envelope(payment.SerializeToString())
    if more:
        raise InvalidRequest("a query has one payment")
    envelope, body = open_signed(signed)
    node = names.account_of(body.nodeAccountID, "the node")
    for leg in read_transfer(body):
        if leg.asset != names.HBAR or (leg.amount > 0 and leg.account != node):
            raise InvalidRequest(f"a query's payment may pay its node {node} in HBAR and nobody else")
        if leg.amount > MAX_PAYMENT_TINYBARS:
            raise InvalidRequest(f"a query's payment is at most {MAX_PAYMENT_TINYBARS} tinybars")
    check_signatures(envelope.bodyBytes, envelope.sigMap)
    return node


def _undecided(found: pb.TransactionGetReceiptResponse) -> bool:
    code = found.header.nodeTransactionPrecheckCode
    return code in _AGAIN or (code == pb.OK and found.HasField("receipt") and found.receipt.status == pb.UNKNOWN)


def _amount(tinybars: int | None) -> Reply:
    """As a number, as in 2019, and as a string, which readers do not round beyond 2^53."""
    return {"balance": tinybars, "balanceTinybars": None if tinybars is None else str(tinybars)}


def _dotted(id: names.Entity, num: int) -> str:
    return f"{id.shardNum}.{id.realmNum}.{num}"
