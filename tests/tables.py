"""The tables and marble pictures of docs/ that are made of the code; `make tables` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from streamkit.providers._litellm_route import RoutedDecoder
from streamkit.wire import APIS, QUIRKS
from tests.docs import marble_pictures
from tests.mirascope import names

ROOT = Path(__file__).parent.parent


def ends() -> list[str]:
    """Say of each wire what proves the end of an answer, and of each vendor what is different there."""
    rows: dict[tuple[str, str], list[str]] = {}
    for name, api in APIS.items():
        rows.setdefault((api.decoder.proof, api.decoder.after), []).append(f"`{name}`")
    lines = ["| wire | what proves the end | what may follow |", "|---|---|---|"]
    lines += [f"| {', '.join(names)} | {proof} | {after} |" for (proof, after), names in rows.items()]
    lines += [f"| {vendor} (a vendor) | also {row.proof} | nothing |" for vendor, row in QUIRKS.items() if row.proof]
    return [*lines, f"| LiteLLM in this process | {RoutedDecoder.proof} | {RoutedDecoder.after} |"]


TABLES: dict[str, tuple[Path, Callable[[], list[str]]]] = {
    "what proves the end": (ROOT / "docs" / "providers.md", ends),
    "names of Mirascope": (ROOT / "docs" / "from-mirascope-names.md", names.table),
    "marbles": (ROOT / "docs" / "operators.md", marble_pictures.section),
}
"""Of each table: the page that it stands on, and what makes it."""


def between(name: str, page: str) -> re.Match[str]:
    """Find where a table stands on its page: between two comments that no reader sees."""
    found = re.search(rf"(?<=<!-- {name}: made by `make tables` -->\n\n).*?(?=\n\n<!-- end -->)", page, re.DOTALL)
    if found is None:
        raise LookupError(f"the page has no place for the table {name!r}")
    return found


def main() -> None:
    """Write every table into its page, and the pictures."""
    marble_pictures.write()
    for name, (page, make) in TABLES.items():
        text = page.read_text(encoding="utf-8")
        found = between(name, text)
        page.write_text(text[: found.start()] + "\n".join(make()) + text[found.end() :], encoding="utf-8")


if __name__ == "__main__":
    main()
