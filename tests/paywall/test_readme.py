"""README's section on selling is true: its commands and its Python run as they stand, over the demo."""

from __future__ import annotations

import ast
import asyncio
import json
import re
import shlex
from pathlib import Path
from typing import Any

from aiohttp import web
from fastapi import FastAPI

from relay.devchain.accounts import payers
from relay.devchain.ports import free_port
from tests.browser.processes import Demo
from tests.paywall.sites import asgi
from tests.paywall.till import get, serving
from tests.test_readme import ENVIRONMENT, README, run

SECTION = README.split("## Sell an API or a page")[1].split("\n## ")[0]
[SHELL] = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
LIST, AIOHTTP, ASGI, BUY = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)


async def article(request: web.Request) -> web.Response:
    return web.Response(text="What the sea keeps")


async def does(code: str, known: dict[str, Any]) -> None:
    """Run a block, `await` and all."""
    compiled = compile(code, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    done = eval(compiled, known)
    if done is not None:
        await done


async def test_the_section_does_what_it_says(demo: Demo, tmp_path: Path) -> None:
    told = json.loads((demo.data / "demo.json").read_text())
    site = web.Application()
    site.router.add_get("/{path:.*}", article)
    port = free_port()
    async with serving(site) as upstream:
        start, pay = SHELL.strip().splitlines()
        start = start.replace("http://127.0.0.1:8000", upstream) + f" --relay {demo.url} --port {port}"
        wall = await asyncio.create_subprocess_exec(
            *shlex.split(start), env={**ENVIRONMENT, "RELAY_API_KEY": told["apiKey"]}, stdout=asyncio.subprocess.PIPE
        )
        assert wall.stdout is not None
        assert (await asyncio.wait_for(wall.stdout.readline(), 120)).startswith(b"paywall ready ")
        code, _, err = await run(pay.replace("8402", str(port)), tmp_path)
        assert code == 0, err
        assert (tmp_path / "sea.html").read_text() == "What the sea keeps"
        assert (await get(f"http://127.0.0.1:{port}/api/health")).status == 200
        assert (await get(f"http://127.0.0.1:{port}/api/x")).status == 402
        wall.terminate()
        assert await asyncio.wait_for(wall.wait(), 60) == 0


async def test_its_python_sells_and_buys(demo: Demo, tmp_path: Path, capsys: Any) -> None:
    told = json.loads((demo.data / "demo.json").read_text())
    first, *_ = payers()
    wallet = tmp_path / "wallet.json"
    wallet.write_text(json.dumps({"account": first.address, "key": first.key.hex()}))
    known: dict[str, Any] = {"key": told["apiKey"]}
    made = LIST.replace("https://pay.example.com", demo.url).replace(", free=3", "")

    known["app"] = web.Application()
    known["app"].router.add_get("/articles/{name}", article)
    await does(made + AIOHTTP, known)
    async with serving(known["app"]) as url:
        await buys(url, wallet)

    known["app"] = FastAPI()
    known["app"].get("/articles/{name}")(lambda name: f"What the {name} keeps")
    await does(made + ASGI, known)
    async with asgi(known["app"]) as url:
        await buys(url, wallet)
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == ["200", "200"]


async def buys(url: str, wallet: Path) -> None:
    code = BUY.replace("https://blog.example.com", url).replace("wallet.json", str(wallet))
    known: dict[str, Any] = {}
    await does(code, known)
    assert "What the sea keeps" in known["answer"].text
    assert known["answer"].paid.shown == "0.05 USDC"
