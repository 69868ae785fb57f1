"""The ``stream`` function of one provider, as in ``sk.openai.stream``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, overload

from typing_extensions import TypeVar

from ..messages import Prompt
from ..runtime import Limits
from ..settings import Caps, Keep, SentinelEnds, ThinkingTags, Timeouts, Transport
from ..tool import ToolCall
from ..traces import quiet
from ._open import Given, open_named
from ._options import Cached, Record
from ._stream import Stream

S = TypeVar("S", default=Any)

R = TypeVar("R", default=Any)

F = TypeVar("F", bound=str, default=str)

M = TypeVar("M")


class ProviderDoor(Generic[S, R, F]):
    """The ``stream`` function of one provider, whose chunks are typed with the events of the provider's SDK.

    Args:
        name: The provider's name.

    >>> ProviderDoor("openai").stream("gpt-5-mini", "Which moons may hold life?").model
    'gpt-5-mini'
    """

    def __init__(self, name: str) -> None:
        self._name = name

    @overload
    def stream(
        self,
        model: str,
        prompt: Prompt,
        *,
        system: str | None = None,
        response_model: type[M],
        reask: int = 0,
        tools: Iterable[Any] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
        top_p: float | None = None,
        stop: str | Sequence[str] | None = None,
        seed: int | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        n: int | None = None,
        tool_choice: str | Given | None = None,
        json_schema: type | Given | None = None,
        extra: Given | None = None,
        client: Any = None,
        api_key: str | Callable[[], Any] | None = None,
        base_url: str | None = None,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        caps: Caps | None = None,
        resend: bool | None = None,
        transport: Transport | None = None,
        sentinel_ends: SentinelEnds | None = None,
        thinking_tags: ThinkingTags | None = None,
        keep: Keep = "all",
        record: Record | None = None,
        cache: Cached | None = None,
        stream: bool = True,
        **params: Any,
    ) -> Stream[S, ToolCall, R, F, M]: ...
    @overload
    def stream(
        self,
        model: str,
        prompt: Prompt,
        *,
        system: str | None = None,
        response_model: Any = None,
        reask: int = 0,
        tools: Iterable[Any] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
        top_p: float | None = None,
        stop: str | Sequence[str] | None = None,
        seed: int | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        n: int | None = None,
        tool_choice: str | Given | None = None,
        json_schema: type | Given | None = None,
        extra: Given | None = None,
        client: Any = None,
        api_key: str | Callable[[], Any] | None = None,
        base_url: str | None = None,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        caps: Caps | None = None,
        resend: bool | None = None,
        transport: Transport | None = None,
        sentinel_ends: SentinelEnds | None = None,
        thinking_tags: ThinkingTags | None = None,
        keep: Keep = "all",
        record: Record | None = None,
        cache: Cached | None = None,
        stream: bool = True,
        **params: Any,
    ) -> Stream[S, ToolCall, R, F]: ...
    @quiet
    def stream(
        self,
        model: str,
        prompt: Prompt,
        *,
        system: str | None = None,
        response_model: Any = None,
        reask: int = 0,
        tools: Iterable[Any] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
        top_p: float | None = None,
        stop: str | Sequence[str] | None = None,
        seed: int | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        n: int | None = None,
        tool_choice: str | Given | None = None,
        json_schema: type | Given | None = None,
        extra: Given | None = None,
        client: Any = None,
        api_key: str | Callable[[], Any] | None = None,
        base_url: str | None = None,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        caps: Caps | None = None,
        resend: bool | None = None,
        transport: Transport | None = None,
        sentinel_ends: SentinelEnds | None = None,
        thinking_tags: ThinkingTags | None = None,
        keep: Keep = "all",
        record: Record | None = None,
        cache: Cached | None = None,
        stream: bool = True,
        **params: Any,
    ) -> Stream[S, ToolCall, R, F]:
        """Do what ``sk.stream`` does, for a model of this provider.

        Args:
            model: The model's name, without the provider's.
            prompt: A text, a message, or a list of messages.
            system: The text of the system message.
            response_model: The type of the answer.
            reask: The number of times that the model is asked again if its answer does not fit.
            tools: The tools that the model may call.
            temperature: The randomness of the answer, 0 or more.
            max_tokens: The most tokens of an answer, 1 or more.
            top_p: The share of probability, from 0 to 1, from which the tokens are chosen.
            stop: The text, or the texts, at which the answer ends: by the provider, or else by streamkit.
            seed: A whole number that makes answers repeatable.
            frequency_penalty: A number by which tokens lose that the answer has often.
            presence_penalty: A number by which tokens lose that the answer has at all.
            n: The number of answers (choices) to one request.
            tool_choice: ``"auto"``, ``"none"``, ``"required"``, the name of a tool, or the provider's own form.
            json_schema: The JSON schema of the answer, as a dict or a pydantic model.
            extra: Any other fields of the request's body, which are not checked.
            client: A client of the provider's SDK, instead of streamkit's own connection.
            api_key: The key, or a function that returns one.
            base_url: The address to send the request to.
            timeouts: The call's clocks, in seconds without content.
            limits: The limits that this call shares with others.
            caps: The bounds on the size of the answer.
            resend: True if the request may be sent once more on a fresh connection.
            transport: The sender of the request: ``"direct"``, ``"sdk"`` or ``"auto"``.
            sentinel_ends: The choices whose end the sentinel alone proves.
            thinking_tags: The tags between which the server sends thinking as text.
            keep: ``"all"``, or the number of the last chunks that the log keeps.
            record: The path of a folder or a new file to which the call is recorded.
            cache: The ``sk.Cache`` of complete answers, or False for none.
            stream: False to ask for the answer in one body.
            params: The provider's own parameters, by their names in its API.
        """
        given = locals()
        made: Any = open_named({**given, "provider": self._name})
        return made
