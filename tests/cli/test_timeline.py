"""``streamkit timeline`` and the option ``--timeline``: a new page, its path, and no file that is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamkit import cli
from streamkit._recording import Header, RecordedEnd, end_line, header_line, read_line
from streamkit.testing import chat_events


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    head = header_line(Header(kind="bytes", api="openai.chat", provider="openai", model="gpt-5-mini"))
    reads = [read_line(100 * at, event) for at, event in enumerate(chat_events("Europa"), 1)]
    path = tmp_path / "moons.jsonl"
    path.write_bytes(b"".join([head, *reads, end_line(RecordedEnd(state="complete", ms=700))]))
    return path


def test_recordings_become_one_page(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["timeline", str(recording), "moons.jsonl", "-o", "page.html", "--title", "Two moons"]) == cli.OK
    assert capsys.readouterr() == ("timeline: page.html\n", "")
    page = Path("page.html").read_text(encoding="utf-8")
    assert page.count('class="lane call complete"') == 2
    assert "<h1>Two moons</h1>" in page


def test_no_page_is_overwritten(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("timeline.html").write_text("mine")
    for words in (["timeline", str(recording)], ["demo", "--timeline", "timeline.html"]):
        assert cli.main(words) == cli.USAGE
        out, err = capsys.readouterr()
        assert (out, "is there already, and no file is overwritten" in err) == ("", True)
    assert Path("timeline.html").read_text() == "mine"


@pytest.mark.parametrize("name", ["none.jsonl", "."])
def test_what_is_no_recording_is_one_sentence(recording: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert cli.main(["timeline", name]) == cli.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("streamkit: The recording ")
    assert not Path("timeline.html").exists()


@pytest.mark.usefixtures("recording")
def test_a_page_opens_in_the_browser_only_with_open(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert cli.main(["timeline", "moons.jsonl"]) == cli.OK
    assert opened == []
    assert cli.main(["timeline", "moons.jsonl", "-o", "other.html", "--open"]) == cli.OK
    assert opened == [Path("other.html").resolve().as_uri()]


@pytest.mark.sdk
@pytest.mark.usefixtures("recording")
def test_a_search_draws_what_its_requests_have_done(capsys: pytest.CaptureFixture[str]) -> None:
    Path("prompts.txt").write_text("Which moons may hold life?\n" * 3)
    words = ["search", "prompts.txt", "--accept", "Titan", "-m", "replay/openai", "--timeline", "found.html"]
    assert cli.main(words) == cli.OK
    assert "timeline: found.html\n" in capsys.readouterr().err
    page = Path("found.html").read_text(encoding="utf-8")
    assert page.count('class="lane call ') == 3
    assert page.count(" won") == 1


@pytest.mark.sdk
@pytest.mark.usefixtures("recording")
def test_the_demo_draws_its_calls(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "--timeline"]) == cli.OK
    assert "\ntimeline: streamkit-demo.html\n" in capsys.readouterr().out
    page = Path("streamkit-demo.html").read_text(encoding="utf-8")
    assert page.count('class="lane call ') == 8
    assert 'class="lane reader"' in page
