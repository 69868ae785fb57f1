"""Cases of the operators that take text out of chunks, and of those that cut text into units."""

from __future__ import annotations

import streamkit as sk
from streamkit import operators as ops
from streamkit.text.code_blocks import CodeBlock
from tests.operators.cases import Case, concat

ANSWER = [
    sk.Chunk(thinking="Io? "),
    sk.Chunk(thinking="木星", refusal="I can"),
    sk.Chunk(content="Hi", index=1, thinking="no", refusal="no"),
    sk.Chunk(refusal="not.", finish_reasons=["stop"]),
]
PROSE = ["  Dr. Galilei saw I", "o at 9 p.m. 木星的", "卫星。Then e\u0301l", "an!\n\n\n", "“Really?” she asked"]
LINES = ["Io\r", "\nEuropa\n\r", "\n", "Titan\rand", " more"]
CODE = ["Run:\n``", "`py\nprint(1)\n", "```\nor\n1. so\n   ~~~\n   ls -l\n", "   ~~~\n```\nopen"]
BLOCKS = [CodeBlock("py", "print(1)\n"), CodeBlock("", "ls -l\n"), CodeBlock("", "open", closed=False)]

CASES: dict[str, Case] = {
    "thinking": Case(ops.thinking, ANSWER, "Io? 木星", view=concat),
    "refusal": Case(ops.refusal, ANSWER, "I cannot.", view=concat),
    "words": Case(
        ops.words,
        PROSE,
        [
            *("  Dr. ", "Galilei ", "saw ", "Io ", "at ", "9 ", "p.m. ", "木", "星", "的", "卫", "星。"),
            *("Then ", "e\u0301lan!\n\n", "\n“Really?” ", "she ", "asked"),
        ],
    ),
    "words, stripped": Case(
        lambda: ops.words(strip=True), ["\n Io\t", " is", "\n\n\n", " hot \n"], ["Io", "is", "hot"]
    ),
    "sentences": Case(
        ops.sentences,
        PROSE,
        ["  Dr. Galilei saw Io at 9 p.m. ", "木星的卫星。", "Then e\u0301lan!\n\n", "\n“Really?” she asked"],
    ),
    "sentences, stripped": Case(
        lambda: ops.sentences(strip=True),
        ["\n# Io\n", "\nIt is", " hot. Ver", "y. \n"],
        ["# Io", "It is hot.", "Very."],
    ),
    "lines": Case(ops.lines, LINES, ["Io\r\n", "Europa\n", "\r\n", "Titan\r", "and more"]),
    "lines, stripped": Case(lambda: ops.lines(strip=True), LINES, ["Io", "Europa", "", "Titan", "and more"]),
    "paragraphs": Case(
        ops.paragraphs,
        ["Io\nis", " hot.\n \t\n", "\n  Europa", "\r\n\r\nTi", "tan\n"],
        ["Io\nis hot.\n \t\n", "\n  Europa\r\n\r\n", "Titan\n"],
    ),
    "paragraphs, stripped": Case(
        lambda: ops.paragraphs(strip=True), ["\nIo \n\n\n", "\n  Europa", "\n\n \n"], ["Io", "  Europa"]
    ),
    "code_blocks": Case(ops.code_blocks, CODE, BLOCKS),
}
