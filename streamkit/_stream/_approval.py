"""What is asked before a tool of a conversation runs: ``on_tool`` approves, changes or refuses the call."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeAlias, cast

from ..errors import ConfigurationError, StreamError
from ..runtime import to_user_thread
from ..tool import ToolCall, ToolResult, TypedToolCall

OnTool: TypeAlias = Callable[[ToolCall], Any]


class Refused(Exception):
    """The error of a tool call that was refused; the model gets its text."""


class Approval:
    """Asks ``on_tool`` about the calls of one turn.

    Args:
        on_tool: The user's function, sync or async; None approves every call.
        seconds: Seconds that one answer may take; None for no limit.
        fail: A function that is called with the error that ends the conversation.
    """

    def __init__(
        self,
        on_tool: OnTool | None,
        *,
        seconds: float | None,
        fail: Callable[[StreamError], None],
    ) -> None:
        self._on_tool = on_tool
        self._seconds = seconds
        self._fail = fail
        self.failed = False
        """True once ``on_tool`` has failed, which ends the conversation."""

    @property
    def asks(self) -> bool:
        """Whether anybody is asked."""
        return self._on_tool is not None

    async def before(self, call: TypedToolCall) -> TypedToolCall | ToolResult:
        """Return the call to run, whose arguments may have changed; or the result of a call that is refused.

        Args:
            call: The call that the model has made.
        """
        return call if self._on_tool is None else await self._checked(self._on_tool, call)

    async def _checked(self, on_tool: OnTool, call: TypedToolCall) -> TypedToolCall | ToolResult:
        if self.failed:
            return _refused(call, f"{call.name!r} was not run: the conversation has failed.")
        asking = asyncio.create_task(_ask(on_tool, call))
        try:
            await asyncio.wait([asking], timeout=self._seconds)
        finally:
            # It is not waited for: a function that suppresses its cancellation holds up nothing.
            is_late = asking.cancel()
        if is_late:
            return _refused(call, f"{call.name!r} was refused: nobody approved it within {self._seconds} s.")
        try:
            return self._decided(call, asking.result())
        except (Exception, asyncio.CancelledError) as error:
            self.failed = True
            self._fail(_in_our_terms(error, call))
            return _refused(call, f"{call.name!r} was not run: the conversation has failed.")

    def _decided(self, call: TypedToolCall, answer: object) -> TypedToolCall | ToolResult:
        """Return what an answer of ``on_tool`` means."""
        if answer is True:
            return call
        if answer is False:
            return _refused(call, f"{call.name!r} was refused by the user.")
        if isinstance(answer, str):
            return _refused(call, answer)
        if isinstance(answer, Mapping):
            return changed(call, cast("Mapping[str, Any]", answer))
        raise ConfigurationError(
            f"on_tool returned {answer!r}: return True to run the tool, False or a reason as text to refuse it, or a "
            "dict of the arguments to run it with."
        )


def changed(call: TypedToolCall, arguments: Mapping[str, Any]) -> TypedToolCall:
    """Return a call with other arguments.

    Raises:
        ToolArgumentsError: The arguments do not fit the tool.
    """
    given = dict(arguments)
    plain = ToolCall(*(getattr(call, each.name) for each in fields(ToolCall)))
    return call.tool.read(replace(plain, arguments=given, arguments_text=json.dumps(given, default=str)))


def _refused(call: ToolCall, reason: str) -> ToolResult:
    return ToolResult(call, error=Refused(reason), state="not_run")


async def _ask(on_tool: OnTool, call: TypedToolCall) -> Any:
    blocking = not inspect.iscoroutinefunction(on_tool)
    found = await to_user_thread(lambda: on_tool(call)) if blocking else on_tool(call)
    return await found if inspect.isawaitable(found) else found


def _in_our_terms(error: BaseException, call: ToolCall) -> StreamError:
    """Return the error that ends the conversation, with the user's exception as the cause."""
    if isinstance(error, StreamError):
        return error
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    found = StreamError(f"on_tool failed at {call.name!r}: {what}", retryable=False)
    found.__cause__ = error
    return found
