"""Patterns that are small and hard, and texts in which they match; what `re` finds in a whole text is the measure."""

from __future__ import annotations

from hypothesis import strategies as st

PATTERNS = [
    r"ab",
    r"ab+?",
    r"a{2,3}b",
    r"a.*?b",
    r"(?s)a.*b",
    r"(a|ab)(c|bcd)",
    r"a..b|c",
    r"(a)\1",
    r"[^a]b",
    r"[\b$]|a$b|ab$",
    r"(?>a+)b",
    r"b++c",
    r"(?i)AB",
    r"(?i:A)b|C",
    r"(?P<one>a)(?:b|c)+?(,)?",
    r"(?:a|b)*?c",
    r"(a?)*c",
    r"(a*b|a)+c?",
    # What looks at what has come before.
    r"^ab",
    r"(?m)^b",
    r"(?<=ab)c",
    r"(?<!a)b",
    r"(?<=[,b])a",
    r"a(?<!ba)c",
    r"(?<=\b)b",
    r"(?<!\b)a",
    # What looks at what comes next, and must wait for it.
    r"ab\b",
    r"\bab\b",
    r"\s\bab",
    r".\b,",
    r"a\Bb",
    r"b\B",
    r"(?<=a\b) ",
    r"a\b.\bb",
    r"(?=ab)a",
    r"a(?=b)",
    r"a(?=\s|$)",
    r"a(?!b)",
    r"(?!ab)a.",
    r"(a|b)+?(?=c)",
    r"a$",
    r"a\Z",
    r"(?m)a$\nb",
    r"(?m:a$)\n",
    r"a$\n",
    r"a(?!$)b",
    r"a(?!\Z)b",
    r"a(?!\n$)\n",
    r"(?m)a$(?!\n)",
    r"""(?x) a  # the first $
        \b ,""",
]

TEXTS = st.sampled_from(["ab", "abc", "aab ", "ab,\n", "aB", "abc ,\n$"]).flatmap(lambda few: st.text(few, max_size=12))
