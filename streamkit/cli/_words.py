"""The rule for what the typed words are: a command, a question to a model, or a mistake that must cost nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Sequence

from ..providers import differs_by_one_slip

RULE = """\
A first word that is nearly a command, such as 'serach', is refused and not sent
to a model, and so is a single word without -m. `streamkit ask "..."` always
asks, and so does everything after --."""

"""What the help says about the rule."""

_LONGEST = 60  # characters of a question that a hint repeats

_ONE_WORD = re.compile(r"\w[\w-]*")


def mistake(words: Sequence[str], commands: Collection[str], *, alone: bool) -> str | None:
    """Return why words are not sent to a model, or None if they are a question.

    Args:
        words: Words of the question; a quoted text with spaces is one of them.
        commands: Names of the commands.
        alone: True if nothing else shows that a model shall be asked: no ``-m``, nothing piped in.

    >>> print(mistake(["serach", "x"], ["search"], alone=False))
    'serach' is no command; near it: streamkit search. To ask a model these words: streamkit ask 'serach x'
    >>> mistake(["Which", "moons?"], ["search"], alone=True) is None
    True
    """
    if not words:
        return None
    first = words[0]
    question = " ".join(words)
    ask = f"To ask a model these words: streamkit ask {shlex.quote(question if len(question) < _LONGEST else '…')}"
    if first in commands:
        return f"'{first}' is a command, and a command comes first: streamkit {first} …. {ask}"
    near = near_command(first, commands)
    if near:
        return f"'{first}' is no command; near it: streamkit {near}. {ask}"
    if alone and len(words) == 1 and _ONE_WORD.fullmatch(first):
        return f"'{first}' is no command; streamkit --help lists them. To ask a model this word: streamkit ask {first}"
    return None


def near_command(word: str, commands: Collection[str]) -> str | None:
    """Return the command that a word is at most one slip away from, in any case; one of five letters or more.

    >>> near_command("modles", ["models"]), near_command("Search", ["search"]), near_command("task", ["ask"])
    ('models', 'search', None)
    """
    word = word.casefold()
    return next((name for name in commands if word == name or differs_by_one_slip(word, name)), None)
