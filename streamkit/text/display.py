"""How a notebook shows a model's text: plain, as HTML or as Markdown, with a status line; no HTML in it is run."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from .sanitize import sanitize

LONGEST = 20_000
"""Characters of a growing text that are shown: its end. Each update sends them again."""

_TAG = re.compile(r"<(?=[A-Za-z/!?])")

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")

_MARKUP = re.compile(r"([\\`*_~|$<>\[\]])")


def status_line(parts: Iterable[str]) -> str:
    """Join the parts of a status line that are not empty, on one line.

    >>> status_line(["openai/m", "complete", "", "3 tokens"])
    'openai/m · complete · 3 tokens'
    """
    return " · ".join(" ".join(sanitize(part).split()) for part in parts if part)


def token_count(input_tokens: int | None, output_tokens: int | None, *, estimated: bool) -> str:
    """Return a phrase for the tokens of a call; empty if nothing is known.

    >>> (
    ...     token_count(12, 34, estimated=False),
    ...     token_count(None, 34, estimated=True),
    ...     token_count(None, None, estimated=True),
    ... )
    ('12 + 34 tokens', 'about 34 tokens', '')
    """
    known = [f"{each:,}" for each in (input_tokens, output_tokens) if each is not None]
    many = "token" if known == ["1"] else "tokens"
    return f"{'about ' if estimated else ''}{' + '.join(known)} {many}" if known else ""


def last_part(text: str) -> str:
    """Return the end of a long text, or all of a short one."""
    return text if len(text) <= LONGEST else f"… {text[-LONGEST:]}"


def plain_bundle(text: str, status: str) -> dict[str, str]:
    """Return a text and its status line as plain text and as HTML, in which the text is escaped.

    >>> plain_bundle("<b>Io</b>", "openai/m")["text/html"]
    '<pre style="white-space: pre-wrap">&lt;b&gt;Io&lt;/b&gt;</pre><small>openai/m</small>'
    """
    text = sanitize(text)
    body = f'<pre style="white-space: pre-wrap">{html.escape(text)}</pre>' if text else ""
    plain = f"{text}\n{status}" if text else status
    return {"text/plain": plain, "text/html": f"{body}<small>{html.escape(status)}</small>"}


def markdown_bundle(text: str, status: str) -> dict[str, str]:
    r"""Return a text and its status line as plain text and as Markdown.

    An invisible character stands behind each ``<`` that could begin a tag, so that no page takes it for HTML, in
    code or outside: parsers of Markdown differ in what they take for code.

    >>> markdown_bundle("**Io** <script>", "openai/m")["text/markdown"]
    '**Io** <\u2060script>\n\n<small>openai/m</small>'
    """
    safe = _TAG.sub("<\u2060", text)
    line = f"<small>{_MARKUP.sub(_escaped, status)}</small>"
    return {
        "text/plain": plain_bundle(text, status)["text/plain"],
        "text/markdown": f"{safe}{_open_fence(safe)}\n\n{line}" if text else line,
    }


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found.group()}"


def _open_fence(text: str) -> str:
    """Return the line that closes a block of code in which the text stops; empty if there is none."""
    fence = ""
    for line in text.splitlines():
        found = _FENCE.match(line)
        if found is None:
            continue
        marks = found.group(1)
        if not fence:
            fence = marks
        elif marks.startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
    return f"\n{fence}" if fence else ""
