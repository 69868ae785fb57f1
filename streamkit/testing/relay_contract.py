"""The contract of a place where calls are published for other processes, as tests for a store of your own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from .._stream import Stream
from ..chunk import Chunk
from ..errors import ConfigurationError, ProducerLost, StoppedError, StreamNotFound, TruncatedError
from ._scripted import Script, Step
from ._wire import chat_events

_TEXTS = ("Io, ", "Europa", ", Titan")


class RelayContract:
    """Tests of a store: subclass this under a name that begins with ``Test``, and override the two openers and ``far``.

    A store has ``publish(source, id, if_exists=)``, ``status(id)`` and ``cancel(id)``, as ``sk.RedisLog`` has. The
    lease is to be half a second or so, since some tests wait for its end.
    """

    async def open(self) -> Any:
        """Return a store in a new, empty place, as a producer has it."""
        raise NotImplementedError

    async def elsewhere(self, store: Any) -> Any:
        """Return another handle of the same place, as another process has it.

        Args:
            store: The store that ``open`` returned.
        """
        raise NotImplementedError

    def far(self, store: Any, stream_id: str) -> Stream:
        """Return the Stream of a published call.

        Args:
            store: The store.
            stream_id: The id.
        """
        raise NotImplementedError

    def near(self, *more: str, end: bool = True) -> Stream:
        """Return a Stream of an answer about moons.

        Args:
            more: Texts behind those that are always there.
            end: False for one that goes silent before its end.
        """
        steps: list[Step] = [*chat_events(*_TEXTS, *more)]
        return Script(steps if end else [*steps[: len(_TEXTS) + 1], None]).stream("Which moons?")

    async def _begun(self, content: str = "".join(_TEXTS)) -> tuple[Any, Any, Any]:
        """Publish an answer that goes silent; return the two stores and the publication, once its text is there."""
        store = await self.open()
        other = await self.elsewhere(store)
        publication = self.near(end=False).publish_to(store, "a")
        await publication.ready()
        async for _, chunk in self.far(other, "a").read():
            content = content.removeprefix(chunk.content)
            if not content:
                break
        return store, other, publication

    async def test_the_answer_is_the_same_elsewhere_while_it_arrives_and_after(self) -> None:
        """Chunks, Response, times and message are those of the producer."""
        store = await self.open()
        publication = self.near().publish_to(store, "a")
        await publication.ready()
        found, response = await self.far(await self.elsewhere(store), "a"), await publication
        assert found == response
        assert (found.start_time, found.end_time) == (response.start_time, response.end_time)
        assert found.message_param == response.message_param
        assert await self.far(store, "a") == response

    async def test_numbers_are_contiguous_and_tokens(self) -> None:
        """A reader that knows n chunks gets those behind them."""
        store = await self.open()
        await self.near().publish_to(store, "a")
        read: list[tuple[int, Chunk]] = [each async for each in self.far(store, "a").read()]
        assert [number for number, _ in read] == list(range(1, len(read) + 1))
        assert [each async for each in self.far(store, "a").read(after=2)] == read[2:]

    async def test_an_answer_without_chunks_has_an_end(self) -> None:
        """A call that fails before its first chunk fails elsewhere too."""
        store = await self.open()
        response = await Script([]).stream().publish_to(store, "a")
        far = self.far(store, "a")
        with pytest.raises(TruncatedError):
            await far
        assert far.response.state == response.state == "failed"

    async def test_what_was_not_published_is_not_found(self) -> None:
        """Reading, looking and stopping say so."""
        store = await self.open()
        with pytest.raises(StreamNotFound):
            await self.far(store, "a")
        with pytest.raises(StreamNotFound):
            await store.status("a")
        with pytest.raises(StreamNotFound):
            await store.cancel("a")

    async def test_an_id_is_used_once(self) -> None:
        """A second producer is refused, or reads the first one's answer and sends nothing."""
        store = await self.open()
        await self.near().publish_to(store, "a")
        for if_exists in ("error", "replace"):
            with pytest.raises(ConfigurationError):
                await self.near(" and more").publish_to(store, "a", if_exists=if_exists)
        second = self.near(" and more")
        publication = second.publish_to(await self.elsewhere(store), "a", if_exists="attach")
        await publication.ready()
        assert (await publication.stream).content == "".join(_TEXTS)
        assert not second.sent

    async def test_a_stop_elsewhere_stops_the_call(self) -> None:
        """Also while the model is silent; the readers get all until then, and who has stopped it."""
        _, other, publication = await self._begun()
        far = self.far(other, "a")
        reading = asyncio.ensure_future(far.wait_response())
        assert await other.cancel("a", by="the user")
        response, found = await publication, await reading
        assert (response.state, response.stopped_by) == (found.state, found.stopped_by) == ("stopped", "the user")
        assert found.content == "".join(_TEXTS)
        with pytest.raises(StoppedError):
            async for _ in far:
                pass
        assert not await other.cancel("a")

    async def test_a_reader_that_leaves_stops_nothing(self) -> None:
        """Leaving and closing end the reading there only."""
        _, other, publication = await self._begun()
        async with self.far(other, "a") as far:
            async for _ in far:
                break
        assert (await other.status("a")).state == "streaming"
        assert await other.cancel("a")
        await publication

    async def test_a_lost_producer_is_noticed_and_replaced_without_a_splice(self) -> None:
        """Its readers get what there was and ``ProducerLost``; those who come later get the other answer whole."""
        store, other, publication = await self._begun()
        async with asyncio.timeout(30):
            early = self.far(other, "a")
            reading = asyncio.ensure_future(early.wait_response())
            await publication.aclose()
            with pytest.raises(ProducerLost) as lost:
                await reading
            assert lost.value.partial is not None
            assert lost.value.partial.content == "".join(_TEXTS)
            assert (await other.status("a")).state == "lost"
            await self.near(" and more").publish_to(store, "a", if_exists="replace")
        assert (await self.far(other, "a")).content == "".join(_TEXTS) + " and more"
        assert early.content == "".join(_TEXTS)
