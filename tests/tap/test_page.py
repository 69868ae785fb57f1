"""The test on the page on testing is recorded and replayed as the page says."""

import pytest

from tests.docs.pages import ROOT, blocks, fences
from tests.tap.runs import Runs

pytest_plugins = ["pytester"]

PAGE = ROOT / "docs" / "testing.md"


@pytest.mark.sdk
def test_the_first_test_of_the_page_is_recorded_and_replayed(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = (block.code for block in blocks(PAGE) if "@pytest.mark.recording" in block.code)
    monkeypatch.setenv("OPENAI_BASE_URL", f"{runs.server.base_url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-0123456789")
    runs.pytester.makepyfile(code)
    runs.run().assert_outcomes(passed=1)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    runs.run("--streamkit-record=none").assert_outcomes(passed=1)
    assert runs.calls == [1, 0]
    assert runs.recordings() == ["moons.jsonl"]


def test_the_difference_that_the_page_shows_is_made_so(runs: Runs) -> None:
    text = """
@pytest.mark.recording("moons")
def test_it():
    sk.stream("openai/{}", "{}", base_url=BASE + "/v1", api_key=KEY).run()
"""
    runs.write(text.format("gpt-5-mini", "Which moons may hold life?"))
    runs.run().assert_outcomes(passed=1)
    runs.write(text.format("gpt-5", "Which moons may not hold life?"))
    shown = next(fence.code for fence in fences(PAGE.read_text(encoding="utf-8")) if "is not recorded" in fence.code)
    runs.run().stdout.fnmatch_lines(shown.replace("https://api.openai.com", "*").splitlines())
