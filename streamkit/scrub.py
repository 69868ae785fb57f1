"""Scrubbing: removes keys, prompts and terminal control characters from the texts of providers and SDKs."""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

HIDDEN = "…"

"""The mark in place of a removed passage."""

LONGEST = 300

"""Default for the largest number of characters of a quote."""

_KEPT = 1 << 16  # characters of a text that are scanned and kept, as many as of an error's body

_SHORTEST = 8  # characters of a secret; a shorter one is an ordinary word

_KEY_PASSAGE = 8  # consecutive characters of a key that are hidden if only a part of the key is quoted

_PROMPT_PASSAGE = 20  # consecutive characters of a prompt, which shares shorter passages with other texts

_PROMPT_ENDS = 1 << 16  # characters at each end of a conversation that are searched for

_FEW = 200  # number of fragments up to which searching for each is cheaper than scanning the secret once


_WORD = 4  # bytes that are compared at a time: half a passage of a key, rounded up


class Scrubber:
    """Removes the secrets of one call from texts: whole, in part, and as escaped in JSON, HTML, URLs and Python.

    >>> scrub = Scrubber(["sk-0123456789"], ["Which moons may hold life?"])
    >>> scrub("The key sk-01234567… cannot ask: which moons? Which moons may hold li")
    'The key …… cannot ask: which moons? …'
    """

    __slots__ = ("_keys", "_prompts", "_secrets")

    def __init__(self, keys: Iterable[str] = (), prompts: Iterable[str] = ()) -> None:
        found = [key for key in dict.fromkeys(keys) if len(key) >= _SHORTEST]
        texts = _ends([text for text in dict.fromkeys(prompts) if len(text) >= _SHORTEST])
        self._secrets = (*found, *texts)
        self._keys = "\n".join(found)
        self._prompts = "\n".join(texts)

    def __call__(self, text: str, *, longest: int = _KEPT) -> str:
        """Return a text as one line without secrets; secrets are removed before the text is cut."""
        for form in self._forms(text):
            text = text.replace(form, HIDDEN)
        text = text[:_KEPT]
        text = _without_passages(text, self._keys, _KEY_PASSAGE)
        text = _without_passages(text, self._prompts, _PROMPT_PASSAGE)
        return one_line(text, longest=longest)

    def finds(self, text: str) -> bool:
        """Return whether a text holds a secret."""
        if any(form in text for form in self._forms(text)):
            return True
        text = text[:_KEPT]
        return any(_passages(text, self._keys, _KEY_PASSAGE)) or any(_passages(text, self._prompts, _PROMPT_PASSAGE))

    @property
    def keys(self) -> ByteMask:
        """What hides the keys in bytes."""
        return ByteMask(self._keys.split("\n"), _KEY_PASSAGE)

    @property
    def prompts(self) -> ByteMask:
        """What hides the prompts in bytes."""
        return ByteMask(self._prompts.split("\n"), _PROMPT_PASSAGE)

    def _forms(self, text: str) -> list[str]:
        """List the escaped forms of the secrets, the longest first; a form longer than the text is left out."""
        forms = {form for secret in self._secrets if len(secret) <= 2 * len(text) for form in _forms(secret)}
        return sorted((form for form in forms if _SHORTEST <= len(form) <= len(text)), key=len, reverse=True)


class ByteMask:
    """Hides secrets in bytes behind stars: whole, in part, and as they are escaped; no byte is moved.

    Args:
        secrets: The secrets.
        passage: The number of characters in a row that are hidden if only a part of a secret is there.

    >>> mask = ByteMask(["sk-0123456789"], 8)
    >>> mask(b'{"error": "bad key sk-01234567", "code": 401}')
    b'{"error": "bad key ***********", "code": 401}'
    >>> mask.hidden
    1
    """

    def __init__(self, secrets: Iterable[str], passage: int) -> None:
        forms = dict.fromkeys(form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret))
        # As many characters as bytes: a character of Latin 1 stands for each byte.
        texts = [form.encode("utf-8", "replace").decode("latin-1") for form in forms]
        self._secrets = "\n".join(texts)
        self._passage = passage
        # Every passage has one of these numbers, wherever it begins. Only of keys: prompts are long, and rarely sought.
        short = [text.encode("latin-1") for text in texts] if passage < 4 * _WORD else []
        self._words = frozenset(
            int.from_bytes(text[at : at + _WORD], sys.byteorder)
            for text in short
            for at in range(len(text) - _WORD + 1)
        )
        self.hidden = 0
        """The number of passages that were hidden so far."""

    def may_hide(self, data: bytes) -> bool:
        """Return whether data may have a passage of a secret; the check is fast, and wrong only by returning True."""
        if not self._words:
            return bool(self._secrets)
        whole = len(data) - len(data) % _WORD
        return not self._words.isdisjoint(memoryview(data)[:whole].cast("I"))

    def __call__(self, data: bytes) -> bytes:
        """Return the data with stars in place of every passage of a secret; the same object if there is none."""
        if not self.may_hide(data):
            return data
        masked = bytearray(data)
        end = 0
        for begin, stop in _passages(data.decode("latin-1"), self._secrets, self._passage):
            self.hidden += begin > end or not end
            masked[begin:stop] = b"*" * (stop - begin)
            end = max(end, stop)
        return bytes(masked) if end else data


def may_share(text: str, keys: Iterable[str]) -> bool:
    """Return whether a text may hold a part of a key; the check is fast and may be wrong only by returning True."""
    half = _KEY_PASSAGE // 2
    all_keys = "\n".join(keys)
    for at in range(0, len(text) - half + 1, half):  # noqa: SIM110 - a generator costs a call for each part
        if text[at : at + half] in all_keys:
            return True
    return False


def one_line(text: str, *, longest: int = LONGEST) -> str:
    r"""Return a text as one line without control characters, cut to a number of characters.

    >>> one_line("gpt\n2026 user=admin \x1b[2J")
    'gpt 2026 user=admin  [2J'
    """
    if not text.isprintable():
        text = "".join(each if each.isprintable() else " " for each in text)
    return text if len(text) <= longest else text[:longest] + HIDDEN


def _ends(texts: list[str]) -> list[str]:
    """Return the texts at both ends of a long conversation, because a quote comes from the beginning or the end."""
    if sum(map(len, texts)) <= 2 * _PROMPT_ENDS:
        return texts
    first: list[str] = []
    last: list[str] = []
    for found, ordered, part in (
        (first, texts, slice(None, _PROMPT_ENDS)),
        (last, reversed(texts), slice(-_PROMPT_ENDS, None)),
    ):
        room = _PROMPT_ENDS
        for text in ordered:
            if room <= 0:
                break
            found.append(text[part])
            room -= len(text)
    return list(dict.fromkeys([*first, *reversed(last)]))


def _forms(secret: str) -> Iterator[str]:
    """List the forms in which a secret may be quoted."""
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
    """List the passages of ``length`` or more characters that the text shares with the secret, in order.

    Every position is tried only around shared fragments of half the length, so that the cost grows with the sum of
    both lengths, not with their product.
    """
    half = length // 2
    shared = _shared({text[at : at + half] for at in range(0, len(text) - half + 1, half)}, secret, half)
    tried = end = 0
    for at in range(0, len(text) - half + 1, half) if shared else ():
        if at + half <= end or text[at : at + half] not in shared:
            continue
        for begin in range(max(tried, at + half - length), min(at, len(text) - length) + 1):
            index = secret.find(text[begin : begin + length])
            if index >= 0:
                end = begin + _common_prefix(text, begin, secret, index)
                yield begin, end
                break
        tried = at + 1


def _shared(fragments: set[str], secret: str, length: int) -> set[str]:
    if len(fragments) < _FEW:
        return {fragment for fragment in fragments if fragment in secret}
    return fragments & {secret[at : at + length] for at in range(len(secret) - length + 1)}


def _common_prefix(text: str, begin: int, secret: str, index: int) -> int:
    """Return the length of the common prefix of the text from ``begin`` on and the secret from ``index`` on."""
    longest = min(len(text) - begin, len(secret) - index)
    return next((at for at in range(longest) if text[begin + at] != secret[index + at]), longest)
