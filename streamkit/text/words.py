"""Words: the text between spaces, and single characters of the scripts without spaces."""

from __future__ import annotations

import re

from .graphemes import JOINS, compiled
from .segments import SPACE, Units, space_after

# Characters of Chinese and Japanese text.
_UNSPACED = (
    "\u3001-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40"
    "\uff5b-\uff9d\U00020000-\U0003ffff"
)
# Most text: words that are followed by a space and by a letter that cannot combine with the space; all cut at once.
_COMMON = re.compile(rf"(?:[^\s{_UNSPACED}]*+(?=\s){SPACE.pattern}(?=[!-~\u00a1-\u02ff\u0370-\u0482\u048a-\u052f]))++")

_WORD = re.compile(r"\S*\s+")

_LETTERS = r"\p{Han}\p{Hiragana}\p{Katakana}"
# Characters that continue the unit before them: closing marks, small and long kana, repeats.
_GOES_ON = r"\p{Pe}\p{Pf}\p{Po}\p{Pd}ーｰ々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ"

_BREAK = (
    r"(?<![\s\p{Ps}\p{Pi}\p{GCB=Prepend}])"
    rf"(?<!\p{{Katakana}}(?:ー|{JOINS}){{0,4}}(?=\p{{Katakana}}))"
    rf"(?!{JOINS}|[\s{_GOES_ON}])"
    rf"(?:(?=[{_LETTERS}「『（《〈【〔｛])|(?<=[{_LETTERS}ー々、。，．！？；：」』】）》〉〕｝〟]{JOINS}{{0,4}})(?=.))"
)


class Words(Units):
    """Splits text into words, each with the white space that follows.

    Chinese and Japanese have no spaces: every character with its closing marks is a unit there, and so is a run of
    Katakana.

    >>> words = Words()
    >>> words.feed("Io and Eu"), words.feed("ropa 木星。"), words.flush()
    (['Io ', 'and '], ['Europa ', '木'], ['星。'])
    """

    candidate = re.compile(f"(\\s)|[{_UNSPACED}]")

    def __init__(self, *, strip: bool = False) -> None:
        super().__init__(strip=strip)
        self._breaks = compiled(_BREAK).match
        self._cluster = compiled(f"{JOINS}{{0,32}}+").match

    def _feed(self, fragment: str) -> list[str]:
        text = self._text[self._scan :] + fragment
        common = _COMMON.match(text) if self._shown and self._scan + len(text) <= self.cap else None
        if common is None:
            return super()._feed(fragment)
        words = _WORD.findall(common[0])
        words[0] = self._text[: self._scan] + words[0]
        if self._strip:
            words = [stripped for word in words for stripped in self._shaped(word)]
        self._text, self._scan = text[common.end() :], 0
        return words + self._take("", final=False)

    def _find(self, text: str, begin: int, scan: int, final: bool) -> tuple[int, int]:
        limit = min(len(text), begin + self.cap + 1)
        while found := self.candidate.search(text, scan, limit):
            at = found.start()
            if found.lastindex:
                after = space_after(text, at, final)
                if after != at:
                    return (at, after) if after > 0 else (-1, at)
                scan = at + 1
                continue
            if at > begin and self._breaks(text, at):
                return at, at
            scan = self._after(text, at)
            if scan == len(text):
                return -1, scan if final else at
            if self._breaks(text, scan):
                return scan, scan
        return -1, max(scan, limit)

    def _after(self, text: str, at: int) -> int:
        """Return the end of the grapheme cluster of a character."""
        cluster = self._cluster(text, at + 1)
        return cluster.end() if cluster else at + 1
