"""``sk.timeline``: what it draws, when it draws it, what it refuses, and what the page never does."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit._recording import Header, RecordedEnd, chunk_line, end_line, error_fields, header_line, read_line
from streamkit.testing import Script, chat_events, run_in_virtual_time
from streamkit.tool import ToolCall, ToolResult
from tests.stream.conversing import ANSWER, Ran, calls, provider
from tests.timeline.samples import SAMPLES, WORDS, eighty_candidates, paced, twelve_lanes


def data_of(html: str) -> dict[str, Any]:
    """Return the data of a page."""
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html)
    return json.loads(found)


def text_of(lane: dict[str, Any], count: int, kind: str = "text") -> str:
    """Return a text of the moment when a number of chunks had arrived, as the page's script does."""
    deltas = [each for each in lane["deltas"] if each[1] <= count]
    since = max((at for at, each in enumerate(deltas) if each[2] == "void"), default=0)
    return "".join(each[3] for each in deltas[since:] if each[2] == kind and each[5] == 0)


def test_the_page_has_the_answer_of_every_moment() -> None:
    stream = Script(paced(WORDS[:10], seed=1)).stream()

    async def main() -> str:
        await stream
        return sk.timeline(stream).html

    (lane,) = data_of(run_in_virtual_time(main()))["lanes"]
    assert stream.log is not None
    for count in range(stream.log.length + 1):
        assert text_of(lane, count) == stream.at(count).content
    assert lane["count"] == stream.log.length


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_loads_nothing_and_allows_only_its_own_style_and_script(name: str) -> None:
    page = run_in_virtual_time(SAMPLES[name]())
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[0]
    assert policy.startswith("default-src 'none'; ")
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"https?:|\bsrc=|\bhref=|@import|\bon[a-z]+=|\bstyle=", page) == []


def test_model_text_and_names_cannot_leave_their_elements() -> None:
    evil = "</script><script>alert(1)</script><!-- ]]> \u2028 <b>"
    stream = Script(chat_events(evil)).stream()
    stream.run()
    page = sk.timeline(stream, title="<b>&\"'\ud800").html
    assert "<b>" not in page
    assert "alert(1)</script>" not in page
    assert "<!--" not in page
    assert text_of(data_of(page)["lanes"][0], 10) == evil
    assert page.encode()  # half of a surrogate pair could not be written


def test_nothing_is_sent_for_a_picture() -> None:
    script = Script(chat_events("Io"))
    stream = script.stream()
    picture = sk.timeline(stream)
    assert "not sent" in picture.html
    assert repr(picture) == "<Timeline of 1 call: .save('timeline.html') writes the page>"
    assert "not sent" in picture._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert script.opened == 0


def test_a_picture_is_drawn_when_it_is_looked_at() -> None:
    async def main() -> None:
        first, *rest = chat_events("Io, ", "Europa")[1:]
        stream = Script([first, 1.0, *rest]).stream()
        picture = sk.timeline(stream)
        async for _ in stream:
            if stream.content == "Io, ":
                await asyncio.sleep(0.5)
                lane, reader = data_of(picture.html)["lanes"]
                assert (text_of(lane, 9), lane["end"], reader["title"]) == ("Io, ", None, "reader 1")
        assert data_of(picture.html)["lanes"][0]["end"] is not None

    run_in_virtual_time(main())


def test_readers_are_lanes_if_the_picture_was_made_before_they_came() -> None:
    def titles(html: str) -> list[str]:
        return [lane["title"] for lane in data_of(html)["lanes"]]

    async def main() -> None:
        late = "Readers are recorded from the moment in which the timeline is made"
        stream, other = Script(paced(WORDS[:5], seed=1)).stream(), Script(paced(WORDS[:5], seed=1)).stream()
        picture = sk.timeline(stream)
        async for _ in stream:
            pass
        async for _ in other:
            pass
        assert titles(picture.html) == ["scripted/scripted-1", "reader 1"]
        assert late not in picture.html
        after = sk.timeline(other).html
        assert titles(after) == ["scripted/scripted-1"]
        assert late in after

    run_in_virtual_time(main())


def test_a_conversation_is_its_turns_with_their_tools() -> None:
    model, _ = provider(calls("Io", "Europa"), calls("Titan"), ANSWER)
    stream = sk.converse(model, "How long?", tools=[Ran().orbit])
    stream.run()
    lanes = data_of(sk.timeline(stream).html)["lanes"]
    name = model.partition("/")[0]
    assert [lane["title"] for lane in lanes] == [
        *(f"turn 1 · {name}/scripted-1", "orbit", "orbit"),
        *(f"turn 2 · {name}/scripted-1", "orbit"),
        f"turn 3 · {name}/scripted-1",
    ]
    assert [lane["facts"][0] for lane in lanes] == ["complete", "done", "done", "complete", "done", "complete"]
    assert text_of(lanes[1], 99) == "Io: 1.8 days"


def test_streams_stand_at_their_own_times() -> None:
    page = run_in_virtual_time(twelve_lanes())
    sent = [lane["sent"] for lane in data_of(page)["lanes"] if lane["kind"] == "call"]
    assert sent[:5] == [0, 200, 400, 600, 800]
    states = [lane["state"] for lane in data_of(page)["lanes"] if lane["kind"] == "call"]
    assert states[:5] == ["complete", "complete", "stopped", "complete", "failed"]


def test_a_search_is_a_lane_for_each_candidate() -> None:
    page = run_in_virtual_time(eighty_candidates())
    lanes = data_of(page)["lanes"]
    assert len(lanes) == 80
    assert sum(lane["accepted"] for lane in lanes) == 2
    assert {lane["state"] for lane in lanes} == {"accepted", "rejected", "stopped"}
    assert all(lane["deltas"] or lane["count"] <= 1 for lane in lanes)
    assert "saved at most" in page


def test_candidates_beyond_a_bound_have_no_times() -> None:
    async def main() -> sk.SearchResult:
        return await sk.search(
            (Script(chat_events("Io")).stream() for _ in range(300)), accept="Europa", concurrency=50
        )

    found = run_in_virtual_time(main())
    lanes = data_of(sk.timeline(found).html)["lanes"]
    assert [len(lanes), sum("its times are not kept" in lane["facts"] for lane in lanes)] == [300, 44]


# Recordings -----------------------------------------------------------------------------------------------


def recorded(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(lines))
    return path


def test_a_recording_is_drawn_from_its_file(tmp_path: Path) -> None:
    head = header_line(Header(kind="bytes", api="openai.chat", provider="openai", model="gpt-5-mini", status=200))
    reads = [read_line(100 * at, event) for at, event in enumerate(chat_events("Io, ", "Europa"), 1)]
    path = recorded(tmp_path / "moons.jsonl", head, *reads, end_line(RecordedEnd(state="complete", ms=700)))
    (lane,) = data_of(sk.timeline(path).html)["lanes"]
    assert (lane["title"], lane["sent"], lane["end"], lane["state"]) == ("openai/gpt-5-mini", 0, 700, "complete")
    assert [(at, text) for at, _, kind, text, *_ in lane["deltas"] if kind == "text"] == [
        (200, "Io, "),
        (300, "Europa"),
    ]
    assert repr(sk.timeline(str(path))) == "<Timeline of moons.jsonl: .save('timeline.html') writes the page>"


def test_a_recording_that_breaks_off_is_not_proven(tmp_path: Path) -> None:
    head = header_line(Header(kind="bytes", api="openai.chat", provider="openai", model="m"))
    path = recorded(tmp_path / "torn.jsonl", head, read_line(5, chat_events("Io")[1]))
    (lane,) = data_of(sk.timeline(path).html)["lanes"]
    assert (lane["state"], lane["end"], text_of(lane, 9)) == ("unknown", 5, "Io")


def of_turn(turn: int, events: list[bytes], *, ms: float, attempt: int = 0, end: RecordedEnd | None = None) -> bytes:
    """Return the lines of one call of a recorded conversation."""
    call: dict[str, Any] = {"turn": turn, "attempt": attempt, "sent": ms}
    head = Header(kind="bytes", api="openai.chat", provider="openai", model="m", **call)
    reads = [read_line(ms + 40, each) for each in events]
    return b"".join([header_line(head), *reads, end_line(end or RecordedEnd(state="complete", ms=ms + 60))])


def test_a_recorded_conversation_has_its_turns_attempts_and_tools(tmp_path: Path) -> None:
    call = ToolCall("call_0", "orbit", 0, {"moon": "Io"}, '{"moon": "Io"}', complete=True)
    result = sk.Chunk(content="1.8", index=-1).with_origin(
        sk.Origin(0, tool_call_id="call_0", result=ToolResult(call, "1.8", seconds=0.1))
    )
    refused = RecordedEnd(state="failed", ms=50, error=error_fields(sk.RateLimited("busy")))
    path = recorded(
        tmp_path / "talk.jsonl",
        header_line(Header(kind="chunks", provider="openai", model="m", conversation=True)),
        of_turn(0, [], ms=0, end=refused),
        of_turn(0, calls("Io"), ms=60, attempt=1),
        chunk_line(300, result),
        of_turn(1, ANSWER, ms=310),
        end_line(RecordedEnd(state="complete", ms=420, calls=3)),
    )
    lanes = data_of(sk.timeline(path).html)["lanes"]
    assert [lane["title"] for lane in lanes] == ["turn 1 · openai/m", "orbit", "turn 2 · openai/m"]
    assert "1 failed attempt before" in lanes[0]["facts"]
    assert (lanes[1]["facts"][0], lanes[1]["end"], text_of(lanes[1], 99)) == ("done", 300, "1.8")


class Moon(BaseModel):
    name: str
    days: int


def test_a_void_answer_takes_back_what_came_before(tmp_path: Path) -> None:
    model, _ = provider(chat_events('{"name": "Io", ', '"days": "x"}'), chat_events('{"name": "Io", ', '"days": 2}'))
    stream = sk.stream(model, "?", response_model=Moon, reask=1, record=tmp_path / "moon.jsonl")
    stream.run()
    stream.close()
    live, played = data_of(sk.timeline([stream, tmp_path / "moon.jsonl"]).html)["lanes"]
    assert stream.log is not None
    for lane in (live, played):
        assert "asked again once" in lane["facts"]
        assert "1 failed attempt before" not in lane["facts"]
        assert "14 → 4 tokens" in lane["facts"]
        for count in range(stream.log.length + 1):
            assert text_of(lane, count) == stream.at(count).content


def test_a_recording_that_breaks_off_behind_its_first_line_is_an_empty_lane(tmp_path: Path) -> None:
    head = header_line(Header(kind="chunks", provider="openai", model="m", conversation=True))
    (lane,) = data_of(sk.timeline(recorded(tmp_path / "empty.jsonl", head)).html)["lanes"]
    assert (lane["title"], lane["state"], lane["sent"]) == ("openai/m", "unknown", None)


# What it refuses --------------------------------------------------------------------------------------------


FLOW = Script(chat_events("Io")).stream().text()


@pytest.mark.parametrize("wrong", [3, None, [3], [[]], FLOW, [FLOW]])
def test_what_cannot_be_drawn_is_refused_and_nothing_is_sent(wrong: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"timeline\(…\) draws Streams, results of searches and recordings"):
        sk.timeline(wrong)


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(sk.ConfigurationError, match="give at least one"):
        sk.timeline([])


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("{}\n")
    with pytest.raises(sk.ConfigurationError):
        _ = sk.timeline(tmp_path / "x.jsonl").html


def test_no_file_is_overwritten_without_overwrite(tmp_path: Path) -> None:
    picture = sk.timeline(Script(chat_events("Io")).stream())
    path = picture.save(tmp_path / "page.html")
    assert path.read_text(encoding="utf-8") == picture.html
    path.write_text("mine")
    with pytest.raises(sk.ConfigurationError, match="is there already: give another path, or overwrite=True"):
        picture.save(path)
    assert path.read_text() == "mine"
    picture.save(str(path), overwrite=True)
    assert path.read_text(encoding="utf-8") == picture.html
    with pytest.raises(sk.ConfigurationError, match="cannot be written: No such file or directory"):
        picture.save(tmp_path / "none" / "page.html")
