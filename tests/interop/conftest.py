"""Each test that takes `sdk` runs once per official SDK."""

from __future__ import annotations

import pytest
from interop_sdks import HERE, SDKS, Sdk, java_home


@pytest.fixture(params=SDKS, ids=lambda sdk: sdk.name)
def sdk(request: pytest.FixtureRequest) -> Sdk:
    asked: Sdk = request.param
    if asked.is_javascript and not (HERE / "node_modules").is_dir():
        pytest.fail("the JavaScript SDKs are not installed: run `make test`, or `npm ci --omit=peer` in tests/interop")
    if asked.needs_java and java_home() is None:
        pytest.skip("Java is not installed; `make test` as root installs it")
    return asked
