"""Which words are a command, which a question, and which are refused before anything is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamkit import cli
from streamkit.testing import FaultServer, chat_events, plan

WHOLE = plan("none", chat_events("Io."))
MODEL = ("-m", "openai/m")

Answered = Callable[..., tuple[int, str, str]]
Openai = Callable[..., FaultServer]

pytestmark = pytest.mark.sdk


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["serach", "x"], "near it: streamkit search."),
        (["serach", "prompts.txt", "--accept", "x"], "near it: streamkit search."),
        (["modles"], "near it: streamkit models."),
        (["Search", "for", "moons"], "near it: streamkit search."),
        (["provider"], "near it: streamkit providers."),
        (["decoed", "openai.chat", "body"], "near it: streamkit decode."),
        (["serve"], "streamkit --help lists them."),
        (["history"], "streamkit --help lists them."),
        (["--json", "search", "x"], "a command comes first: streamkit search"),
    ],
)
def test_a_typo_is_refused_with_a_hint_and_nothing_is_sent(
    openai: Openai, answered: Answered, monkeypatch: pytest.MonkeyPatch, words: list[str], hint: str
) -> None:
    server = openai(WHOLE)
    monkeypatch.setenv("STREAMKIT_MODEL", "openai/m")
    code, out, err = answered(*words)
    assert (code, out, server.requests) == (cli.USAGE, "", ())
    assert hint in err and "streamkit ask " in err
    assert err.count("\n") == 1


def test_a_typo_is_refused_although_the_model_is_named(openai: Openai, answered: Answered) -> None:
    server = openai(WHOLE)
    assert answered(*MODEL, "serach", "x")[0] == cli.USAGE
    assert server.requests == ()


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (["ask", "serach", "x"], "serach x"),
        (["ask", "models"], "models"),
        (["--", "serach", "x"], "serach x"),
        (["ask", "--", "--json"], "--json"),
        (["models of Jupiter's moons?"], "models of Jupiter's moons?"),
        (["research", "moons"], "research moons"),
        (["task", "one"], "task one"),
        (["hello"], "hello"),
    ],
)
def test_a_question_is_sent(openai: Openai, answered: Answered, words: list[str], question: str) -> None:
    server = openai(WHOLE)
    first, *rest = words
    command = [first, *MODEL, *rest] if first == "ask" else [*MODEL, *words]
    assert answered(*command)[0] == cli.OK
    assert [request.json()["messages"][-1]["content"] for request in server.requests] == [question]


def test_a_single_word_is_an_instruction_if_text_is_piped_in(
    openai: Openai, answered: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = openai(WHOLE)
    monkeypatch.setenv("STREAMKIT_MODEL", "openai/m")
    assert answered("summarize", piped="Io is hot.")[0] == cli.OK
    assert server.requests[0].json()["messages"][-1]["content"] == "summarize\n\nIo is hot."
