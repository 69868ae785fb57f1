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

_KEPT = 1 << 16  # characters of a text that are looked through and kept: as many as of the body of an error

_SHORTEST = 8  # characters of a secret: a shorter one is a word, and stands in too many texts

_KEY_PASSAGE = 8  # characters in a row of a key that are hidden, where only a part of it is quoted

_PROMPT_PASSAGE = 20  # the same of a prompt, whose words are everybody's

_PROMPT_ENDS = 1 << 16  # characters at each end of a conversation that are looked for

_FEW = 200  # pieces of a text for which a search of each is cheaper than one walk over the secret


class Scrubber:
    """Take the secrets of one call out of texts, whole, in part, and as JSON, HTML, addresses and Python write them.

    Args:
        keys: Keys, tokens and headers.
        prompts: Texts of the conversation.

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
        """Return a text as one line without secrets; it is cut only when they are out of it.

        Args:
            text: What somebody else wrote.
            longest: Characters that it may have.
        """
        for form in self._forms(text):
            text = text.replace(form, HIDDEN)
        text = text[:_KEPT]
        text = _without_passages(text, self._keys, _KEY_PASSAGE)
        text = _without_passages(text, self._prompts, _PROMPT_PASSAGE)
        return one_line(text, longest=longest)

    def finds(self, text: str) -> bool:
        """Whether a text holds a secret.

        Args:
            text: What is looked through.
        """
        if any(form in text for form in self._forms(text)):
            return True
        text = text[:_KEPT]
        return any(_passages(text, self._keys, _KEY_PASSAGE)) or any(_passages(text, self._prompts, _PROMPT_PASSAGE))

    def _forms(self, text: str) -> list[str]:
        """List what the secrets may look like in a text, the longest first; a longer secret cannot stand in it."""
        forms = {form for secret in self._secrets if len(secret) <= 2 * len(text) for form in _forms(secret)}
        return sorted((form for form in forms if _SHORTEST <= len(form) <= len(text)), key=len, reverse=True)


def may_share(text: str, keys: Iterable[str]) -> bool:
    """Whether a text may hold a part of a key: a quick look, for each of many calls.

    Args:
        text: A short text.
        keys: The keys.
    """
    half = _KEY_PASSAGE // 2
    joined = "\n".join(keys)
    return any(text[at : at + half] in joined for at in range(0, len(text) - half + 1, half))


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


def _ends(texts: list[str]) -> list[str]:
    """Return the texts at both ends of a long conversation: who quotes one quotes its beginning or its end."""
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
    """List the passages of at least so many characters that stand in a secret too, in order.

    Only around pieces of half the length that do is every place tried, so the work grows with the text and the
    secret, and not with their product.
    """
    half = length // 2
    shared = _shared({text[at : at + half] for at in range(0, len(text) - half + 1, half)}, secret, half)
    tried = end = 0
    for at in range(0, len(text) - half + 1, half) if shared else ():
        if at + half <= end or text[at : at + half] not in shared:
            continue
        for begin in range(max(tried, at + half - length), min(at, len(text) - length) + 1):
            place = secret.find(text[begin : begin + length])
            if place >= 0:
                end = begin + _alike(text, begin, secret, place)
                yield begin, end
                break
        tried = at + 1


def _shared(pieces: set[str], secret: str, length: int) -> set[str]:
    if len(pieces) < _FEW:
        return {piece for piece in pieces if piece in secret}
    return pieces & {secret[at : at + length] for at in range(len(secret) - length + 1)}


def _alike(text: str, begin: int, secret: str, place: int) -> int:
    """Count the characters that are the same from two places on."""
    most = min(len(text) - begin, len(secret) - place)
    return next((at for at in range(most) if text[begin + at] != secret[place + at]), most)
