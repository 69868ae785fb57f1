"""A call that is published is the same call for every reader, elsewhere and later."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import RedisServer, Script, chat_event, chat_events, chat_tool_events
from tests.stream.conversing import provider


def moons(*more: str) -> sk.Stream:
    return Script(chat_events("Io, ", "Europa", *more)).stream("Which moons?")


async def test_the_far_response_equals_the_near_one(log: sk.RedisLog) -> None:
    stream = moons()
    publication = stream.publish_to(log, "a")
    await publication.ready()
    far = sk.from_log(log, "a")
    found, near = await far, await publication
    assert found == near
    assert (found.start_time, found.end_time) == (near.start_time, near.end_time)
    assert found.message_param == near.message_param
    assert (far.provider, far.model, found.calls) == (stream.provider, stream.model, 1)


async def test_a_reader_goes_on_with_the_number_that_it_has(log: sk.RedisLog) -> None:
    await moons(", Titan").publish_to(log, "a")
    numbered = [(n, chunk.content) async for n, chunk in sk.from_log(log, "a").read()]
    far = sk.from_log(log, "a")
    assert [each async for each in far.read(after=2)] == [(n, chunk) async for n, chunk in far.read() if n > 2]
    assert [n for n, _ in numbered] == [1, 2, 3, 4, 5, 6][: len(numbered)]
    assert "".join(text for _, text in numbered) == "Io, Europa, Titan"


async def test_an_unknown_id_is_not_found(log: sk.RedisLog) -> None:
    with pytest.raises(sk.StreamNotFound):
        await sk.from_log(log, "nobody")
    with pytest.raises(sk.StreamNotFound):
        await log.status("nobody")
    with pytest.raises(sk.StreamNotFound):
        await log.cancel("nobody")


async def test_the_far_stop_stops_the_call_and_the_reader_gets_all_until_then(log: sk.RedisLog) -> None:
    endless = Script([*chat_events("Io, ", finish=None)[:2], None]).stream()
    publication = endless.publish_to(log, "a")
    await publication.ready()
    far = sk.from_log(log, "a")
    with pytest.raises(sk.StoppedError):
        async for chunk, _ in far:
            if chunk.content:
                far.stop()
    near = await publication
    again = sk.from_log(log, "a")
    found = await again
    assert (near.state, near.stopped_by, found.state, found.stopped_by) == ("stopped", "stop()") * 2
    assert found.content == far.content == "Io, "


async def test_a_second_worker_attaches_and_sends_nothing(log: sk.RedisLog) -> None:
    first, second = moons(), moons()
    one = first.publish_to(log, "a")
    await one.ready()
    other = second.publish_to(log, "a", if_exists="attach")
    await other.ready()
    assert (await other.stream).content == (await one).content == (await other).content
    assert other.attached
    assert not second.sent


async def test_the_same_id_twice_is_an_error(log: sk.RedisLog) -> None:
    await moons().publish_to(log, "a")
    with pytest.raises(sk.ConfigurationError, match="attach"):
        await moons().publish_to(log, "a")
    with pytest.raises(sk.ConfigurationError, match="ended"):
        await moons().publish_to(log, "a", if_exists="replace")


async def test_a_failed_call_fails_far_away_too(log: sk.RedisLog) -> None:
    cut = Script(chat_events("Io, ", finish=None)).stream()
    near = await cut.publish_to(log, "a")
    far = sk.from_log(log, "a")
    with pytest.raises(sk.TruncatedError) as caught:
        await far
    assert near.state == far.state == "failed"
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Io, "
    assert far.response == near


async def test_a_flow_is_published_as_what_it_passes_on(log: sk.RedisLog) -> None:
    stream = Script(chat_events("My key is ", "sk-1234567", " as you see")).stream()
    redacted = stream.pipe(ops.redact("sk-1234567"))
    near = await redacted.publish_to(log, "a")
    found = await sk.from_log(log, "a")
    assert "1234567" not in found.content
    assert found == near
    await stream.pipe(ops.text()).publish_to(log, "b")
    assert (await sk.from_log(log, "b")).content == stream.content


async def test_tools_arrive_whole(log: sk.RedisLog) -> None:
    def orbit(moon: str) -> str:
        """Return the orbit."""
        return moon

    call = {"index": 0, "id": "c1", "function": {"name": "orbit", "arguments": '{"moon": "Io"}'}}
    events = [chat_event({"tool_calls": [call]}), chat_event({}, finish="tool_calls"), b"data: [DONE]\n\n"]
    await Script(events).stream(tools=[orbit]).publish_to(log, "a")
    found = [tool async for _, tool in sk.from_log(log, "a", tools=[orbit]) if tool is not None]
    assert [(tool.id, tool.arguments) for tool in found] == [("c1", {"moon": "Io"})]


def test_sync_doors_work_too(redis: RedisServer) -> None:
    log = sk.RedisLog(redis.url, prefix="sync")
    near = moons().publish_to(log, "a").run()
    assert sk.from_log(log, "a").run() == near
    assert [chunk.content for chunk, _ in sk.from_log(log, "a") if chunk.content] == ["Io, ", "Europa"]


async def test_a_far_stream_refuses_another_call(log: sk.RedisLog) -> None:
    await moons().publish_to(log, "a")
    far = sk.from_log(log, "a")
    for ask in (far.again, lambda: sk.retry(far), lambda: sk.fallback(far, moons())):
        with pytest.raises(sk.ConfigurationError, match="read from a log"):
            ask()


async def test_a_client_of_another_loop_is_refused(redis: RedisServer) -> None:
    from redis.asyncio import Redis

    client = Redis(port=redis.port)
    log = sk.RedisLog(client)
    with pytest.raises(sk.StreamNotFound):
        await log.status("a")
    await client.aclose()

    def elsewhere() -> None:
        asyncio.run(log.status("a"))

    with pytest.raises(sk.ConfigurationError, match="another event loop"):
        await asyncio.to_thread(elsewhere)


class Moon(BaseModel):
    name: str


async def test_a_typed_answer_is_typed_far_away(log: sk.RedisLog) -> None:
    text = Script(chat_events('{"name": ', '"Io"}')).stream()
    await text.publish_to(log, "text")
    tool = chat_tool_events(("answer", '{"name": "Titan"}'))
    await Script(tool).stream().publish_to(log, "tool")
    found = [(await sk.from_log(log, name, response_model=Moon)).parsed for name in ("text", "tool")]
    assert found == [Moon(name="Io"), Moon(name="Titan")]


async def test_a_second_answer_is_the_one_that_counts(log: sk.RedisLog) -> None:
    model, _ = provider(chat_events('{"name": 1}'), chat_events('{"name": "Io"}'))
    near = await sk.stream(model, "Which moon?", response_model=Moon, reask=1).publish_to(log, "a")
    found = await sk.from_log(log, "a", response_model=Moon)
    assert found.parsed == near.parsed == Moon(name="Io")
    assert [each.content for each in found.attempts] == [each.content for each in near.attempts] == ['{"name": 1}']


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("as_text", [False, True])
async def test_a_client_of_the_users_own_works_whatever_its_settings(
    redis: RedisServer, protocol: int, as_text: bool
) -> None:
    from redis.asyncio import Redis

    async with Redis(port=redis.port, protocol=protocol, decode_responses=as_text) as client:
        log = sk.RedisLog(client, prefix=f"own{protocol}{as_text}")
        publication = moons(" 木星").publish_to(log, "a")
        await publication.ready()
        found = await sk.from_log(log, "a")
        assert found == await publication
        assert (await log.status("a")).state == "complete"
        assert not await log.cancel("a")


async def test_raw_events_are_stored_on_demand(redis: RedisServer) -> None:
    log = sk.RedisLog(redis.url, prefix="raw", raw=True)
    stream = moons()
    near = await stream.publish_to(log, "a")
    far = sk.from_log(log, "a")
    found = await far
    assert [chunk.raw for chunk, _ in [each async for each in far]] == [c.raw for c, _ in [e async for e in stream]]
    assert found.response == near.response


async def test_a_search_refuses_a_far_stream(log: sk.RedisLog) -> None:
    await moons().publish_to(log, "a")
    with pytest.raises(sk.ConfigurationError, match="read from a log"):
        await sk.search([sk.from_log(log, "a"), moons()], accept=lambda response: True)


async def test_a_late_reader_joins_cheaply(log: sk.RedisLog) -> None:
    await moons(", Titan").publish_to(log, "a")
    far = sk.from_log(log, "a")
    await far
    assert [chunk.content for chunk, _ in [each async for each in far.fan_out(late="fold")]] == ["Io, Europa, Titan"]


async def test_who_leaves_does_not_stop_the_call(log: sk.RedisLog) -> None:
    stream = moons(", Titan")
    publication = stream.publish_to(log, "a")
    await publication.ready()
    async for _ in sk.from_log(log, "a"):
        break
    async with sk.from_log(log, "a") as far:
        async for _ in far:
            break
    assert (await publication).state == "complete"
    assert (await sk.from_log(log, "a")).content == "Io, Europa, Titan"


@pytest.mark.parametrize("id", ["", "a{b", "a\nb", "x" * 600, 7])
async def test_a_bad_id_is_refused_at_the_call(log: sk.RedisLog, id: str) -> None:  # noqa: A002
    with pytest.raises(sk.ConfigurationError, match="cannot name a stream"):
        sk.from_log(log, id)
    with pytest.raises(sk.ConfigurationError, match="cannot name a stream"):
        moons().publish_to(log, id)


def test_wrong_settings_are_refused() -> None:
    for wrong in ({"ttl": 5, "lease": 3}, {"lease": 0}, {"ttl": float("inf")}, {"prefix": "{"}):
        with pytest.raises(sk.ConfigurationError):
            sk.RedisLog("redis://localhost", **wrong)  # type: ignore[arg-type]
    with pytest.raises(sk.ConfigurationError, match="no address"):
        sk.RedisLog("localhost:6379")
    with pytest.raises(sk.ConfigurationError, match="if_exists"):
        moons().publish_to(sk.RedisLog("redis://localhost"), "a", if_exists="overwrite")  # type: ignore[arg-type]


async def test_a_far_stream_has_its_moments_its_picture_and_its_display(log: sk.RedisLog) -> None:
    await moons(", Titan").publish_to(log, "a")
    far = sk.from_log(log, "a")
    await far
    assert [far.at(n).content for n in (0, 2, 3)] == ["", "Io, ", "Io, Europa"]
    assert "Europa" in sk.timeline(far).html
    assert "Europa" in far._repr_mimebundle_()["text/plain"]  # pyright: ignore[reportPrivateUsage] - as a notebook does
