"""A call with ``cache=``: an answer that is in the cache is played, and one that completes is added to it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from .._recording import WRITER, Cache, Header, LiveRecording, RecordingFile
from ..errors import MalformedError, TruncatedError
from ..providers import Connection, Request
from ..providers._cache_key import cache_key, check_sampling
from ..providers._recorded import RecordedRequest
from ..runtime import to_thread
from ._recorded_attempt import AttemptRecording, Decoding, Sender

if TYPE_CHECKING:
    from ..response import Response, State


class Ended(Protocol):
    """The part of a call that decides if its answer enters."""

    state: State
    parsed: tuple[Any, Exception | None] | None

    @property
    def response(self) -> Response:
        """The Response of everything that has arrived."""
        ...


class CachedCall:
    """One attempt of a call that has a cache.

    Args:
        cache: The cache.
        key: The key of the answer.
        hit: The request that plays the answer; None if the cache does not have it.
    """

    def __init__(self, cache: Cache, key: str, hit: RecordedRequest | None) -> None:
        self.hit = hit
        self._cache = cache
        self._key = key
        self._live: LiveRecording | None = None
        self._attempt: AttemptRecording | None = None
        self._file: RecordingFile | None = None

    def begin(self, pump: Sender, clock: Callable[[], float]) -> None:
        """The attempt begins; an answer that is played is not added again.

        Args:
            pump: The pump, which is going to send the request.
            clock: A function that returns the time of the call's loop, in seconds.
        """
        if self.hit is None:
            self._live = LiveRecording(self._make_file, self._report, keeps=True)
            self._attempt = AttemptRecording(
                self._live, pump, clock, max_bytes=self._cache.max_bytes, prompts=False, turn=0, attempt=0
            )

    def tap(self, connection: Connection, decoder: Decoding) -> Decoding:
        """Return what the pump feeds in place of the decoder.

        Args:
            connection: The connection, whose answer has begun.
            decoder: The decoder of the answer.
        """
        return decoder if self._attempt is None else self._attempt.tap(connection, decoder)

    def end(self, call: Ended | None, error: BaseException | None = None) -> None:
        """The attempt has ended; only the first end counts.

        Args:
            call: The call, whose state is final; None for an attempt that has failed, or was left.
            error: The error that ended it.
        """
        live, attempt, self._live, self._attempt = self._live, self._attempt, None, None
        if self.hit is not None and isinstance(error, (TruncatedError, MalformedError)):
            WRITER.put(lambda: self._cache.drop(self._key))  # it was complete once: this streamkit reads it otherwise
        if live is None or attempt is None:
            return
        if call is None or call.state != "complete" or attempt.left_out or not _is_kept(call):
            live.drop()
            return
        self._cache.coming.add(self._key)
        attempt.end("complete", None)
        live.finish()
        WRITER.put(self._add)

    # In the writer's thread ------------------------------------------------------------------------

    def _make_file(self, header: Header) -> RecordingFile:
        self._file = RecordingFile(self._cache.unfinished(self._key))
        return self._file

    def _add(self) -> None:
        file = self._file
        try:
            if file is not None:
                self._cache.add(self._key, file.path)
        except OSError as error:
            self._report(error)
        self._cache.coming.discard(self._key)

    def _report(self, error: Exception) -> None:
        self._file = None
        self._cache.report(error)


async def find_cached(request: Request) -> CachedCall | None:
    """Look an answer up, in a worker thread; return None for a call whose answer cannot be in a cache.

    Args:
        request: The request, whose call has a cache.

    Raises:
        ConfigurationError: The call has another answer each time, and the cache is not for such calls.
    """
    return await to_thread(lambda: _find(request))


def _find(request: Request) -> CachedCall | None:
    cache = request.ask.cache
    key = cache_key(request)
    if not cache or key is None:
        return None
    if not cache.sampled:
        check_sampling(request)
    if key in cache.coming:
        WRITER.flush()
    found = cache.find(key)
    if found is None:
        return CachedCall(cache, key, None)
    cache.hits += 1
    speed = math.inf if cache.pace is None else cache.pace
    return CachedCall(cache, key, RecordedRequest(request.ask, found.calls[-1], speed=speed, provider=request.provider))


def _is_kept(call: Ended) -> bool:
    """Whether a complete answer may enter: it fits its type, and a filter has neither cut nor replaced it."""
    response = call.response
    reasons = [reason for each in (response, *response.choices) for reason in each.common_finish_reasons or ()]
    blocked = bool(response.refusal) and response.finish_reasons is None
    fits = call.parsed is None or call.parsed[1] is None
    return fits and not blocked and "content_filter" not in reasons
