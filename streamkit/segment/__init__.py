"""Text cut into what a reader sees: characters, words, sentences, lines, paragraphs, blocks of code."""

from ._code import CodeBlock, CodeBlocks
from ._sentences import Sentences
from ._units import Lines, Paragraphs, Units
from ._words import Words

__all__ = [
    "CodeBlock",
    "CodeBlocks",
    "Lines",
    "Paragraphs",
    "Sentences",
    "Units",
    "Words",
]
