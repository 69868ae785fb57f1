"""Whether what has arrived of an answer is good enough, asked of every prefix as it comes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast, get_origin

from reactivex import Observable, abc
from reactivex.disposable import Disposable

from ..chunk import Chunk, ToolCallDelta
from ..errors import ConfigurationError, StreamError
from ..response import Response
from ..text.matcher import Finder, TextMatch, matcher
from ..tool import Tool, ToolCall, ToolCallValidator, ToolRegistry

if TYPE_CHECKING:
    import regex


Condition: TypeAlias = Callable[[Response], "bool | Awaitable[bool]"]

Accept: TypeAlias = "str | re.Pattern[str] | regex.Pattern[str] | type[Any] | Tool[..., Any] | Condition"


class Answer(Protocol):
    """What has arrived of an answer: a stream, or what is remembered of one."""

    @property
    def content(self) -> str:
        """The text so far."""
        ...

    @property
    def response(self) -> Response:
        """All of it."""
        ...

    @property
    def log(self) -> Any:
        """The log of its call."""
        ...


@dataclass(frozen=True, slots=True)
class _Remembered:
    response: Response
    log: Any = None

    @property
    def content(self) -> str:
        return self.response.content


class Acceptor:
    """Looks at one answer while it comes."""

    value: Any = None
    """What was looked for, once it is there."""

    def met(self, chunk: Chunk, answer: Answer) -> bool | Awaitable[bool]:
        """Take the next chunk; return whether the answer is good enough.

        Args:
            chunk: The chunk.
            answer: What has arrived with it, and maybe more.
        """
        return False

    def whole(self, answer: Answer) -> bool | Awaitable[bool]:
        """Say so of an answer that has come to its end.

        Args:
            answer: All of it.
        """
        return False

    def recall(self, response: Response) -> Any:
        """Find what was looked for in an answer that was accepted before.

        Args:
            response: What was read of it.
        """
        answer = _Remembered(response)
        if not self.met(_as_chunk(response), answer):
            self.whole(answer)
        return self.value


def make_acceptor(accept: Accept | None, *, asked: str = "accept={}") -> Callable[[], Acceptor]:
    """Prepare to judge answers, each by a judge of its own.

    Args:
        accept: A text or a pattern in the answer's text; a pydantic model (or another type that pydantic can check)
            for the first such JSON in it; an ``sk.Tool`` for the first whole call of it; or a condition on the
            Response so far, async too. None takes the first with content.
        asked: How the user wrote it, with ``{}`` for what it is.

    Raises:
        ConfigurationError: It is none of these.
    """
    if accept is None:
        return FirstContent
    if isinstance(accept, str) or hasattr(accept, "pattern"):
        wanted = cast("str | re.Pattern[str]", accept)
        make = matcher(wanted, hold=False, template=asked)
        return lambda: _Matches(make(), wanted)
    if isinstance(accept, Tool):
        tool = cast("Tool[..., Any]", accept)
        return lambda: _Calls(tool)
    if isinstance(accept, type) or get_origin(accept) is not None:
        _Valid(accept)  # says at once if pydantic cannot check it
        return lambda: _Valid(accept)
    if callable(accept):
        return lambda: _Asks(accept)
    raise ConfigurationError(
        f"accept={accept!r}: give a text, a compiled pattern, a pydantic model, an sk.Tool or a function."
    )


class FirstContent(Acceptor):
    """Takes the first content, of any kind."""

    def met(self, chunk: Chunk, answer: Answer) -> bool:
        """Take the next chunk; return whether it is content."""
        told = chunk.content or chunk.thinking or chunk.refusal or chunk.tool_calls
        return bool(told or chunk.audio or chunk.audio_transcript or chunk.images or chunk.citations)


class _Matches(Acceptor):
    """Looks for a text or a pattern in choice 0, across the borders of chunks."""

    def __init__(self, finder: Finder, wanted: str | re.Pattern[str]) -> None:
        self.value: TextMatch | None = None
        self._finder = finder
        self._wanted = wanted

    def met(self, chunk: Chunk, answer: Answer) -> bool:
        met = bool(chunk.content) and chunk.index == 0 and self._finder.feed(chunk.content)[1]
        self.value = self._finder.found
        return met

    def whole(self, answer: Answer) -> bool:
        # What a pattern says of the end of the text is only known now.
        match = None if isinstance(self._wanted, str) else self._wanted.search(answer.content)
        if match is not None:
            self.value = TextMatch(match[0], match.start(), match.groups(), match.groupdict())
        return match is not None


class _Calls(Acceptor):
    """Looks for a whole call of a tool whose arguments are what it takes."""

    def __init__(self, tool: Tool[..., Any]) -> None:
        self.value: ToolCall | None = None
        self._name = tool.name
        self._calls = ToolCallValidator(ToolRegistry((tool,)))

    def met(self, chunk: Chunk, answer: Answer) -> bool:
        whole = self._calls.feed(chunk) if chunk.index == 0 else []
        self.value = next((call for call in whole if call.name == self._name), None)
        return self.value is not None


class _Valid(Acceptor):
    """Looks for the first JSON of a kind, in the text or in the arguments of a tool call."""

    def __init__(self, kind: Any) -> None:
        from ..operators import until_valid

        self._found = False
        self._error: Exception | None = None
        self._observer: Any = None

        def subscribe(observer: abc.ObserverBase[Chunk], _: object) -> abc.DisposableBase:
            self._observer = observer
            return Disposable()

        Observable(subscribe).pipe(until_valid(kind)).subscribe(self._take, self._reject)

    def _take(self, value: Any) -> None:
        self.value, self._found = value, True

    def _reject(self, error: Exception) -> None:
        self._error = error

    def met(self, chunk: Chunk, answer: Answer) -> bool:
        if self._error is None:
            self._observer.on_next(chunk)
        return self._told()

    def whole(self, answer: Answer) -> bool:
        if self._error is None:
            self._observer.on_completed()
        return self._told()

    def _told(self) -> bool:
        if self._error is not None and not isinstance(self._error, StreamError):
            raise self._error  # a validator's own
        return self._found


class _Asks(Acceptor):
    """Asks a condition of the Response so far: whenever there is more of it, and of the whole one."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self._asked = 0

    def met(self, chunk: Chunk, answer: Answer) -> bool | Awaitable[bool]:
        arrived = 0 if answer.log is None else answer.log.length
        if arrived == self._asked:
            return False  # of a reader that lags, several chunks are one question
        self._asked = arrived
        return self.whole(answer)

    def whole(self, answer: Answer) -> bool | Awaitable[bool]:
        told = self._condition(answer.response)
        return told if inspect.isawaitable(told) else bool(told)

    def recall(self, response: Response) -> Any:
        return None  # it was asked, and that may have cost something


def _as_chunk(response: Response) -> Chunk:
    calls = tuple(
        ToolCallDelta(call.index, call.id, call.name, call.arguments_text, call.complete)
        for call in response.tool_calls
    )
    return Chunk(content=response.content, tool_calls=calls, finish_reasons=response.finish_reasons)
