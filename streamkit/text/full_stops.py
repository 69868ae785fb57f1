"""Full stops: whether a full stop ends a sentence, or belongs to an abbreviation, an initial or a number."""

from __future__ import annotations

import re

from .abbreviations import AFTER_TIME, ARTICLES, COUNTED, COUNTING, LABELS, MAYBE, NEVER, NUMBERED, OFTEN, STARTERS

_TOKEN = re.compile(r"\S{0,40}\Z")

_BEFORE = re.compile(r"(\S{1,16})[^\S\r\n]{1,4}\Z")

_OPENING = "([{\"'“”„‚‘’«»‹›*_~`>¿¡—–-/"
# A number or a letter at the beginning of a sentence marks a list item or a heading.
_MARKER = re.compile(r"\s*[#*_>(\-–—•·+\s]*(?:\d{1,3}(?:\.\d{1,3})*|[^\W\d_]|[ivxlcIVXLC]{1,5})\Z")

_ACRONYM = re.compile(r"(?:[^\W\d_]\.-?)+[^\W\d_]\Z")

_COMPOUND = re.compile(r"[.-]")

_ELIDED = re.compile(r"(?:[lLdD]|[dDaAnN]ell|[aA]ll|[dD]all|[sS]ull)['’](?=\w)")

_ROMAN = re.compile(r"(?!I\Z)[IVXLC]+\.?\Z")

_UNSPACED = re.compile("[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def ends_sentence(before: str, follows: str, *, whole: bool) -> bool:
    """Whether a full stop ends a sentence, when white space and then no small letter follow.

    Args:
        before: Text of the sentence before the full stop; the last 80 characters are enough.
        follows: The next word, with a full stop that touches it, or the next character.
        whole: True if ``before`` is the whole text.

    >>> ends_sentence("Dr", "Galilei", whole=True), ends_sentence("It is 5 p.m", "Io", whole=True)
    (False, True)
    """
    if whole and _MARKER.match(before):
        return False
    token = _last(_TOKEN, before)
    prior = _BEFORE.search(before, 0, len(before) - len(token))
    previous = prior[1].lstrip(_OPENING) if prior else ""
    token = token.lstrip(_OPENING)
    if token.isdigit():
        return not _is_counted(token, previous, follows)
    if follows[0].isdigit() and before.count("(") > before.count(")"):
        return False
    word = _ELIDED.sub("", token)
    pair = f"{previous.removesuffix('.')}.{token}".lower()
    if _COMPOUND.search(token):
        word = token.lower()
    for name in (pair, token, word[:1].lower() + word[1:], word[:1].upper() + word[1:] if word != token else word):
        kind = _KINDS.get(name)
        if kind is not None:
            return kind(token, follows)
    if token.endswith("str"):  # a German street
        return _before_a_number(token, follows)
    if _ACRONYM.match(token):
        return _may_begin(follows)
    if len(token) == 1 and token.isalpha() and not _UNSPACED.match(token):
        return _ends_after_letter(token, previous, follows)
    return True


def _last(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""


def _may_begin(follows: str) -> bool:
    return follows in STARTERS or follows in ARTICLES


def _ends_after_letter(letter: str, previous: str, follows: str) -> bool:
    """Distinguish an initial from a letter that is a word or a label."""
    if follows[0].isdigit():
        return False
    if previous.lower() in LABELS or (letter == "I" and previous[:1].islower()):
        return True
    if letter in "ghlmst" and previous[-1:].isdigit():
        return True
    return follows in STARTERS and follows not in ARTICLES


def _is_counted(number: str, previous: str, follows: str) -> bool:
    """Whether a number with a full stop is an ordinal, or counts the items of a list within a line."""
    if len(number) > 2:
        return False
    if previous.endswith(":"):
        return True
    ordinal = follows in COUNTED or (previous.lower() in COUNTING and follows[0].isalpha())
    return ordinal and follows not in STARTERS


def _never(token: str, follows: str) -> bool:
    return False


def _before_a_number(token: str, follows: str) -> bool:
    if len(token) == 1 and not follows[0].isdigit():
        return _ends_after_letter(token, "", follows)
    return not (follows[0].isdigit() or _ROMAN.match(follows))


def _maybe(token: str, follows: str) -> bool:
    return _may_begin(follows)


def _often(token: str, follows: str) -> bool:
    return not (follows[0].isdigit() or follows in AFTER_TIME)


_KINDS = {
    **dict.fromkeys(NUMBERED, _before_a_number),
    **dict.fromkeys(MAYBE, _maybe),
    **dict.fromkeys(OFTEN, _often),
    **dict.fromkeys(NEVER, _never),
}
