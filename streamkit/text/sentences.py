"""Sentences: the segmenter finds the end of a sentence with as few of the following characters as possible."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .full_stops import ends_sentence
from .graphemes import JOINS, compiled, joins
from .segments import Units, space_after

if TYPE_CHECKING:
    import regex


_STOPS = ".!?…‼⁇⁈⁉。！？｡．।॥؟۔"

_RUN = re.compile(f"[{_STOPS}]{{1,64}}+")
# The most common case, tested first: nothing closes behind a stop.
_NOTHING_CLOSES = re.compile(r"[ \n]?+[\w\n]", re.ASCII)

_HARD = re.compile("[。！？｡．।॥؟۔]")  # these end a sentence whatever follows

_AT_ONCE = frozenset("。｡।۔")  # and at once, where no quote or bracket is open

_EXCLAIMED = re.compile("[!?‼⁇⁈⁉]")

_LINE_END = re.compile(r"\r\n?+|\n")

_QUOTES = "\"'”’»›«‹」』〟＂＇"

_ALSO_QUOTES = "“‘"  # behind a stop of Chinese or Japanese these open, elsewhere they may close

_QUOTE = re.compile(f"[{_QUOTES}{_ALSO_QUOTES}]")

_BRACKETS = ")]}）］｝】〕〉》〗〙*_~`～"
# Quotes, brackets, emphasis; the closing quote of French behind a space; notes; a picture. An incomplete one at the end
# of the text matches too, since more text is needed there.
_CLOSING = (
    rf"{JOINS}{{0,16}}+(?:(?:[{re.escape(_QUOTES + _BRACKETS)}%s]|[ \u00a0\u202f][»›]{JOINS}{{0,4}}+(?!\w)"
    r"|\[\^?\w{1,4}\]|\[\^?\w{0,4}\Z|[ \u00a0]\[\^?\d{1,3}\]|[ \u00a0]\[\^?\d{0,3}\Z"
    r"|【\d[^】\n]{0,40}】|【(?:\d[^】\n]{0,40})?\Z"
    r"|[ \u00a0]?+(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|\p{Regional_Indicator}\Z))"
    rf"(?:\u200d\p{{Extended_Pictographic}}|{JOINS}){{0,16}}+){{0,16}}+"
)
# Characters before the first word of a sentence, and that word, or a character that is not part of a word.
_NEXT = r"(?P<open>[\p{Ps}\p{Pi}\p{Pf}\p{Pd}\"'„‚¿¡*_~`#>•· ]{0,8}+)(?:(?P<word>[\p{L}\p{M}'’]{1,%d}+\.?+)|.)"

_WORD_LENGTH = 24

_OPENED, _CLOSED = re.compile("[“„‘「『（(《〈【〔[{«]"), re.compile("[”’」』）)》〉】〕\\]}»]")

_MAY_BE_OPEN = re.compile("[\"'*_~`]")

_WORD = re.compile(r"\w")

_FIRST_PERSON = re.compile(r"I\b")

_SMALL_MARKER = re.compile(r"[^\W\d_][.)]\s")

_UNSPACED = re.compile("[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Text that continues a sentence behind its quote: a particle, "he said", "Anna asked".
_ATTRIBUTION = (
    r"と(?!て[もて]|[こにきり])|って|という|など|なんて|[のをはがもに](?![ぁ-ん]{2})|で(?![もは])"
    r"|\p{Han}{0,8}?[说問问道喊叫答嚷說](?=[道着了\p{P}]|\Z)"
    r"|(?:\p{Lu}[\p{L}'’-]{0,20} ){1,3}(?:\p{Ll}+ )?(?:said|says|asked|asks|replied|answered|cried|shouted|whispered"
    r"|yelled|exclaimed|wondered|murmured|muttered|called|screamed|demanded|added)\b"
    r"|(?:سأل|قال|أجاب|صاح|همس)\p{L}*|[\p{L}\p{M} ]{0,24}(?:पूछा|कहा|बोला|बोली)"
)

_CLAUSE_LENGTH = 48

_CLAUSE = re.compile(rf"[^.!?。！？\r\n]{{0,{_CLAUSE_LENGTH}}}+")

_CLAUSE_END = re.compile("[.!?。！？\r\n]")

_CONTEXT = 80  # characters before a full stop that decide what it is


class _Stop(NamedTuple):
    """A stop that is followed by white space."""

    run: str
    before: str
    """The sentence up to the stop, or the last characters of it."""
    is_whole: bool
    quoted: bool
    line_ends: bool
    after: int
    """Index of the text behind the white space."""


class Sentences(Units):
    """Splits text into sentences, each with the closing quotes and white space that follow.

    >>> sentences = Sentences()
    >>> sentences.feed("Dr. Galilei saw it. Then"), sentences.feed(" he wro"), sentences.flush()
    ([], ['Dr. Galilei saw it. '], ['Then he wro'])
    """

    candidate = re.compile(f"[{_STOPS}\r\n]")

    def __init__(self, *, strip: bool = False) -> None:
        super().__init__(strip=strip)
        self._plain = False
        self._closing = compiled(_CLOSING % _ALSO_QUOTES)
        self._closing_hard = compiled(_CLOSING % "")
        self._next = compiled(_NEXT % _WORD_LENGTH)
        self._attribution = compiled(_ATTRIBUTION)
        self._undecided = 0  # letters, or characters within a clause, that may follow without deciding anything
        self._in_clause = False
        self._depth = 0  # quotes and brackets that are open from earlier sentences

    def _feed(self, fragment: str) -> list[str]:
        self._undecided -= len(fragment)
        calm = not _CLAUSE_END.search(fragment) if self._in_clause else fragment.isalpha()
        if self._undecided >= 0 and calm:
            self._text += fragment
            return []
        self._undecided = 0
        return super()._feed(fragment)

    def _ended(self, unit: str) -> None:
        self._depth = 0 if _LINE_END.search(unit) else max(0, self._depth + _balance(unit))

    # These methods return the end of the sentence and the beginning of the next; or -1 and the index to go on from; or
    # -1 and the index that was tested, if more text is needed.

    def _find(self, text: str, begin: int, scan: int, final: bool) -> tuple[int, int]:
        limit = min(len(text), begin + self.cap + 1)
        while found := self.candidate.search(text, scan, limit):
            at = found.start()
            ended = _line_end(text, at, final) if text[at] in "\r\n" else self._stop(text, begin, at, final)
            if ended[0] >= 0 or ended[1] == at:
                return ended
            scan = ended[1]
        return -1, max(scan, limit)

    def _stop(self, text: str, begin: int, at: int, final: bool) -> tuple[int, int]:
        if text[at] in _AT_ONCE and self._nothing_is_open(text[begin:at]):
            return at + 1, at + 1
        if not final and (len(text) == at + 1 or (len(text) == at + 2 and text[-1] == " ")):
            return -1, at
        run = _matched(_RUN, text, at)
        closing = ""
        if not _NOTHING_CLOSES.match(text, at + len(run)):
            closing = _matched(self._closing_hard if _HARD.search(run) else self._closing, text, at + len(run))
        end = at + len(run) + len(closing)
        if end == len(text):
            return -1, end if final else at
        after = space_after(text, end, final) if text[end].isspace() else end
        if after < 0:
            return -1, at
        line_ends = len(_LINE_END.findall(text, end, after))
        ends: bool | None = line_ends > 1
        if not ends and _is_hard(text[max(begin, at - 1) : at], run, text[end]):
            ends = line_ends > 0 or not _QUOTE.search(closing) or self._is_not_attributed(text, after, final)
        elif not ends and end < after < len(text):
            quoted, before = _QUOTE.search(closing) is not None, text[max(begin, at - _CONTEXT) : at]
            ends = self._ends(text, _Stop(run, before, at - begin <= _CONTEXT, quoted, line_ends > 0, after), final)
        if ends is None:
            return -1, at
        return (end, after) if ends else (-1, after)

    def _ends(self, text: str, stop: _Stop, final: bool) -> bool | None:
        """Whether a stop ends a sentence, by the text behind the white space; None if that is not known yet."""
        follows = self._next.match(text, stop.after)
        if follows is None or follows.end() == len(text):
            if not final:
                word = (follows and follows["word"]) or "."
                self._in_clause, self._undecided = False, 0 if word[-1] == "." else _WORD_LENGTH - len(word)
                return None
            if follows is None:
                return True
        word, last = follows["word"] or "", follows[0][-1]
        small = word[:1].islower() and not word[1:2].isupper() and not {"¿", "¡"} & {*follows["open"]}
        if stop.line_ends and not small:
            return True
        goes_on = (small and not stop.line_ends) or last in ",;:)]}" or joins(text, stop.after)
        if goes_on or (stop.is_whole and not _WORD.search(stop.before)):
            return False
        if _EXCLAIMED.search(stop.run):
            return stop.line_ends or not stop.quoted or self._is_not_attributed(text, stop.after, final)
        if stop.run != ".":
            begins = word[:1].isupper() and not _FIRST_PERSON.match(word) if word else not last.isdigit()
            return stop.line_ends or begins
        return ends_sentence(stop.before, word or last, whole=stop.is_whole)

    def _is_not_attributed(self, text: str, after: int, final: bool) -> bool | None:
        """Whether no attribution such as "she said" follows a quote; None if that is not known yet."""
        clause = _CLAUSE.match(text, after)
        end = clause.end() if clause else after
        if end == len(text) and end - after < _CLAUSE_LENGTH and not final:
            self._in_clause, self._undecided = True, _CLAUSE_LENGTH - 1 - (end - after)
            return None
        return self._attribution.match(text, after, end) is None

    def _nothing_is_open(self, sentence: str) -> bool:
        opened = self._depth + _balance(sentence) > 0 or _MAY_BE_OPEN.search(sentence)
        return not opened and _WORD.search(sentence) is not None


def _matched(pattern: re.Pattern[str] | regex.Pattern[str], text: str, at: int) -> str:
    found = pattern.match(text, at)
    return found[0] if found else ""


def _balance(text: str) -> int:
    """Count quotes and brackets that are opened in a text and not closed."""
    return len(_OPENED.findall(text)) - len(_CLOSED.findall(text))


def _is_hard(before: str, run: str, behind: str) -> bool:
    """Whether a stop ends a sentence whatever follows, as the stops of scripts without spaces do."""
    if _HARD.search(run):
        return run != "．" or not before.isdigit()
    return run[-1] in "!?" and bool(_UNSPACED.match(before) and _UNSPACED.match(behind))


def _line_end(text: str, at: int, final: bool) -> tuple[int, int]:
    """End a sentence with the line, unless the next line goes on with a small letter."""
    after = space_after(text, at, final)
    if after < 0:
        return -1, at
    if len(_LINE_END.findall(text, at, after)) > 1 or after == len(text) or not text[after].islower():
        return at, after
    if len(text) < after + 3 and not final:
        return -1, at
    begins = text[after + 1 : after + 2].isupper() or _SMALL_MARKER.match(text, after)
    return (at, after) if begins else (-1, after)
