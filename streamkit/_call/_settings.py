"""The settings of a decorated function, and their changes by overrides, contexts and dynamic configurations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeAlias, cast

from .._stream import (
    CONVERSATION,
    Cached,
    CallInputs,
    CallOptions,
    Record,
    Stream,
    check_names,
    check_reask,
    check_sentinel_ends,
    check_thinking_tags,
)
from .._stream._typed import Answer, check_tools
from ..errors import ConfigurationError
from ..providers import find, split_model
from ..runtime import Limits
from ..settings import Caps, Keep, SentinelEnds, ThinkingTags, Timeouts, Transport, validate_keep
from ..tool import to_tools
from ..wire.request import COMMON

Remake: TypeAlias = Callable[[Any], Any]

"""A function that makes the stream of another decorated function with the arguments of this call."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Settings:
    """The settings of a decorated function's calls; see ``sk.call``.

    Args:
        model: ``provider/model``.
        stream: True if the result is a stream, False if it is the whole answer.
        tools: Tools that the model may call.
        system: Text of the system message.
        response_model: Type of the answer; None for text.
        reask: Number of times that the model is asked again if its answer does not fit.
        json_mode: True to use the provider's JSON mode and to put the schema into the prompt.
        converse: True if the tools run and the model goes on until it calls none.
        conversation: Options of a conversation, by name.
        output_parser: Function that makes the result from the whole answer.
        call_params: Other parameters for the provider, by name.
        extra: Fields of the request's body that are not checked.
        client: The SDK's own client.
        partial_tools: True to emit partial tool calls too.
        timeouts: Timeouts of the call, in seconds.
        limits: Rate limits shared with other calls.
        caps: Limits on the size of the answer.
        resend: True if the request may be sent once more on a fresh connection.
        transport: The sender of the request: ``"direct"``, ``"sdk"`` or ``"auto"``.
        record: What the calls are recorded to.
        sentinel_ends: Choices whose end the sentinel alone proves.
        thinking_tags: Tags between which the server sends thinking as text.
        keep: Part of the chunks that the log keeps.
        api_key: The key, or a function that returns one.
        base_url: Base URL of the API.
        recover: Functions that each turn a stream into one that retries or falls back.
    """

    model: str
    stream: bool = True
    tools: tuple[Any, ...] = ()
    system: str | None = None
    response_model: Any = None
    reask: int = 0
    json_mode: bool = False
    converse: bool = False
    conversation: Mapping[str, Any] = field(default_factory=dict[str, Any])
    output_parser: Callable[[Any], Any] | None = None
    call_params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    extra: Mapping[str, Any] | None = None
    client: Any = None
    partial_tools: bool = False
    timeouts: Timeouts | None = None
    limits: Limits | None = None
    caps: Caps | None = None
    resend: bool | None = None
    transport: Transport | None = None
    record: Record | None = None
    cache: Cached | None = None
    sentinel_ends: SentinelEnds | None = None
    thinking_tags: ThinkingTags | None = None
    keep: Keep = "all"
    api_key: str | Callable[[], Any] | None = None
    base_url: str | None = None
    recover: tuple[Callable[[Stream, Remake], Stream], ...] = ()

    @property
    def inputs(self) -> CallInputs:
        """The options that only a call itself can give."""
        return CallInputs(
            system=self.system,
            tools=self.tools,
            extra=self.extra,
            client=self.client,
            api_key=self.api_key,
            base_url=self.base_url,
            sentinel_ends=self.sentinel_ends,
            thinking_tags=self.thinking_tags,
            keep=self.keep,
            reask=self.reask,
        )

    @property
    def options(self) -> CallOptions:
        """The options that a context may set for any call."""
        return CallOptions(
            timeouts=self.timeouts,
            limits=self.limits,
            caps=self.caps,
            resend=self.resend,
            transport=self.transport,
            record=self.record,
            cache=self.cache,
        )

    def __repr__(self) -> str:
        return f"Settings({self.model!r})"  # no key, no headers

    @property
    def answer(self) -> Answer | None:
        """The description of the answer's type; None without a ``response_model``."""
        return None if self.response_model is None else Answer.of(self.response_model)

    def with_overrides(self, given: Mapping[str, Any]) -> Settings:
        """Return a copy of these settings with some options changed.

        A change of the provider drops the client, the key and the base URL.

        Args:
            given: Options of ``sk.override`` by name.

        Raises:
            ConfigurationError: An option is unknown, or the options do not go together.
        """
        changes = {name: value for name, value in given.items() if name not in CONVERSATION}
        if of_conversation := {name: value for name, value in given.items() if name in CONVERSATION}:
            changes["conversation"] = {**self.conversation, **of_conversation}
        elif given.get("converse") is False:
            changes["conversation"] = {}
        unknown = sorted(changes.keys() - _NAMES - {"provider"})
        if unknown:
            raise ConfigurationError(f"{', '.join(unknown)}: there is no such option; give call_params={{…}}.")
        _resolve_model(self.model, changes)
        if _provider(changes.get("model", self.model)) != _provider(self.model):
            changes = {"client": None, "api_key": None, "base_url": None, **changes}
        if "stream" in changes:
            changes |= _stream_of(changes["stream"])
        if "tools" in changes:
            changes["tools"] = to_tools(changes["tools"] or ())
        if "call_params" in changes:
            changes["call_params"] = dict(changes["call_params"] or {})
        if "recover" in changes:
            changes["recover"] = (*self.recover, changes["recover"])
        found = replace(self, **changes)
        _check(found)
        return found


_NAMES = frozenset(each.name for each in fields(Settings))


def declare(given: Mapping[str, Any]) -> Settings:
    """Make the settings of a new call.

    Args:
        given: Options by name, including ``model``.

    Raises:
        ConfigurationError: An option is unknown or invalid, or the options do not go together.
    """
    if not given.get("model"):
        raise ConfigurationError('Name a model: sk.call("provider/model"), or sk.call(provider=…, model=…).')
    found = Settings(model="").with_overrides(given)
    check_converse(found)
    check_reask(found.reask, typed=found.response_model is not None)
    return found


def check_converse(settings: Settings) -> None:
    """Raise for options of a conversation without a conversation.

    Raises:
        ConfigurationError: ``converse=True`` is missing.
    """
    if settings.conversation and not settings.converse:
        names = ", ".join(f"{name}=" for name in sorted(settings.conversation))
        raise ConfigurationError(
            f"{names} {'is an option' if len(settings.conversation) == 1 else 'are options'} of a conversation: give "
            "converse=True too. sk.retry(function) and sk.fallback(function, other) are for single calls."
        )


def declare_call(door: str | None, given: dict[str, Any]) -> Settings:
    """Make the settings of a call.

    Args:
        door: The provider whose ``call`` was called; None for ``sk.call``.
        given: The arguments, by name; ``params`` are the provider's own parameters.
    """
    options = {name: value for name in _OPTIONS if (value := given[name]) is not _DEFAULTS.get(name)}
    if door is not None:
        if options.get("provider") or not isinstance(options.get("model"), str):
            raise ConfigurationError(f'Name a model of this provider: sk.{door}.call("model").')
        options["provider"] = door
    common = {name: value for name in COMMON if (value := given[name]) is not None}
    elsewhere = CONVERSATION | {"converse", "cache"}
    params = {name: value for name, value in given["params"].items() if name not in elsewhere}
    options |= {name: value for name, value in given["params"].items() if name in elsewhere}
    options["call_params"] = {**(options.get("call_params") or {}), **common, **params}
    return declare(options)


_OPTIONS = (
    *("api_key", "base_url", "call_params", "caps", "client", "extra", "json_mode", "keep", "limits", "model"),
    *("output_parser", "partial_tools", "provider", "reask", "record", "resend", "response_model", "sentinel_ends"),
    *("stream", "system", "thinking_tags", "timeouts", "tools", "transport"),
)

_DEFAULTS = {"json_mode": False, "keep": "all", "partial_tools": False, "reask": 0, "stream": True}


def _resolve_model(before: str, changes: dict[str, Any]) -> None:
    """Write ``model`` and ``provider`` as one ``provider/model``, with the provider's own name."""
    provider, model = changes.pop("provider", None), changes.get("model")
    if provider is not None and not model:
        raise ConfigurationError(f"provider={provider!r} needs a model of that provider: give model=… too.")
    if "model" not in changes:
        return
    if provider is None and isinstance(model, str) and "/" not in model and before:
        provider = None if ":" in model and _names_provider(model) else _provider(before)
    find(changes["model"], provider=provider)
    changes["model"] = "/".join(split_model(changes["model"], provider=provider))


def _names_provider(model: str) -> bool:
    """Return whether a name has a provider before a colon, as ``openai:gpt-5-mini`` and unlike ``llama3:8b``."""
    try:
        split_model(model)
    except ConfigurationError:
        return False
    return True


def _provider(model: object) -> str:
    return str(model).partition("/")[0]


def _stream_of(given: object) -> dict[str, Any]:
    if isinstance(given, bool):
        return {"stream": given}
    options = cast("dict[str, object]", given) if isinstance(given, dict) else None
    if options is None or options.keys() - {"partial_tools"}:
        raise ConfigurationError(f'stream={given!r}: give True, False, or {{"partial_tools": True}}.')
    return {"stream": True, "partial_tools": bool(options.get("partial_tools"))}


def _check(found: Settings) -> None:
    validate_keep(found.keep)
    check_reask(found.reask)
    check_names(_provider(found.model), found.call_params)
    check_sentinel_ends(found.sentinel_ends)
    check_thinking_tags(found.thinking_tags)
    assert found.options is not None  # making them checks them
    if found.output_parser is not None and found.stream:
        raise ConfigurationError(
            "Cannot use output_parser with stream=True: a parser takes the whole answer. "
            "Give stream=False, or put operators on the stream."
        )
    if cast("object", found.converse) not in (True, False):
        raise ConfigurationError(f"converse={found.converse!r}: give True or False.")
    if found.conversation:
        from .._stream._converse import check_conversation  # which few calls need

        check_conversation(found.conversation)
    if found.answer is not None:
        check_tools(found.model, found.tools, json_mode=found.json_mode)
