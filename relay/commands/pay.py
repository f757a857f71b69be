"""`relay pay`: a terminal wallet. Shows what it will sign, signs, pays over Socket.IO, waits for the ledger."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
import socketio

from relay.commands.buy import buy
from relay.commands.keeping import keep_token, require_place
from relay.commands.payers import ANSWER_SECONDS, PLAY_MONEY, choose, show
from relay.commands.words import why
from relay.errors import InvalidRequest, Misused, RelayError, Unreachable

_LINK = re.compile(r'<([^>]+)>\s*;\s*rel="?payment"?')
OVER = {"settled", "rejected", "failed", "expired"}


async def pay(
    url: str,
    *,
    network: str | None,
    wallet: Path | None,
    rpc: str | None,
    with_sdk: bool,
    token_file: Path | None,
    ask: bool,
    most: str | None = None,
    output: Path | None = None,
) -> int:
    """Pay what `url` asks for; 0 once it is settled, 1 with the reason when it is not.

    `most` and `output` are for what is sold by x402: how much it may cost, and where it is put.
    """
    if not url.startswith(("http://", "https://")):
        raise Misused(f"{url}: expected the address of an invoice or a page, such as http://127.0.0.1:8099/demo/")
    require_place("--output", output)
    require_place("--token-file", token_file)
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        try:
            invoice = await _invoice(http, url)
            if invoice is None:
                return await buy(
                    url, network=network, wallet=wallet, token_file=token_file, ask=ask, most=most, output=output
                )
            if most is not None:
                raise Misused("--max is for what is sold by x402; this is an invoice, which is shown before it is paid")
            if output is not None:
                raise Misused("--output is for what is sold by x402; of an invoice the token is kept, see --token-file")
            relay = "{0.scheme}://{0.netloc}".format(urlsplit(invoice["url"]))
            networks = (await _json(http, "GET", f"{relay}/v1/networks"))["data"]
        except aiohttp.InvalidURL:
            raise Misused(f"{url}: expected the address of an invoice or a page") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"{url} does not answer: {why(error)}") from None
    if invoice["status"] != "created":
        raise InvalidRequest(f"invoice {invoice['id']} is {invoice['status']}: there is nothing to pay")
    wish, chain, payer = choose(invoice, networks, only=network, wallet=wallet, rpc=rpc, with_sdk=with_sdk)
    show(wish, chain, payer)
    if ask and not await _agreed(wish["network"]):
        print("not signed, not paid")
        return 1
    request = {"network": wish["network"], "invoice": invoice["id"], **await payer.sign(wish, chain)}
    end = await _send(relay, request, invoice.get("secret"))
    if end["status"] != "settled":
        print(f"{end['status']}: {end['error']} ({end['reason']})", file=sys.stderr)
        return 1
    if end.get("accessToken") is not None:
        keep_token(end["accessToken"], end["contentId"], end["invoice"], token_file)
    return 0


async def _invoice(http: aiohttp.ClientSession, url: str) -> dict[str, Any] | None:
    """What an invoice's link, or a page that points to one by `Link: rel=payment`, asks for; None where x402 does."""
    async with http.get(url, headers={"Accept": "application/json, text/html;q=0.5"}) as response:
        if response.status == 402:
            return None
        if response.status >= 400:
            raise InvalidRequest(f"{url} answered {response.status}{await _reason(response)}")
        if response.content_type == "application/json":
            body = await response.json()
            if isinstance(body, dict) and "requirements" in body:
                return body
        link = _LINK.search(", ".join(response.headers.getall("Link", [])))
        if link is None:
            raise InvalidRequest(f"{url} is neither an invoice nor a page that names one (Link: rel=payment)")
        return await _json(http, "POST", urljoin(str(response.url), link[1]))


async def _reason(response: aiohttp.ClientResponse) -> str:
    """What a refusal of a relay's says for people; nothing of a page's."""
    if response.content_type != "application/problem+json":
        return ""
    body = await response.json(content_type=None)
    return f": {body['detail']}" if isinstance(body, dict) and "detail" in body else ""


async def _json(http: aiohttp.ClientSession, method: str, url: str) -> dict[str, Any]:
    async with http.request(method, url, headers={"Accept": "application/json"}) as response:
        body: dict[str, Any] = await response.json(content_type=None)
        if response.status >= 400:
            raise RelayError(str(body.get("detail", f"{url} answered {response.status}")))
        return body


async def _agreed(network: str) -> bool:
    if not sys.stdin.isatty():
        if network in PLAY_MONEY:
            return True
        raise InvalidRequest("nobody is there to approve; --yes signs without asking")
    answer = await asyncio.to_thread(input, "sign and pay? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


async def _send(relay: str, request: dict[str, Any], secret: str | None) -> dict[str, Any]:
    """Emit until the relay answers, and wait for the end. The same bytes again are the same payment.

    With the invoice's `secret` its news, and the token in it, is heard through a lost connection too.
    """
    ends: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    sio = socketio.AsyncClient(reconnection_delay=0.2, reconnection_delay_max=2.0)
    connected = asyncio.Event()
    sio.on("connect", lambda: connected.set())
    sio.on("CRYPTOTRANSFER_RESPONSE", ends.put)
    try:
        await sio.connect(relay, transports=["websocket"], retry=False, wait_timeout=ANSWER_SECONDS)
    except socketio.exceptions.ConnectionError as error:
        raise Unreachable(f"{relay} does not take connections: {error}") from None
    shown = ""
    try:
        while True:
            try:
                if secret is not None:
                    wish = {"invoice": request["invoice"], "secret": secret, "after": 0}
                    await sio.call("SUBSCRIBE", wish, timeout=ANSWER_SECONDS)
                answer = await sio.call("CRYPTOTRANSFER", request, timeout=ANSWER_SECONDS)
                while True:
                    if answer["status"] != shown:
                        shown = answer["status"]
                        print(f"{shown:<10}{answer.get('transactionId') or ''}")
                    if shown in OVER and (shown != "settled" or "accessToken" in answer or ends.empty()):
                        return dict(answer)
                    answer = await asyncio.wait_for(ends.get(), ANSWER_SECONDS)
            except (TimeoutError, socketio.exceptions.SocketIOError):
                connected.clear()
                if not sio.connected:
                    await asyncio.wait_for(connected.wait(), 180)
    except TimeoutError:
        raise Unreachable("the relay went away; the same payment may still settle, look before paying again") from None
    finally:
        await sio.disconnect()
