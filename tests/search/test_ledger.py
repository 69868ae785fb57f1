"""The ledger: what each candidate was sent, used and saved, and sums that are those of its rows."""

from __future__ import annotations

from typing import Any

import pytest

import streamkit as sk
from streamkit._search import Ledger, Row
from streamkit._search._ledger import Bill
from streamkit.testing import Script, anthropic_events, chat_event
from streamkit.usage.sums import added

from .scripts import hangs, in_virtual_time, says

PROVIDED = sk.Usage(input_tokens=7, output_tokens=2, cached_tokens=1)
ESTIMATED = sk.Usage(output_tokens=10, source="estimated", low=5, high=20)
UNBOUNDED = sk.Usage(output_tokens=3, source="estimated", low=1)


def raced(scripts: list[Script], **options: Any) -> sk.Ledger:
    async def work() -> sk.Ledger:
        found = await sk.race(
            [script.stream("Which moons may hold life?", max_tokens=100) for script in scripts], **options
        )
        await found.closed()
        return found.ledger

    return in_virtual_time(work)


def test_losers_say_what_they_used_and_saved_even_those_of_which_nothing_had_come() -> None:
    ledger = raced([hangs("Io is hot, and "), hangs(), says("Europa", after=1)], accept="Europa")
    talking, silent, winner = ledger
    assert (talking.verdict, talking.state, talking.calls, talking.chars) == ("stopped", "stopped", 1, 15)
    assert talking.usage is not None and talking.usage.low is not None and talking.usage.high is not None
    assert talking.usage.low <= 5 <= talking.usage.high
    assert talking.saved is not None and talking.saved.output_tokens == 100 - talking.usage.low
    assert silent.usage is not None
    assert (silent.usage.source, silent.usage.output_tokens, silent.usage.low) == ("estimated", 0, 0)
    assert silent.saved is not None and silent.saved.output_tokens == 100
    assert all(row.close_ms is not None and row.prompt_tokens > 3 for row in (talking, silent, winner))
    assert (winner.verdict, winner.model) == ("accepted", "scripted/scripted")


def test_reported_prompt_tokens_are_in_the_row_of_a_loser() -> None:
    async def work() -> sk.Ledger:
        slow = Script([*anthropic_events("Io")[:3], None]).stream(api="anthropic.messages", vendor="anthropic")
        found = await sk.race([slow, says("Europa", after=1).stream()], accept="Europa")
        await found.closed()
        return found.ledger

    usage = in_virtual_time(work)[0].usage
    assert usage is not None and (usage.input_tokens, usage.source) == (7, "partial")


def test_rows_and_sums_stand_as_they_are_before_everything_is_closed() -> None:
    async def work() -> None:
        streams = [hangs("Io is hot, and ").stream(max_tokens=100) for _ in range(3)]
        found = await sk.race([*streams, says("Europa", after=1).stream()], accept="Europa")
        assert found.ledger.output_tokens > 8
        assert found.ledger.saved_tokens is not None and found.ledger.saved_tokens > 200
        assert [row.verdict for row in found.ledger] == ["stopped"] * 3 + ["accepted"]
        await found.closed()
        assert all(row.close_ms is not None for row in found.ledger)

    in_virtual_time(work)


def test_a_loser_that_is_drained_for_its_usage_has_it_in_its_row() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 40, "total_tokens": 49}
    rest = [1.0, chat_event({}, finish="stop"), chat_event(None, usage=usage), b"data: [DONE]\n\n"]

    async def work() -> sk.Ledger:
        slow = Script([chat_event({"content": "Io"}), 5.0, *rest]).stream(timeouts=sk.Timeouts(drain_for_usage=10))
        found = await sk.race([slow, says("Europa", after=1).stream()], accept="Europa")
        await found.closed()
        return found.ledger

    row = in_virtual_time(work)[0]
    assert row.usage is not None and (row.usage.input_tokens, row.usage.output_tokens) == (9, 40)
    assert (row.verdict, row.close_ms) == ("stopped", pytest.approx(5000))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (None, PROVIDED, PROVIDED),
        (PROVIDED, PROVIDED, sk.Usage(input_tokens=14, output_tokens=4, cached_tokens=2)),
        (
            PROVIDED,
            ESTIMATED,
            sk.Usage(input_tokens=7, output_tokens=12, cached_tokens=1, source="estimated", low=7, high=22),
        ),
        (ESTIMATED, UNBOUNDED, sk.Usage(output_tokens=13, source="estimated", low=6)),
        (sk.Usage(input_tokens=5), ESTIMATED, sk.Usage(5, 10, source="estimated", low=5, high=20)),
    ],
)
def test_usage_is_added_and_its_bounds_with_it(one: Any, other: Any, expected: sk.Usage) -> None:
    assert added(one, other) == added(other, one) == expected


def charged(ledger: Ledger, usage: sk.Usage, model: str = "gpt-4o") -> Row:
    row = ledger.open()
    row.calls = 1
    row.charge((Bill(usage, model, "openai"),))
    ledger.settle(row, "rejected")
    return row


def test_sums_are_those_of_the_rows_and_leave_out_what_was_remembered() -> None:
    ledger = Ledger()
    for usage in (PROVIDED, ESTIMATED, PROVIDED):
        charged(ledger, usage)
    charged(ledger, PROVIDED).remembered = True
    assert (ledger.calls, ledger.input_tokens, ledger.output_tokens, ledger.remembered) == (3, 14, 14, 1)
    assert str(ledger).startswith("4 rejected (1 from the journal); 3 calls, 14 tokens in, about 14 out")
    assert (len(ledger), ledger[-1].remembered, [row.index for row in ledger]) == (4, True, [0, 1, 2, 3])


def test_unreported_tokens_are_unknown_and_not_zero() -> None:
    ledger = Ledger()
    charged(ledger, sk.Usage(output_tokens=5, source="estimated", low=4, high=6))
    assert str(ledger) == "1 rejected; 1 calls, unknown tokens in, about 5 out"


def test_rows_have_a_price_where_the_model_has_one() -> None:
    pytest.importorskip("genai_prices")
    ledger = Ledger()
    charged(ledger, sk.Usage(1000, 100))
    charged(ledger, sk.Usage(1000, 100), model="nobody's")
    assert (ledger[0].cost, ledger[1].cost, ledger.cost) == (0.0035, None, 0.0035)


def test_of_very_many_rows_the_oldest_are_only_in_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamkit._search._ledger._MOST", 10)
    ledger = Ledger()
    pending = ledger.open()
    for _ in range(25):
        charged(ledger, PROVIDED)
    assert (len(ledger), len(ledger.rows), ledger.rows[0]) == (26, 10, pending)
    assert (ledger.calls, ledger.output_tokens, ledger.count("rejected")) == (25, 50, 25)
    with pytest.raises(IndexError, match="of 26 candidates 10 rows are kept"):
        ledger[3]
    assert ledger[25].index == 25


def test_an_empty_ledger_says_so() -> None:
    ledger = Ledger()
    assert str(ledger) == "no candidates; 0 calls, 0 tokens in, 0 out"
    assert (ledger.cost, ledger.saved_tokens, ledger.usage, list(ledger)) == (None, None, None, [])
