"""The package of the wallet extension: self-contained, with the client's own modules, asking for little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.extension import build
from tests.browser.processes import ROOT


def test_the_package_holds_what_it_needs_and_the_clients_own_modules(tmp_path: Path) -> None:
    names = build.build(tmp_path / "package")
    modules = [name for name in names if name.startswith("client/") and name.endswith(".js")]
    assert "client/hedera.js" in modules and "client/vendor/socket.io.esm.min.js" in modules
    for name in modules:
        ours = ROOT / "plugins" / "js" / name.removeprefix("client/")
        assert (tmp_path / "package" / name).read_bytes() == ours.read_bytes()
    assert not any((tmp_path / "package" / name).is_symlink() for name in names)
    manifest = json.loads((tmp_path / "package" / "manifest.json").read_text())
    assert manifest["permissions"] == ["storage", "alarms", "idle"]
    assert "host_permissions" not in manifest and "web_accessible_resources" not in manifest
    assert "script-src 'self';" in manifest["content_security_policy"]["extension_pages"]
    build.build(tmp_path / "firefox", firefox=True)
    firefox = json.loads((tmp_path / "firefox" / "manifest.json").read_text())
    assert firefox["background"] == {"scripts": ["worker.js"], "type": "module"}


def test_a_folder_that_is_no_package_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "manifest.json").write_text("{}")  # somebody's, not ours
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    for folder in (tmp_path, tmp_path / "mine", tmp_path / "mine" / "manifest.json", tmp_path / "link"):
        with pytest.raises(SystemExit, match="name another folder"):
            build.build(folder)
    assert (tmp_path / "mine" / "manifest.json").read_text() == "{}"
    (tmp_path / "empty").mkdir()
    assert build.build(tmp_path / "empty") == build.build(tmp_path / "empty")
