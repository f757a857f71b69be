"""What README hands a merchant works as it stands: the first call, and the check of a webhook."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import standardwebhooks

from tests.servers.relay_process import RelayProcess

README = (Path(__file__).parents[1] / "README.md").read_text()
SECRET = "whsec_UEuJS63bRKTwGpLxZl/FeJpMXT10lUp6qXMQkvh32vg="


def test_the_check_of_a_webhook_takes_what_was_signed_and_nothing_else() -> None:
    (block,) = (each for each in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "whsec_" in each)
    given: dict[str, Any] = {}
    exec(block, given)
    is_ours: Callable[[str, dict[str, str], bytes], bool] = given["is_ours"]
    now, body = datetime.now(UTC), b'{"type": "payment.settled"}'

    def headers(at: datetime, secret: str = SECRET) -> dict[str, str]:
        signature = standardwebhooks.Webhook(secret).sign("evt_1", at, body.decode())
        return {
            "webhook-id": "evt_1",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": f"v1,other v1a,other {signature}",
        }

    assert is_ours(SECRET, headers(now), body)
    assert not is_ours(SECRET, headers(now), body + b" ")
    assert not is_ours(SECRET, headers(now) | {"webhook-id": "evt_2"}, body)
    assert not is_ours(SECRET, headers(now, SECRET.replace("UEu", "AAA")), body)
    assert not is_ours(SECRET, headers(now - timedelta(minutes=6)), body)


async def test_the_first_call_makes_an_invoice_with_a_page(relay: RelayProcess, keys: dict[str, str]) -> None:
    (block,) = re.findall(r"```bash\n(curl .*?)```", README, re.DOTALL)
    program, url, *options = shlex.split(block.replace("\\\n", " "))
    sent = dict(text.split(": ", 1) for flag, text in zip(options[::2], options[1::2], strict=True) if flag == "-H")
    sent["Authorization"] = sent["Authorization"].replace("$RELAY_API_KEY", keys["shop"])
    (body,) = (text for flag, text in zip(options[::2], options[1::2], strict=True) if flag == "-d")
    url = url.replace("http://127.0.0.1:8099", relay.url)
    async with aiohttp.ClientSession() as http:
        async with http.post(url, headers=sent, data=body) as answer:
            made = await answer.json()
            assert (program, answer.status) == ("curl", 201), made
        async with http.get(made["url"], headers={"Accept": "text/html"}) as page:
            assert page.status == 200
    assert made["amount"] == json.loads(body)["amount"]
