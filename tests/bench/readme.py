"""README's generated parts: what stands between `<!-- name -->` and `<!-- /name -->`."""

from __future__ import annotations

from tests.bench.process import ROOT

README = ROOT / "README.md"


def put(name: str, text: str) -> None:
    """Replace that part."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, found, rest = README.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"README.md has no {begin.strip()} … {end}")
    README.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}")
