"""Text segmentation: words, sentences, lines, paragraphs and blocks of code, from text that is still arriving."""

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
