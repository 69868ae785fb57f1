"""Acceptors decide, chunk by chunk, whether the answer so far meets the ``accept`` argument of a search or a race."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast, get_origin

from reactivex import Observable, abc
from reactivex.disposable import Disposable

from ..chunk import Chunk, ToolCallDelta
from ..errors import ConfigurationError, StreamError
from ..response import Response
from ..text.compiled import TextMatch
from ..text.matcher import Finder, matcher
from ..tool import Tool, ToolCall, ToolCallValidator, ToolRegistry

if TYPE_CHECKING:
    pass


Condition: TypeAlias = Callable[[Response], "bool | Awaitable[bool]"]


class Pattern(Protocol):
    """A compiled pattern, of ``re`` or of ``regex``; mypy knows no type of the latter."""

    @property
    def pattern(self) -> str:
        """The text of the pattern."""
        ...

    @property
    def groupindex(self) -> Mapping[str, int]:
        """The numbers of the groups by name."""
        ...


TextOrPattern: TypeAlias = "str | Pattern"

Accept: TypeAlias = "TextOrPattern | type[Any] | Tool[..., Any] | Condition"


class Answer(Protocol):
    """The answer so far: a stream, or a remembered Response."""

    @property
    def content(self) -> str:
        """The text so far."""
        ...

    @property
    def response(self) -> Response:
        """The Response so far."""
        ...

    @property
    def log(self) -> Any:
        """The log of the call; None without one."""
        ...


@dataclass(frozen=True, slots=True)
class _Remembered:
    response: Response
    log: Any = None

    @property
    def content(self) -> str:
        return self.response.content


class Acceptor:
    """Checks one answer while the chunks arrive."""

    value: Any = None
    """The match, the object or the tool call that was found; None before."""

    def check(self, chunk: Chunk, answer: Answer) -> bool | Awaitable[bool]:
        """Return whether the answer is accepted with the next chunk."""
        return False

    def check_whole(self, answer: Answer) -> bool | Awaitable[bool]:
        """Return whether an answer that has ended is accepted."""
        return False

    def recall(self, response: Response) -> Any:
        """Return the value in a Response that was accepted in an earlier run."""
        answer = _Remembered(response)
        if not self.check(_as_chunk(response), answer):
            self.check_whole(answer)
        return self.value


def make_acceptor(accept: Accept | None, *, template: str = "accept={}") -> Callable[[], Acceptor]:
    """Return a function that makes an Acceptor, one for each answer.

    Args:
        accept: A text or a pattern in the answer's text; a pydantic model (or another type that pydantic can validate)
            for the first such JSON; an ``sk.Tool`` for the first finished call of the tool; or a condition on the
            Response so far, async too. None accepts the first content.
        template: The argument as the user wrote it, with ``{}`` in place of the value, for error messages.

    Raises:
        ConfigurationError: ``accept`` is none of these.
    """
    if accept is None:
        return FirstContent
    if isinstance(accept, str) or hasattr(accept, "pattern"):
        text_or_pattern = cast("str | re.Pattern[str]", accept)
        make = matcher(text_or_pattern, hold=False, template=template)
        return lambda: _MatchesText(make(), text_or_pattern)
    if isinstance(accept, Tool):
        tool = cast("Tool[..., Any]", accept)
        return lambda: _CallsTool(tool)
    if isinstance(accept, type) or get_origin(accept) is not None:
        _HoldsJson(accept)  # raises at once if pydantic cannot validate the type
        return lambda: _HoldsJson(accept)
    if callable(accept):
        return lambda: _MeetsCondition(accept)
    raise ConfigurationError(
        f"accept={accept!r}: give a text, a compiled pattern, a pydantic model, an sk.Tool or a function."
    )


class FirstContent(Acceptor):
    """Takes the first content, of any kind."""

    def check(self, chunk: Chunk, answer: Answer) -> bool:
        """Return whether the next chunk has content."""
        text = chunk.content or chunk.thinking or chunk.refusal or chunk.tool_calls
        return bool(text or chunk.audio or chunk.audio_transcript or chunk.images or chunk.citations)


class _MatchesText(Acceptor):
    """Accepts a text or a pattern in choice 0, across the borders of chunks."""

    def __init__(self, finder: Finder, text_or_pattern: str | re.Pattern[str]) -> None:
        self.value: TextMatch | None = None
        self._finder = finder
        self._text_or_pattern = text_or_pattern

    def check(self, chunk: Chunk, answer: Answer) -> bool:
        matched = bool(chunk.content) and chunk.index == 0 and self._finder.feed(chunk.content)[1]
        self.value = self._finder.found
        return matched

    def check_whole(self, answer: Answer) -> bool:
        # Only now does a pattern match the end of the text, as by ``$``.
        match = None if isinstance(self._text_or_pattern, str) else self._text_or_pattern.search(answer.content)
        if match is not None:
            self.value = TextMatch(match[0], match.start(), match.groups(), match.groupdict())
        return match is not None


class _CallsTool(Acceptor):
    """Accepts a finished call of a tool with valid arguments."""

    def __init__(self, tool: Tool[..., Any]) -> None:
        self.value: ToolCall | None = None
        self._name = tool.name
        self._calls = ToolCallValidator(ToolRegistry((tool,)))

    def check(self, chunk: Chunk, answer: Answer) -> bool:
        finished = self._calls.feed(chunk) if chunk.index == 0 else []
        self.value = next((call for call in finished if call.name == self._name), None)
        return self.value is not None


class _HoldsJson(Acceptor):
    """Accepts the first JSON of a type, in the text or in the arguments of a tool call."""

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

    def check(self, chunk: Chunk, answer: Answer) -> bool:
        if self._error is None:
            self._observer.on_next(chunk)
        return self._outcome()

    def check_whole(self, answer: Answer) -> bool:
        if self._error is None:
            self._observer.on_completed()
        return self._outcome()

    def _outcome(self) -> bool:
        if self._error is not None and not isinstance(self._error, StreamError):
            raise self._error  # raised by a validator of the user's
        return self._found


class _MeetsCondition(Acceptor):
    """Accepts by a condition, which is evaluated for each longer Response and for the whole one."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self._checked_length = 0

    def check(self, chunk: Chunk, answer: Answer) -> bool | Awaitable[bool]:
        arrived = 0 if answer.log is None else answer.log.length
        if arrived == self._checked_length:
            return False  # a reader that lags evaluates the condition once for several chunks
        self._checked_length = arrived
        return self.check_whole(answer)

    def check_whole(self, answer: Answer) -> bool | Awaitable[bool]:
        outcome = self._condition(answer.response)
        return outcome if inspect.isawaitable(outcome) else bool(outcome)

    def recall(self, response: Response) -> Any:
        return None  # the condition may be expensive, so it is not evaluated again


def _as_chunk(response: Response) -> Chunk:
    calls = tuple(
        ToolCallDelta(call.index, call.id, call.name, call.arguments_text, call.complete)
        for call in response.tool_calls
    )
    return Chunk(content=response.content, tool_calls=calls, finish_reasons=response.finish_reasons)
