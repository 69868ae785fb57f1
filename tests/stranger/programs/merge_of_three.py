"""Merge the answers of three calls as they arrive, with reactivex."""

import reactivex as rx
from reactivex import operators as rxo

import streamkit as sk
from streamkit import operators as ops

QUESTIONS = ["Which moon is icy?", "Which moon is hot?", "Which moon is large?"]


def labelled(question: str) -> rx.Observable[tuple[str, str]]:
    return sk.stream("openai/gpt-5-mini", question).pipe(ops.text(), rxo.map(lambda text: (question, text)))


texts = dict.fromkeys(QUESTIONS, "")
for question, text in sk.flow(rx.merge(*map(labelled, QUESTIONS))):
    texts[question] += text
for question, text in texts.items():
    print(question, text)
