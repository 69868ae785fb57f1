"""Law 2: an answer is complete only if the provider proves its end."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

import streamkit as sk
from streamkit.testing import Script, chat_event, chat_events, run_in_virtual_time

DONE = b"data: [DONE]\n\n"
SOUND = chat_events("Eu", "ro", "pa")


@pytest.mark.parametrize("cut", range(1, 5))
async def test_a_body_that_ends_before_the_finish_reason_is_cut(cut: int) -> None:
    with pytest.raises(sk.TruncatedError) as caught:
        await Script(SOUND[:cut]).stream()
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Europa"[: 2 * (cut - 1)]
    assert (caught.value.partial.state, caught.value.retryable) == ("failed", True)


async def test_the_sentinel_alone_proves_nothing() -> None:
    with pytest.raises(sk.TruncatedError):
        await Script(chat_events("Io", finish=None)).stream()


async def test_a_missing_sentinel_after_a_reason_is_a_logged_warning() -> None:
    with capture_logs() as logs:
        assert (await Script(chat_events("Io", done=False)).stream()).state == "complete"
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["sentinel_missing"]


async def test_every_requested_choice_needs_its_reason() -> None:
    events = [chat_event({"content": "Io"}), chat_event({"content": "Titan"}, index=1), chat_event({}, finish="stop")]
    with pytest.raises(sk.TruncatedError, match="choice 1"):
        await Script([*events, DONE]).stream(n=2)
    whole = [*events, chat_event({}, index=1, finish="stop"), DONE]
    assert [choice.content for choice in (await Script(whole).stream(n=2)).choices] == ["Io", "Titan"]


async def test_a_choice_that_never_began_is_not_required_after_the_sentinel() -> None:
    with capture_logs() as logs:
        response = await Script(chat_events("Io")).stream(n=2)
    assert (response.state, [choice.content for choice in response.choices]) == ("complete", ["Io"])
    (warning,) = [log for log in logs if log["log_level"] == "warning"]
    assert (warning["event"], warning["asked"], warning["came"]) == ("choices_missing", 2, 1)


async def test_a_choice_that_never_began_is_missed_where_no_sentinel_has_come() -> None:
    with pytest.raises(sk.TruncatedError, match="choice 1"):
        await Script(chat_events("Io", done=False)).stream(n=2)


async def test_a_server_whose_sentinel_is_its_proof_is_believed_when_the_user_says_so() -> None:
    unproven = chat_events("Io", finish=None)
    response = await Script(unproven).stream(sentinel_ends="all")
    assert (response.content, response.state, response.finish_reasons) == ("Io", "complete", None)
    with pytest.raises(sk.TruncatedError, match='sentinel_ends="all"'):
        await Script(unproven).stream()
    with pytest.raises(sk.TruncatedError):
        await Script(unproven[:-1]).stream(sentinel_ends="all")


async def test_an_error_event_after_the_reason_is_still_an_error() -> None:
    late = [chat_event({"content": "Io"}, finish="stop"), b'data: {"error":{"message":"late","code":500}}\n\n', DONE]
    with pytest.raises(sk.ProviderError, match="late") as caught:
        await Script(late).stream()
    assert caught.value.partial is not None and caught.value.partial.content == "Io"


async def test_what_follows_the_sentinel_is_dropped_and_logged() -> None:
    with capture_logs() as logs:
        response = await Script([*chat_events("Io"), chat_event({"content": "!"}), DONE]).stream()
        await asyncio.sleep(0.01)
    assert response.content == "Io"
    assert "after_sentinel_dropped" in [log["event"] for log in logs]


async def test_content_of_a_choice_after_its_end_is_dropped_and_logged() -> None:
    with capture_logs() as logs:
        response = await Script([*chat_events("Io", done=False), chat_event({"content": "!"}), DONE]).stream()
    assert response.content == "Io"
    assert "content_after_end_dropped" in [log["event"] for log in logs]


def test_usage_is_awaited_for_two_seconds_after_the_reason_and_no_longer() -> None:
    async def ended_after(wait: float) -> tuple[int | None, float]:
        stream = Script([chat_event({"content": "Io"}, finish="stop"), wait, *chat_events()[-2:], None]).stream()
        response = await stream
        return response.input_tokens, asyncio.get_running_loop().time()

    assert run_in_virtual_time(ended_after(1.9)) == (7, pytest.approx(1.9))
    assert run_in_virtual_time(ended_after(9)) == (None, pytest.approx(2.0))


async def test_a_connection_that_breaks_after_the_reason_has_lost_nothing() -> None:
    response = await Script([*chat_events("Io", usage=False, done=False), ConnectionResetError()]).stream()
    assert (response.content, response.state) == ("Io", "complete")


async def test_an_answer_in_audio_ends_by_the_sentinel() -> None:
    audio = [chat_event({"audio": {"id": "a", "transcript": "Io"}}), chat_event({"audio": {"data": "AAAA"}}), DONE]
    response = await Script(audio).stream()
    assert (response.audio, response.audio_transcript, response.finish_reasons) == (b"\0\0\0", "Io", None)
    with pytest.raises(sk.TruncatedError):
        await Script(audio[:2]).stream()


async def test_the_reduced_response_of_a_cut_flow_is_not_called_complete() -> None:
    flow = Script([*SOUND[:3], 0.01, *SOUND[3:]]).stream().pipe(sk.operators.until("Eu"), sk.operators.to_response())
    assert (await flow).state == "unknown"
