"""Count the words of each sentence with an operator of one's own."""

from collections.abc import Callable

import reactivex as rx
from reactivex import operators as rxo

import streamkit as sk
from streamkit import operators as ops


def word_counts() -> Callable[[rx.Observable[sk.Chunk]], rx.Observable[int]]:
    return rx.compose(ops.text(), ops.sentences(), rxo.map(lambda sentence: len(sentence.split())))


stream = sk.stream("openai/gpt-5-mini", "Which moons may hold life?")
for count in stream.pipe(word_counts()):
    print(count, "words")
