"""Keys and prompts are taken out of texts that others wrote, and so is what a terminal would act on."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

HIDDEN = "…"
"""What stands where something was taken out."""
LONGEST = 300
"""Characters of a message of ours that quotes somebody else."""
_READ = 4096  # characters of a text that are looked through and kept
_SHORTEST = 8  # characters of a secret: a shorter one is a word, and stands in too many texts
_KEY_PASSAGE = 8  # characters in a row of a key that are hidden, where only a part of it is quoted
_PROMPT_PASSAGE = 20  # the same of a prompt, whose words are everybody's
_PROMPT_ENDS = 1 << 18  # characters at each end of the prompts in which such passages are looked for


class Scrubber:
    """Take the secrets of one call out of texts, whole, in part, and as JSON, HTML, addresses and Python write them.

    Args:
        keys: Keys, tokens and headers.
        prompts: Texts of the conversation.

    >>> scrub = Scrubber(["sk-0123456789"], ["Which moons may hold life?"])
    >>> scrub("The key sk-01234567… cannot ask: which moons? Which moons may hold li")
    'The key …… cannot ask: which moons? …'
    """

    __slots__ = ("_keys", "_prompts", "_whole")

    def __init__(self, keys: Iterable[str] = (), prompts: Iterable[str] = ()) -> None:
        found = [key for key in dict.fromkeys(keys) if len(key) >= _SHORTEST]
        texts = [text for text in dict.fromkeys(prompts) if len(text) >= _SHORTEST]
        forms = {form for secret in (*found, *texts) for form in _forms(secret)}
        self._whole = sorted(forms, key=len, reverse=True)
        self._keys = "\n".join(found)
        prompt = "\n".join(texts)
        both_ends = f"{prompt[:_PROMPT_ENDS]}\n{prompt[-_PROMPT_ENDS:]}"
        self._prompts = prompt if len(prompt) <= len(both_ends) else both_ends

    def __call__(self, text: str, *, longest: int = _READ) -> str:
        """Return a text as one line without secrets; it is cut only when they are out of it.

        Args:
            text: What somebody else wrote.
            longest: Characters that it may have.
        """
        for form in self._whole:
            text = text.replace(form, HIDDEN)
        text = text[:_READ]
        text = _without_passages(text, self._keys, _KEY_PASSAGE)
        text = _without_passages(text, self._prompts, _PROMPT_PASSAGE)
        return one_line(text, longest=longest)

    def finds(self, text: str) -> bool:
        """Whether a text holds a secret.

        Args:
            text: What is looked through.
        """
        if any(form in text for form in self._whole):
            return True
        return any(_passages(text[:_READ], self._keys, _KEY_PASSAGE)) or any(
            _passages(text[:_READ], self._prompts, _PROMPT_PASSAGE)
        )


def one_line(text: str, *, longest: int = LONGEST) -> str:
    r"""Return a text without the characters that a terminal or a log would act on, and no longer than it may be.

    Args:
        text: What somebody else wrote.
        longest: Characters that it may have.

    >>> one_line("gpt\n2026 user=admin \x1b[2J")
    'gpt 2026 user=admin  [2J'
    """
    if not text.isprintable():
        text = "".join(each if each.isprintable() else " " for each in text)
    return text if len(text) <= longest else text[:longest] + HIDDEN


def _forms(secret: str) -> Iterator[str]:
    """List how a secret is written where it is quoted."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield repr(secret.encode("utf-8", "replace"))[2:-1]
    yield html.escape(secret)
    yield quote(secret, safe="", errors="replace")
    yield quote_plus(secret, errors="replace")
    yield one_line(secret, longest=len(secret))
    yield " ".join(secret.split())


def _without_passages(text: str, secret: str, length: int) -> str:
    kept: list[str] = []
    end = 0
    for begin, stop in _passages(text, secret, length):
        if begin > end or not kept:
            kept += [text[end:begin], HIDDEN]
        end = max(end, stop)
    return "".join([*kept, text[end:]])


def _passages(text: str, secret: str, length: int) -> Iterator[tuple[int, int]]:
    """List where so many characters in a row stand in a secret too, in order; they may overlap.

    Only around half as many that do is every place tried, which keeps long prompts cheap.
    """
    half = length // 2
    tried = 0
    for at in range(0, len(text) - half + 1, half) if secret else ():
        if text[at : at + half] in secret:
            for begin in range(max(tried, at + half - length), min(at, len(text) - length) + 1):
                if text[begin : begin + length] in secret:
                    yield begin, begin + length
            tried = at + 1
