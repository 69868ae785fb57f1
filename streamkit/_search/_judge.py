"""Whether what has arrived of an answer is good enough, asked of every prefix as it comes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from reactivex import Observable, abc
from reactivex.disposable import Disposable

from .._stream import Stream
from ..chunk import Chunk
from ..errors import ConfigurationError
from ..matcher import Finder, Found, matcher
from ..response import Response

if TYPE_CHECKING:
    import regex

Condition: TypeAlias = Callable[[Response], "bool | Awaitable[bool]"]
Accept: TypeAlias = "str | re.Pattern[str] | regex.Pattern[str] | type[Any] | Condition"


class Judge(Protocol):
    """Looks at one answer while it comes."""

    value: Any
    """What was looked for, once it is there."""

    async def met(self, chunk: Chunk, stream: Stream) -> bool:
        """Take the next chunk; return whether the answer is good enough."""
        ...

    async def whole(self, stream: Stream) -> bool:
        """Say so of an answer that has come to its end."""
        ...


def judge_of(accept: Accept | None) -> Callable[[], Judge]:
    """Prepare to judge answers, each by a judge of its own.

    Args:
        accept: A text or a pattern in the answer's text, a pydantic model (or another type that pydantic can check)
            for the first such JSON in it, or a condition on the Response so far, async too. None takes the first
            with content.

    Raises:
        ConfigurationError: It is none of these.
    """
    if accept is None:
        return _FirstContent
    if isinstance(accept, str) or hasattr(accept, "pattern"):
        make = matcher(cast("str | re.Pattern[str]", accept), hold=False)
        return lambda: _Matches(make(), cast("str | re.Pattern[str]", accept))
    if isinstance(accept, type) or getattr(accept, "__origin__", None) is not None:
        return lambda: _Valid(accept)
    if callable(accept):
        return lambda: _Asks(accept)
    raise ConfigurationError(f"accept={accept!r}: give a text, a compiled pattern, a pydantic model or a function.")


class _FirstContent:
    value: Any = None

    async def met(self, chunk: Chunk, stream: Stream) -> bool:
        told = chunk.content or chunk.thinking or chunk.refusal or chunk.tool_calls
        return bool(told or chunk.audio or chunk.audio_transcript or chunk.images)

    async def whole(self, stream: Stream) -> bool:
        return True


class _Matches:
    """Looks for a text or a pattern in choice 0, across the borders of chunks."""

    def __init__(self, finder: Finder, wanted: str | re.Pattern[str]) -> None:
        self.value: Found | None = None
        self._finder = finder
        self._wanted = wanted

    async def met(self, chunk: Chunk, stream: Stream) -> bool:
        met = bool(chunk.content) and chunk.index == 0 and self._finder.feed(chunk.content)[1]
        self.value = self._finder.found
        return met

    async def whole(self, stream: Stream) -> bool:
        # What a pattern says of the end of the text is only known now.
        if isinstance(self._wanted, str):
            return False
        match = self._wanted.search(stream.content)
        if match is not None:
            self.value = Found(match[0], match.start(), match.groups(), match.groupdict())
        return match is not None


class _Valid:
    """Looks for the first JSON of a kind, in the text or in the arguments of the first tool call."""

    def __init__(self, kind: Any) -> None:
        from ..operators import until_valid

        self.value: Any = None
        self._found = False
        self._rejected = False
        self._observer: Any = None

        def subscribe(observer: abc.ObserverBase[Chunk], _: object) -> abc.DisposableBase:
            self._observer = observer
            return Disposable()

        Observable(subscribe).pipe(until_valid(kind)).subscribe(self._take, self._reject)

    def _take(self, value: Any) -> None:
        self.value, self._found = value, True

    def _reject(self, _: Exception) -> None:
        self._rejected = True

    async def met(self, chunk: Chunk, stream: Stream) -> bool:
        if not (self._found or self._rejected):
            self._observer.on_next(chunk)
        return self._found

    async def whole(self, stream: Stream) -> bool:
        if not (self._found or self._rejected):
            self._observer.on_completed()
        return self._found


class _Asks:
    """Asks a condition of the Response so far, once for every chunk, and of the whole one."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self.value: Any = None

    async def met(self, chunk: Chunk, stream: Stream) -> bool:
        return await self.whole(stream)

    async def whole(self, stream: Stream) -> bool:
        told = self._condition(stream.response)
        return bool(await told if inspect.isawaitable(told) else told)
