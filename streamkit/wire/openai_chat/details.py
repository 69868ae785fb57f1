"""Details of a chat completion: probabilities, filters, the tier, found sources, and the tools that Groq has run."""

from __future__ import annotations

from typing import Any

from ...details import Details, Logprob, ServerToolDelta, ServerToolKind
from ..format import DetailReader
from ..lenient_json import as_count, as_dict, as_dicts, as_list, as_text, json_or_text

# By type of a tool that Groq has run: its kind.
_GROQ: dict[str, ServerToolKind] = {
    "search": "web_search",
    "browser_search": "web_search",
    "browser.search": "web_search",
    "visit": "web_fetch",
    "browser.open": "web_fetch",
    "python": "code_execution",
    "code_execution": "code_execution",
    "code_interpreter": "code_execution",
    "mcp": "mcp",
}

_RESULTS = ("output", "search_results", "code_results", "browser_results")


def read(event: dict[str, Any], index: int) -> Details:
    """Read the details of an event, for one choice."""
    found = Details()
    results = as_dicts(event.get("search_results"))
    choices = [each for each in as_dicts(event.get("choices")) if (as_count(each, "index") or 0) == index]
    for choice in choices:
        found.logprobs += _choice_logprobs(choice)
        delta = as_dict(choice.get("delta"))
        for at, tool in enumerate(as_dicts(delta.get("executed_tools"))):
            found.server_tools.append(_executed(tool, at))
            results += as_dicts(as_dict(tool.get("search_results")).get("results"))
    tier = as_text(event.get("service_tier")) or as_text(as_dict(event.get("usage")).get("service_tier"))
    safety = {name: event[name] for name in ("moderation", "prompt_filter_results") if event.get(name)}
    for choice in choices:
        safety |= {name: choice[name] for name in ("content_filter_results",) if choice.get(name)}
    stops = [as_text(choice.get(name)) for choice in choices for name in ("stop_reason", "matched_stop")]
    values: dict[str, Any] = {
        "service_tier": tier,
        "safety": safety,
        "search_results": results,
        "stop_sequence": next(filter(None, stops), ""),
    }
    found.fields |= {name: value for name, value in values.items() if value}
    return found


def _choice_logprobs(choice: dict[str, Any]) -> list[Logprob]:
    given = as_dict(choice.get("logprobs"))
    if tokens := as_list(given.get("tokens")):  # text completions
        figures = as_list(given.get("token_logprobs"))
        return [Logprob(as_text(token), _figure(value)) for token, value in zip(tokens, figures, strict=False)]
    return [*logprobs_of(given.get("content")), *logprobs_of(given.get("refusal"))]


def logprobs_of(given: object) -> list[Logprob]:
    """Read the probabilities of tokens as OpenAI, Ollama and others report them."""
    return [_logprob(each) for each in as_dicts(given)]


def _logprob(given: dict[str, Any]) -> Logprob:
    top = tuple(
        Logprob(as_text(each.get("token")), _figure(each.get("logprob")))
        for each in as_dicts(given.get("top_logprobs"))
    )
    return Logprob(as_text(given.get("token")), _figure(given.get("logprob")), top)


def _figure(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _executed(tool: dict[str, Any], at: int) -> ServerToolDelta:
    """Read a tool that Groq has run; it comes again with its results, under the same number."""
    name, arguments = as_text(tool.get("type")), as_text(tool.get("arguments"))
    results = {field: tool[field] for field in _RESULTS if tool.get(field) not in (None, "", [])}
    output = results["output"] if list(results) == ["output"] else results
    return ServerToolDelta(
        _GROQ.get(name, "other"),
        name or None,
        as_text(tool.get("id")) or None,
        at if (number := as_count(tool, "index")) is None else number,
        whole_input=json_or_text(arguments),
        output=output or None,
        state="completed" if results else "running",
    )


READER = DetailReader(
    read,
    each=(b'"logprob"', b'"token_logprobs"', b'"executed_tools"', b'"prompt_filter_results"'),
    last=(
        *(
            b'"service_tier"',
            b'"content_filter_results":{"',
            b'"content_filter_results": {"',
            b'"moderation"',
            b'"search_results"',
        ),
        *(b'"stop_reason"', b'"matched_stop"'),
    ),
)
