"""Every fault is a plan that says exactly what goes over the wire."""

import gzip
import json
import math

import pytest

from streamkit.testing import FAULTS, Plan, plan
from streamkit.testing.faults import End, Fin, Forever, Repeat, Reset, Send, Wait, play


def event(content: str | None = None, reason: str | None = None) -> bytes:
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
EVENTS = (event("one"), event("two"), event("three"), event("four"), event(reason="stop"), DONE)


def sent(plan: Plan) -> list[bytes]:
    return [step.data for step in plan.steps if isinstance(step, Send)]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_makes_a_plan_and_has_one_sentence(fault: str) -> None:
    made = plan(fault, EVENTS, size=65536)
    assert made.framing == "chunked"
    assert all(step.data for step in made.steps if isinstance(step, Send))
    assert FAULTS[fault].endswith(".")


@pytest.mark.parametrize("fault", set(FAULTS) - {"cut_inside", "bad_json", "bad_utf8", "duplicate", "after_done"})
def test_no_other_fault_needs_an_event(fault: str) -> None:
    assert isinstance(plan(fault, size=65536), Plan)


@pytest.mark.parametrize(
    ("fault", "end"), [("reset", Reset()), ("fin", Fin()), ("cut", End()), ("stall", Wait(math.inf))]
)
def test_a_broken_stream_sends_half_and_then_breaks(fault: str, end: object) -> None:
    assert plan(fault, EVENTS).steps == (*map(Send, EVENTS[:3]), end)


def test_at_says_how_many_events_come_first() -> None:
    assert plan("cut", EVENTS, at=0).steps == (End(),)
    assert sent(plan("cut", EVENTS, at=6)) == list(EVENTS)


def test_byte_cuts_anywhere() -> None:
    whole = b"".join(EVENTS)
    assert all(b"".join(sent(plan("cut", EVENTS, byte=n))) == whole[:n] for n in range(len(whole) + 1))


def test_cut_inside_leaves_a_part_of_one_event() -> None:
    *before, part = sent(plan("cut_inside", EVENTS, at=2))
    assert before == list(EVENTS[:2])
    assert EVENTS[2].startswith(part)
    assert b"\n" not in part


def test_slow_bytes_sends_one_byte_a_write() -> None:
    assert {len(part) for part in sent(plan("slow_bytes", EVENTS))} == {1}
    assert b"".join(sent(plan("slow_bytes", EVENTS))) == b"".join(EVENTS)


def test_drip_leaves_the_events_whole() -> None:
    assert sent(plan("drip", EVENTS))[1::2] == list(EVENTS)
    assert set(sent(plan("drip", EVENTS))[::2]) == {b": keep-alive\n\n"}


def test_keep_alives_go_on_for_ever() -> None:
    assert plan("keep_alives", EVENTS, at=1, delay=9).steps[-1] == Forever(b": keep-alive\n\n", 9)


def test_latency_delays_the_whole_response() -> None:
    assert plan("latency", EVENTS, delay=3).latency == 3


def test_garbage_is_one_line_and_the_same_in_every_run() -> None:
    parts = sent(plan("garbage", EVENTS, at=2))
    assert len(parts[2].splitlines()) == 2
    assert parts == sent(plan("garbage", EVENTS, at=2))


def test_bad_json_damages_one_event_only() -> None:
    parts = sent(plan("bad_json", EVENTS, at=2))
    assert [a == b for a, b in zip(parts, EVENTS, strict=True)] == [True, True, False, True, True, True]
    with pytest.raises(json.JSONDecodeError):
        json.loads(parts[2].removeprefix(b"data: "))


def test_bad_utf8_is_sound_json_but_for_the_bytes_in_a_text() -> None:
    damaged = sent(plan("bad_utf8", EVENTS, at=2))[2]
    payload = damaged.removeprefix(b"data: ")
    assert json.loads(payload.decode(errors="replace"))["choices"][0]["delta"]["content"] == "\ufffd\ufffdthree"
    with pytest.raises(UnicodeDecodeError):
        payload.decode()


@pytest.mark.parametrize(
    "text_event", [b'data: {"delta":{"type":"text_delta","text":"a"}}\n\n', b'data: {"delta": "a"}\n\n']
)
def test_bad_utf8_finds_the_text_of_other_formats(text_event: bytes) -> None:
    assert b'"\xff\xfea"' in sent(plan("bad_utf8", [text_event]))[0]


def test_error_event_comes_instead_of_the_rest() -> None:
    assert json.loads(sent(plan("error_event", EVENTS))[3].removeprefix(b"data: "))["error"]["type"] == "server_error"
    assert sent(plan("error_event", EVENTS, at=1, error=b"event: error\n\n")) == [EVENTS[0], b"event: error\n\n"]


def test_duplicate_sends_one_event_twice() -> None:
    assert sent(plan("duplicate", EVENTS, at=1)) == [EVENTS[0], EVENTS[1], *EVENTS[1:]]


def test_after_done_sends_content_after_the_sentinel() -> None:
    assert sent(plan("after_done", EVENTS)) == [*EVENTS, *EVENTS[:2]]


def test_no_finish_drops_the_events_with_a_finish_reason() -> None:
    assert sent(plan("no_finish", EVENTS)) == [*EVENTS[:4], DONE]
    assert sent(plan("no_finish", EVENTS, is_end=lambda event: b"DONE" in event)) == list(EVENTS[:5])


def test_a_huge_line_is_never_in_memory() -> None:
    line = plan("huge_line", EVENTS, at=0).steps[-1]
    assert isinstance(line, Repeat)
    assert len(line.data) * line.times == 64 * 1024 * 1024
    assert len(line.data) == 65536


def test_a_gzip_bomb_unpacks_to_a_thousandfold() -> None:
    bomb = plan("gzip_bomb", EVENTS, at=1, size=4 * 1024 * 1024)
    packed = b"".join(sent(bomb))
    assert dict(bomb.headers)["content-encoding"] == "gzip"
    assert gzip.decompress(packed).startswith(EVENTS[0] + b"data: xxx")
    assert len(gzip.decompress(packed)) > 900 * len(packed)


@pytest.mark.parametrize(
    ("fault", "status"), [("unauthorized", 401), ("rate_limited", 429), ("server_error", 500), ("overloaded", 529)]
)
def test_a_refusal_has_a_body_as_openai_shapes_it(fault: str, status: int) -> None:
    refusal = plan(fault)
    assert refusal.status == status
    assert json.loads(sent(refusal)[0])["error"].keys() == {"message", "type", "code"}


def test_rate_limited_says_when_to_retry() -> None:
    assert dict(plan("rate_limited").headers)["retry-after"] == "1"
    assert dict(plan("rate_limited", headers={"retry-after": "30"}).headers)["retry-after"] == "30"


def test_status_headers_framing_and_pace_can_be_set() -> None:
    made = plan("overloaded", status=503, headers={"x-request-id": "r1"}, framing="close", every=0.5)
    assert (made.status, made.framing, made.every) == (503, "close", 0.5)
    assert dict(made.headers) == {"content-type": "application/json", "x-request-id": "r1"}


def test_redirect_leads_to_the_location() -> None:
    assert plan("redirect", location="http://127.0.0.3/").headers == (("location", "http://127.0.0.3/"),)


def test_an_unknown_fault_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'cutt'.*cut_inside"):
        plan("cutt")


@pytest.mark.parametrize("position", [{"at": 7}, {"at": -1}, {"byte": -1}, {"byte": 10**6}, {"at": 1, "byte": 1}])
def test_a_position_outside_the_events_is_refused(position: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="place"):
        plan("cut", EVENTS, at=position.get("at"), byte=position.get("byte"))


@pytest.mark.parametrize("fault", ["cut_inside", "bad_json", "bad_utf8", "duplicate"])
def test_damage_needs_an_event_to_damage(fault: str) -> None:
    with pytest.raises(ValueError, match="at="):
        plan(fault, EVENTS, at=6)


def test_bad_utf8_needs_a_text_to_damage() -> None:
    with pytest.raises(ValueError, match="no event from 4 on"):
        plan("bad_utf8", EVENTS, at=4)


def test_play_ends_once_and_ignores_what_comes_after() -> None:
    assert list(play(Plan())) == [End()]
    assert list(play(Plan(steps=(Send(b"a"), Reset(), Send(b"b"))))) == [Send(b"a"), Reset()]


def test_play_paces_between_events() -> None:
    assert list(play(plan("none", EVENTS[:2], every=2))) == [Send(EVENTS[0]), Wait(2), Send(EVENTS[1]), End()]


def test_play_goes_on_for_ever_where_the_plan_does() -> None:
    actions = play(Plan(steps=(Forever(b"a", every=1),)))
    assert [next(actions) for _ in range(4)] == [Send(b"a"), Wait(1), Send(b"a"), Wait(1)]
