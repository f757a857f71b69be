"""The package a browser takes: `python plugins/extension/build.py [--firefox] [FOLDER]`.

The wallet shares the client's modules (`client/` is a link to plugins/js). Here every module that is reached by an
import, and nothing else, is copied into one self-contained folder. What leads out of it, or to another host, fails.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGES = ("ui/popup.html", "ui/approve.html", "ui/welcome.html")
LICENSES = (
    "client/vendor/socket.io.LICENSE",
    "client/vendor/noble/secp256k1.LICENSE",
    "client/vendor/noble/hashes.LICENSE",
)
IMPORT = re.compile(
    r"""^\s*(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']""", re.MULTILINE
)
LINKED = re.compile(r"""(?:src|href)="([^"#:]+)\"""")


def build(target: Path, *, firefox: bool = False) -> list[str]:
    """Make the folder anew, unless something else is in it; returns what is in it."""
    manifest = json.loads((HERE / "manifest.json").read_text())
    names = sorted(files(manifest))
    if target.exists():
        _require_a_package(target)
        shutil.rmtree(target)
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / name, target / name)
    (target / "manifest.json").write_text(
        json.dumps(for_firefox(manifest) if firefox else for_chromium(manifest), indent=2)
    )
    return ["manifest.json", *names]


def _require_a_package(target: Path) -> None:
    """What is there is thrown away: only an empty folder, or what this made before, and never a link to one."""
    ours = target.is_dir() and not target.is_symlink()
    if not ours or (any(target.iterdir()) and not all((target / name).is_file() for name in ("manifest.json", *PAGES))):
        raise SystemExit(f"{target} holds something else than a package of the extension; name another folder")


def files(manifest: dict[str, object]) -> set[str]:
    """Everything the manifest and the wallet's pages lead to."""
    named = {path for path in re.findall(r'"([\w./-]+\.(?:js|png|html))"', json.dumps(manifest))}
    found: set[str] = set(LICENSES) | {f"icons/{path.name}" for path in (HERE / "icons").glob("*.png")}
    waiting = [*named, *PAGES]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += linked(name)
    return found


def linked(name: str) -> Iterator[str]:
    """Paths that a file leads to, inside the package; anything else is refused."""
    if not name.endswith((".js", ".html")):
        return
    text = (HERE / name).read_text()
    pattern = IMPORT if name.endswith(".js") else LINKED
    for match in pattern.finditer(text):
        path = next(group for group in match.groups() if group)
        relative = (Path("/") / Path(name).parent / path).resolve().relative_to("/")
        if "//" in path or not (HERE / relative).is_file():
            raise SystemExit(f"{name} leads to {path}, which is not in the package")
        yield str(relative)


def for_chromium(manifest: dict[str, object]) -> dict[str, object]:
    """Without what only Firefox reads."""
    return {key: value for key, value in manifest.items() if key != "browser_specific_settings"}


def for_firefox(manifest: dict[str, object]) -> dict[str, object]:
    """Firefox runs the background as a page of modules instead of a service worker, and has no such minimum."""
    kept = {key: value for key, value in manifest.items() if key != "minimum_chrome_version"}
    return {**kept, "background": {"scripts": ["worker.js"], "type": "module"}}


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--firefox"]
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        raise SystemExit("usage: build.py [--firefox] [FOLDER]")
    folder = Path(arguments[0]) if arguments else HERE.parents[1] / "build" / "extension"
    built = build(folder, firefox="--firefox" in sys.argv)
    sys.stdout.write(f"{len(built)} files in {folder}\n")
