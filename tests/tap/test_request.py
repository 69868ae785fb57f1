"""What a recording keeps of a request, and how two requests are told apart."""

import json
from typing import Any

import pytest

from streamkit._tap._difference import difference, nearest
from streamkit._tap._request import HttpRequest, lines_of

URL = "https://user:secret@api.example:8443/v1/chat/completions?api-version=1&key=sk-canary"

CANARIES = {
    "messages": [
        {"role": "user", "content": "canary one"},
        {"role": "assistant", "tool_calls": [{"function": {"name": "look", "arguments": '{"x": "canary two"}'}}]},
        {"role": "user", "content": [{"type": "tool_use", "name": "look", "input": {"canary": 4711}}]},
        {"role": "user", "content": [{"type": "text", "text": "canary"}, {"functionResponse": {"response": [4711]}}]},
    ],
    "system": "canary three",
    "stop": ["canary"],
    "tools": [{"type": "function", "function": {"name": "look", "description": "canary four"}}],
    "input": "canary",
    "model": "a model named canary with spaces",
}


def request(body: object, url: str = URL, **headers: str) -> HttpRequest:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpRequest("POST", url, headers, content)


def test_the_address_has_no_password_and_no_key() -> None:
    assert request({}).address() == "https://api.example:8443/v1/chat/completions?api-version=1&key=…"


def test_without_prompts_no_text_is_kept_but_the_words_of_the_api() -> None:
    described = request({**CANARIES, "stream": True, "temperature": 0.5}).describe(prompts=False)
    kept = json.dumps(described)
    assert "canary" not in kept
    assert "4711" not in kept
    assert all(word in kept for word in ("assistant", "tool_use", "look", "0.5"))


def test_with_prompts_the_body_is_kept_as_it_is() -> None:
    assert request(CANARIES).describe(prompts=True)["body"] == CANARIES


@pytest.mark.parametrize("change", [{"system": "canary 3"}, {"tools": []}, {"stop": ["x"]}, {"extra": 1}])
def test_every_change_of_a_body_has_another_hash_and_another_line(change: dict[str, Any]) -> None:
    one, other = (request(body).describe(prompts=False) for body in (CANARIES, {**CANARIES, **change}))
    assert one["hash"] != other["hash"]
    assert lines_of(one) != lines_of(other)


def test_the_order_of_fields_does_not_matter() -> None:
    turned = dict(reversed(CANARIES.items()))
    assert request(CANARIES).describe(prompts=False)["hash"] == request(turned).describe(prompts=False)["hash"]


def test_the_boundary_of_a_multipart_body_does_not_matter() -> None:
    one, other = (
        request(
            f"--{mark}\r\nsound\r\n--{mark}--".encode(), **{"content-type": f"multipart/form-data; boundary={mark}"}
        )
        for mark in ("abc", "def")
    )
    assert one.describe(prompts=False) == other.describe(prompts=False)


def test_fields_that_are_ignored_have_no_line() -> None:
    lines = lines_of(request({"a": {"b": 1, "c": 2}, "ab": 3}).describe(prompts=True), ["a.b", "address"])
    assert lines == ["POST /v1/chat/completions?api-version=1&key=…", "a.c: 2", "ab: 3"]


def test_a_text_is_compared_line_by_line() -> None:
    old, new = (lines_of({"method": "GET", "address": "/", "body": {"a": text}}) for text in ("x\ny\nz", "x\nY\nz"))
    assert difference(new, old) == '- a: "y\\n"\n+ a: "Y\\n"'


def test_of_a_long_line_the_part_that_differs_is_shown() -> None:
    old, new = (f'messages.0.content: "{"x" * 500}{end}{"y" * 500}"' for end in ("Europa", "Enceladus"))
    before, after = difference([new], [old]).splitlines()
    assert before.startswith("- messages.0.content: …xxx")
    assert "Europa" in before
    assert "Enceladus" in after
    assert max(len(before), len(after)) < 220


def test_a_great_difference_is_cut() -> None:
    shown = difference([f"new {n}" for n in range(100)], ["old"]).splitlines()
    assert shown[-1] == "  … and 61 lines more"


def test_the_nearest_request_shares_most_lines() -> None:
    own = ["a", "b", "c"]
    assert nearest([own] * 3, [["x"], ["a", "b", "d"], []]) == 1
