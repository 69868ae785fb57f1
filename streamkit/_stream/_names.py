"""The names of a call's parameters: what is misspelled or stands in the wrong place is refused, all else is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from ..errors import ConfigurationError
from ..providers import differs_by_one_slip
from ..wire.request import COMMON

# Options of streamkit's own that no request has, with the place of each.
_ELSEWHERE = {
    "accept": "sk.search(…, accept=…)",
    "attempts": "sk.retry(stream, attempts=…)",
    "between": "timeouts=sk.Timeouts(between=…)",
    "call_params": "each parameter by its name, as in temperature=0.2, and in sk.call also call_params={…}",
    "approval_timeout": "sk.converse(…, approval_timeout=…), or sk.call(…, converse=True, approval_timeout=…)",
    "concurrency": "limits=sk.Limits(concurrency=…)",
    "converse": "sk.converse(model, prompt, tools=[…]), or sk.call(…, converse=True)",
    "json_mode": "sk.call(…, json_mode=True) or sk.converse(…, json_mode=True); in sk.stream "
    "response_format={'type': 'json_object'}, as the API has it",
    "late": "stream.fan_out(late=…)",
    "leave": "stream.fan_out(leave=…)",
    "max_turns": "sk.converse(…, max_turns=…), or sk.call(…, converse=True, max_turns=…)",
    "max_retries": "sk.retry(stream, attempts=…)",
    "on_tool": "sk.converse(…, on_tool=…), or sk.call(…, converse=True, on_tool=…)",
    "on_tool_error": "sk.converse(…, on_tool_error=…), or sk.call(…, converse=True, on_tool_error=…)",
    "output_parser": "sk.call(…, stream=False, output_parser=…)",
    "overflow": "stream.fan_out(overflow=…)",
    "partial_tools": "sk.call(…, partial_tools=True), or stream.fan_out(partial_tools=True)",
    "retries": "sk.retry(stream, attempts=…)",
    "rpm": "limits=sk.Limits(rpm=…)",
    "tool_concurrency": "sk.converse(…, tool_concurrency=…), or sk.call(…, converse=True, tool_concurrency=…)",
    "tool_timeout": "sk.converse(…, tool_timeout=…), or sk.call(…, converse=True, tool_timeout=…)",
    "tpm": "limits=sk.Limits(tpm=…)",
}

# The options of sk.stream and sk.call, which stand among the parameters only inside call_params.
_OPTIONS = frozenset(
    {
        *("api_key", "base_url", "cache", "caps", "client", "extra", "keep", "limits", "provider", "reask"),
        *("record", "resend", "response_model", "sentinel_ends", "system", "thinking_tags", "timeouts", "transport"),
    }
)

_COMMON = frozenset(COMMON)


def check_names(provider: str, params: Mapping[str, Any]) -> None:
    """Raise for a parameter whose name is misspelled, or that is an option of streamkit's in the wrong place.

    Args:
        provider: The provider's name.
        params: The parameters of a call, by name.

    Raises:
        ConfigurationError: The message has the name that is meant, or the right place.
    """
    unknown = params.keys() - _COMMON
    if unknown:
        for name in sorted(unknown):
            _check(provider, name, params[name])


def _check(provider: str, name: str, value: object) -> None:
    from ..providers import _parameters as known  # a table that calls with common parameters do not need

    if name in _ELSEWHERE:
        raise ConfigurationError(f"{name}= is no parameter of a request: give {_ELSEWHERE[name]}.")
    if name in _OPTIONS:
        if name == "provider" and isinstance(value, Mapping):
            return  # OpenRouter's routing
        raise ConfigurationError(f"{name}= is an option of the call: give it beside the parameters, not among them.")
    if known.is_known(name):
        return
    near = (*COMMON, *_OPTIONS, *_ELSEWHERE, *known.parameters_of(provider))
    meant = {each for each in near if differs_by_one_slip(name, each)}
    if meant:
        raise ConfigurationError(
            f"{provider} has no parameter {name}=: write {' or '.join(f'{each}=' for each in sorted(meant))}; "
            f"extra={{{name!r}: …}} sends it as it is."
        )


def merge_extra(params: Mapping[str, Any], extra: object) -> dict[str, Any]:
    """Return the parameters with the fields that ``extra=`` adds to the request's body.

    Args:
        params: The parameters of a call.
        extra: The value of ``extra=``; None adds nothing.

    Raises:
        ConfigurationError: It is no mapping of names, or has ``stream``, which streamkit sets itself.
    """
    found = dict(params)
    if extra is None:
        return found
    if not isinstance(extra, Mapping) or not all(isinstance(each, str) for each in cast("Iterable[object]", extra)):
        raise ConfigurationError(f"extra={extra!r}: give a dict of fields of the request's body, by name.")
    fields = cast("Mapping[str, Any]", extra)
    if "stream" in fields:
        raise ConfigurationError("extra={'stream': …} cannot be given: stream=False asks for the answer in one body.")
    if fields:
        found["extra_body"] = {**(found.get("extra_body") or {}), **fields}
    return found
