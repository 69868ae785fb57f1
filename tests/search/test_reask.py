"""Races and searches over calls that are asked again: the answer that counts is the last one of each."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

import streamkit as sk
from streamkit.testing import Script, chat_events, run_in_virtual_time
from tests.stream.conversing import provider


class Moon(BaseModel):
    name: str
    radius: int


WRONG = chat_events('{"name": "Io", ', '"radius": "large"}')
RIGHT = chat_events('{"name": "Io", ', '"radius": 1821}')
IO = Moon(name="Io", radius=1821)


def of(*scripts: Any, reask: int = 1) -> sk.Stream:
    return sk.stream(provider(*scripts)[0], "?", response_model=Moon, reask=reask)


def test_a_race_takes_the_first_call_that_comes_to_an_answer_that_fits() -> None:
    async def main() -> tuple[Any, sk.Stream]:
        never = of(Script([*WRONG[:2], None]))
        found = await sk.race([of(WRONG), never, of(WRONG, [5.0, *RIGHT])], accept=Moon)
        await never.wait_closed()
        return found, never

    found, never = run_in_virtual_time(main())
    assert (found.winner, found.value, never.state) == (2, IO, "stopped")
    assert (found.response.calls, len(found.response.attempts)) == (2, 1)
    assert (found.ledger[0].state, found.ledger[0].error.partition(":")[0]) == ("failed", "ValidationFailed")


def test_a_search_goes_on_behind_a_call_none_of_whose_answers_fits() -> None:
    found = sk.search([of(WRONG), of(WRONG, RIGHT), of(RIGHT)], accept=Moon, concurrency=1).run()
    assert (found.winner, found.value) == (1, IO)
    assert found.ledger.calls == 4


def test_a_condition_reads_the_last_answer() -> None:
    seen: list[str] = []

    def is_large(response: sk.Response[Any]) -> bool:
        seen.append(response.content)
        return response.finish_reasons is not None and "1821" in response.content

    found = sk.race([of(WRONG, RIGHT)], accept=is_large).run()
    assert found.response is not None
    assert found.response.content == '{"name": "Io", "radius": 1821}'
    assert "" in seen[1:]


def test_a_quorum_counts_the_answers_that_fit() -> None:
    def radius(response: sk.Response[Any]) -> int:
        return response.parsed.radius

    found = sk.quorum([of(WRONG, RIGHT), of(RIGHT), of(WRONG)], k=2, key=radius).run()
    assert found.value == 1821
