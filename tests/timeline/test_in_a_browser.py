"""The page of a timeline in a browser: lanes, labels, narrow and dark, the slider, the keyboard, the print."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit._stream import began_at
from streamkit.testing import Script, chat_events, run_in_virtual_time
from tests.stream.conversing import provider
from tests.timeline.browser import Browser, opened
from tests.timeline.samples import SAMPLES, WORDS, paced
from tests.wire.test_recordings import EVERY

pytestmark = pytest.mark.browser

BOXES = """
return [...document.querySelectorAll(arguments[0])]
  .map((each) => each.getBoundingClientRect())
  .filter((box) => box.width && box.height)
  .map((box) => [box.left, box.top, box.right, box.bottom]);
"""

PANEL = """
return [...document.querySelectorAll("#panel [data-kind]")].map((each) => [each.dataset.kind, each.textContent]);
"""

SLIDE = """
const at = document.getElementById("at");
at.value = arguments[0];
at.dispatchEvent(new Event("input"));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with opened(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: run_in_virtual_time(draw()) for name, draw in SAMPLES.items()}


def overlaps(boxes: list[list[float]]) -> list[tuple[list[float], list[float]]]:
    """Return the pairs of boxes that share more than the width of a line."""
    return [
        (one, other)
        for one, other in itertools.combinations(boxes, 2)
        if min(one[2], other[2]) - max(one[0], other[0]) > 1 and min(one[3], other[3]) - max(one[1], other[1]) > 1
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_has_no_overflow_no_overlap_and_no_complaint(
    browser: Browser, pages: dict[str, str], name: str, width: int, scheme: str
) -> None:
    browser.open(pages[name], width=width, scheme=scheme)
    assert browser.messages() == []
    assert browser.run("return document.documentElement.scrollWidth") == width
    assert overlaps(browser.run(BOXES, ".lane .title, .lane .facts, .lane .track, h1, .sum, .legend")) == []
    assert overlaps(browser.run(BOXES, ".legend li")) == []
    assert overlaps(browser.run(BOXES, ".axis text")) == []
    inside = [box for box in browser.run(BOXES, ".lane, .name, .title, .facts, .panel *") if box[2] > width]
    assert inside == []


@pytest.mark.parametrize(("name", "least"), [("one", 3), ("twelve", 12), ("eighty", 80)])
def test_every_lane_is_there(browser: Browser, pages: dict[str, str], name: str, least: int) -> None:
    browser.open(pages[name])
    assert len(browser.run(BOXES, ".lane .track")) >= least
    assert len(browser.run(BOXES, ".lane.call .track path")) >= (1 if name == "one" else 5)
    heights = [bottom - top for _, top, _, bottom in browser.run(BOXES, ".lane .title")]
    assert min(heights) >= 11


def test_kinds_of_lanes_and_marks_are_shown(browser: Browser, pages: dict[str, str]) -> None:
    browser.open(pages["twelve"])
    classes = browser.run("return [...document.querySelectorAll('.lane')].map((each) => each.className)")
    assert {"lane call complete", "lane call stopped", "lane call failed", "lane tool done", "lane tool failed"} <= {
        each.replace(" chosen", "") for each in classes
    }
    for kind in ("m-sent", "m-content", "m-complete", "m-stopped", "m-failed", "s-stall", "s-run", "s-waiting"):
        assert browser.run("return document.querySelectorAll('.track .' + arguments[0]).length", kind), kind
    browser.open(pages["one"])
    assert browser.run("return document.querySelectorAll('.lane.reader .lag').length") == 1


def test_the_two_schemes_differ_in_all_colours(browser: Browser, pages: dict[str, str]) -> None:
    colours = """
    const of = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    return [...arguments].map(of);
    """
    names = ("--paper", "--ink", "--mute", "--line", "--accent", "--text", "--tool", "--complete", "--failed")
    found: list[Any] = []
    for scheme in ("light", "dark"):
        browser.open(pages["one"], scheme=scheme)
        found.append(browser.run(colours, *names))
    assert all(one != other for one, other in zip(*found, strict=True))


def test_text_can_be_read_on_its_background(browser: Browser, pages: dict[str, str]) -> None:
    contrast = """
    const channel = (value) => (value / 255 <= 0.03928 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const light = (colour) => {
      const context = document.createElement("canvas").getContext("2d");
      context.fillStyle = colour; context.fillRect(0, 0, 1, 1);
      const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
      return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    };
    const root = getComputedStyle(document.documentElement);
    const paper = light(root.getPropertyValue("--soft"));
    return arguments[0].map((name) => {
      const ink = light(root.getPropertyValue(name));
      return [name, (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)];
    });
    """
    for scheme in ("light", "dark"):
        browser.open(pages["one"], scheme=scheme)
        texts = browser.run(contrast, ["--ink", "--mute", "--complete", "--failed", "--stopped", "--thinking"])
        assert [each for each in texts if each[1] < 3] == []
        assert [each for each in texts[:2] if each[1] < 4.5] == []


# The slider -------------------------------------------------------------------------------------------------


def test_the_slider_shows_the_answer_of_every_moment(browser: Browser) -> None:
    async def main() -> tuple[sk.Stream, str]:
        stream = Script(paced(WORDS[:12], seed=7)).stream()
        await stream
        return stream, sk.timeline(stream).html

    stream, page = run_in_virtual_time(main())
    browser.open(page)
    assert stream.log is not None
    last = stream.log.length
    for count in range(2, last):
        at = stream.log.arrived(count - 1) * 1000
        browser.run(SLIDE, at + 1)
        shown = dict(browser.run(PANEL))
        assert shown.get("text", "") == stream.at(count).content
    assert browser.run("return document.getElementById('now').textContent").endswith(f"chunk {last} of {last}")


MOMENTS = """
const slide = document.getElementById("at");
return arguments[0].map(([lane, at]) => {
  document.querySelectorAll(".name")[lane].click();
  slide.value = at;
  slide.dispatchEvent(new Event("input"));
  const shown = [...document.querySelectorAll("#panel [data-kind]")].filter((each) => each.dataset.choice === "0");
  const of = (kind) => shown.filter((each) => each.dataset.kind === kind).map((each) => each.textContent).join("");
  return ["text", "thinking", "refusal", "tool"].map(of);
});
"""


def test_the_moments_of_recordings_are_those_of_the_stream(browser: Browser, wire_dir: Path) -> None:
    async def main() -> tuple[list[sk.Stream], str]:
        found: list[sk.Stream] = []
        for each in [each for each in EVERY if each.failure is None][::4]:
            body = (wire_dir / each.line["file"]).read_bytes()
            parts = [body[len(body) * at // 5 : len(body) * (at + 1) // 5] for at in range(5)]
            steps = [step for part in parts for step in (0.1, part)]
            stream = Script(steps).stream(api=each.call["api"], vendor=each.call["vendor"], n=each.call["choices"])
            await stream
            found.append(stream)
        return found, sk.timeline(found).html

    streams, page = run_in_virtual_time(main())
    browser.open(page)
    lanes = "return [...document.querySelectorAll('.lane')].map((each) => each.classList.contains('call'))"
    calls = [at for at, is_call in enumerate(browser.run(lanes)) if is_call]
    assert len(calls) == len(streams) > 20
    offsets = [began_at(stream) or 0.0 for stream in streams]
    asks = [(number, seconds) for number in range(len(streams)) for seconds in (0.15, 0.35, 0.45, 60.0)]
    given = [(calls[number], (offsets[number] - min(offsets) + seconds) * 1000) for number, seconds in asks]
    expected = [moment(streams[number].at_time(seconds)) for number, seconds in asks]
    assert browser.run(MOMENTS, given) == expected


class Moon(BaseModel):
    name: str


def test_a_void_answer_gives_way_to_the_next_one(browser: Browser) -> None:
    model, _ = provider(chat_events('{"name": ', "3}"), chat_events('{"name": ', '"Io"}'))

    async def main() -> tuple[sk.Stream, str]:
        stream = sk.stream(model, "?", response_model=Moon, reask=1)
        await stream
        return stream, sk.timeline(stream).html

    stream, page = run_in_virtual_time(main())
    browser.open(page)
    assert dict(browser.run(PANEL))["text"] == stream.content == '{"name": "Io"}'
    assert browser.run("return document.querySelectorAll('.track .m-void').length") == 1


def moment(response: sk.Response) -> list[str]:
    arguments = "".join(call.arguments_text for call in response.tool_calls)
    return [response.content, response.thinking, response.refusal, arguments]


def test_the_arrows_of_the_slider_move_the_moment(browser: Browser, pages: dict[str, str]) -> None:
    browser.open(pages["one"])
    browser.run("document.getElementById('at').focus()")
    whole = dict(browser.run(PANEL))["text"]
    browser.press("Home")
    assert dict(browser.run(PANEL)) == {}
    spoken = "return document.getElementById('at').getAttribute('aria-valuetext')"
    assert browser.run(spoken).startswith("0 ms · chunk 0 of ")
    browser.press("ArrowRight", "ArrowRight")
    assert browser.run(spoken) > "0"
    browser.press("End")
    assert dict(browser.run(PANEL))["text"] == whole


def test_the_buttons_go_from_one_event_to_the_next(browser: Browser, pages: dict[str, str]) -> None:
    browser.open(pages["one"])
    browser.run(SLIDE, 0)
    browser.run("document.getElementById('on').click()")
    assert browser.run(PANEL) == [["thinking", "The "]]
    browser.run("document.getElementById('on').click()")
    assert browser.run(PANEL) == [["thinking", "The question "]]
    browser.run("document.getElementById('back').click()")
    assert browser.run(PANEL) == [["thinking", "The "]]


# The keyboard -----------------------------------------------------------------------------------------------


def test_tab_goes_over_the_lanes_and_arrows_between_them(browser: Browser, pages: dict[str, str]) -> None:
    browser.open(pages["twelve"])
    focused = """
    const lane = document.activeElement.closest(".lane");
    return lane ? [...document.querySelectorAll(".lane")].indexOf(lane) : document.activeElement.id;
    """
    order: list[Any] = []
    for _ in range(8):
        browser.press("Tab")
        order.append(browser.run(focused))
    assert order == ["play", "back", "at", "on", "panel", 0, 1, 2]
    browser.press("ArrowDown")
    assert browser.run(focused) == 3
    assert browser.run("return document.querySelector('.chosen .title').textContent") == browser.run(
        "return document.querySelector('#panel h2').textContent"
    )
    assert browser.run("return document.querySelectorAll('.name[aria-pressed=true]').length") == 1
    browser.press("ArrowUp", "ArrowLeft")
    assert browser.run(focused) == 2
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert browser.run(outline) == "solid"


def test_every_drawing_and_control_has_a_name(browser: Browser, pages: dict[str, str]) -> None:
    browser.open(pages["twelve"])
    unnamed = """
    return [...document.querySelectorAll("button, input, .track, .track .mark, .track [data-tip], aside")]
      .filter((each) => !(each.getAttribute("aria-label") || each.textContent.trim())).length;
    """
    assert browser.run(unnamed) == 0


# Hover, print, safety -----------------------------------------------------------------------------------------


def test_hovering_says_what_there_is(browser: Browser, pages: dict[str, str]) -> None:
    browser.open(pages["one"])
    hover = """
    const track = document.querySelectorAll(".track")[arguments[0]];
    const box = (arguments[1] ? track.querySelector(arguments[1]) : track).getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const moved = new PointerEvent("pointermove", {bubbles: true, clientX: x, clientY: y});
    document.elementFromPoint(x, y).dispatchEvent(moved);
    const tip = document.getElementById("tip");
    return tip.hidden ? null : tip.textContent;
    """
    assert "Stall: no content for" in browser.run(hover, 0, ".s-stall")
    assert "Sent at" in browser.run(hover, 0, ".m-sent")
    assert "behind" in browser.run(hover, 2, "")
    browser.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}))")
    assert browser.run("return document.getElementById('tip').hidden")


def test_a_print_has_all_lanes_on_white_and_no_controls(browser: Browser, pages: dict[str, str]) -> None:
    browser.open(pages["twelve"], scheme="dark")
    browser.media(scheme="dark", kind="print")
    assert browser.run(BOXES, ".bar, .cursor, .tip") == []
    assert len(browser.run(BOXES, ".lane .track")) >= 12
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("return getComputedStyle(document.querySelector('.lane')).breakInside") == "avoid"
    browser.media()


def test_text_of_a_model_is_text_and_runs_nothing(browser: Browser) -> None:
    evil = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><!--\u2028"
    stream = Script(chat_events(evil, "<b>bold</b>")).stream()
    stream.run()
    browser.open(sk.timeline(stream, title="<i>Safe</i> & sound").html)
    assert browser.run("return document.title") == "<i>Safe</i> & sound"
    assert dict(browser.run(PANEL))["text"] == f"{evil}<b>bold</b>"
    assert browser.run("return document.querySelectorAll('img, b:not(output b), script:not([id])').length") == 1
    assert browser.messages() == []


def test_a_notebook_shows_it_in_a_frame_of_its_own(browser: Browser, pages: dict[str, str]) -> None:
    stream = Script(chat_events("Europa")).stream()
    stream.run()
    shown = sk.timeline(stream)._repr_html_()  # pyright: ignore[reportPrivateUsage] - the notebook's protocol
    browser.open(f"<!doctype html><style>h1 {{ color: red }}</style><h1>A notebook</h1>{shown}")
    assert browser.messages() == []
    browser.driver.switch_to.frame(0)
    assert dict(browser.run(PANEL))["text"] == "Europa"
    assert browser.run("return getComputedStyle(document.querySelector('h1')).color") != "rgb(255, 0, 0)"
    browser.driver.switch_to.default_content()
    assert browser.run("return getComputedStyle(document.body).maxWidth") == "none"
    assert browser.run("return document.querySelectorAll('.lane').length") == 0


def test_without_scripts_the_lanes_are_there(browser: Browser, pages: dict[str, str]) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(pages["twelve"])
        assert len(browser.run(BOXES, ".lane .track")) >= 12
        assert browser.run(BOXES, ".bar, .panel") == []
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
