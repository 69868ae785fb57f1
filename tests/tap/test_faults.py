"""Faults of recorded answers: `faults=` of the mark, through streamkit and through the SDKs."""

import pytest

from tests.tap.runs import Runs

pytest_plugins = ["pytester"]

FAULTS = """
from streamkit.testing import Fault

def ask(**options):
    return sk.stream("openai/m", PROMPT, base_url=BASE + "/v1", api_key=KEY, **options)

@pytest.mark.parametrize("transport", ["direct", "sdk"])
@pytest.mark.recording("moons", faults=[Fault("cut", at=2)])
def test_cut(transport):
    with pytest.raises(sk.TruncatedError) as caught:
        ask(transport=transport).run()
    assert caught.value.partial.content == "Io, "

@pytest.mark.parametrize("transport", ["direct", "sdk"])
@pytest.mark.recording("moons", faults=["reset"])
def test_reset(transport):
    with pytest.raises(sk.TransportError):
        ask(transport=transport).run()

@pytest.mark.recording("sdk", faults=["rate_limited"])
def test_an_sdk_is_refused():
    with openai.OpenAI(base_url=BASE + "/v1", api_key=KEY, max_retries=0) as client:
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model="m", messages=MESSAGES, stream=True)

@pytest.mark.recording("sdk", faults=["stall"])
def test_a_blocking_sdk_times_out():
    with openai.OpenAI(base_url=BASE + "/v1", api_key=KEY, max_retries=0, timeout=0.01) as client:
        with pytest.raises(Exception, match="timed out|silent"):
            list(client.chat.completions.create(model="m", messages=MESSAGES, stream=True))

@pytest.mark.recording("moons", faults=["stall"])
async def test_a_stall():
    with pytest.raises(sk.StalledError):
        await ask(timeouts=sk.Timeouts(between=0.01))

@pytest.mark.recording("twice", faults={1: ["overloaded"]})
def test_the_first_of_two():
    response = sk.retry(ask(), attempts=2, wait=0).run()
    assert (response.content, response.calls) == ("Io, Europa", 2)
"""


@pytest.mark.sdk
def test_answers_have_faults_when_they_are_recorded_and_when_they_are_replayed(runs: Runs) -> None:
    runs.write(FAULTS)
    runs.run().assert_outcomes(passed=8)
    runs.run("--streamkit-record=none").assert_outcomes(passed=8)
    assert runs.calls == [4, 0]
    assert runs.recording("moons").count('"state":"complete"') == 1


def test_a_fault_that_an_answer_cannot_have_is_named(runs: Runs) -> None:
    for faults, message in (
        ("'cut'", "*faults='cut': give a list*"),
        ("['cat']", "*there are none, latency*"),
        ("{'a': ['cut']}", "*a dict by the number of the request*"),
    ):
        runs.write(f"@pytest.mark.recording(faults={faults})\ndef test_it(): ...\n")
        runs.run().stdout.fnmatch_lines([message])
