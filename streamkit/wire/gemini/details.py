"""Details of an answer of Gemini's: executed code, searches, fetched pages, probabilities and safety ratings."""

from __future__ import annotations

from typing import Any

from ...details import Details, Logprob, ServerToolDelta, ServerToolKind, ServerToolState
from ..format import DetailReader
from ..lenient_json import as_count, as_dict, as_dicts, as_list, as_text

# Work that Gemini reports beside the content, once for an answer: a search, fetched pages, and found files.
_SEARCH, _PAGES, _FILES = -1, -2, -3

_OK = ("OUTCOME_OK", 1)
_UNKNOWN = (None, "OUTCOME_UNSPECIFIED", 0)

_TYPES: dict[str, ServerToolKind] = {
    "GOOGLE_SEARCH": "web_search",
    "GOOGLE_SEARCH_WEB": "web_search",
    "URL_CONTEXT": "web_fetch",
    "FILE_SEARCH": "file_search",
    "CODE_EXECUTION": "code_execution",
    "MCP": "mcp",
}


def read(event: dict[str, Any], index: int) -> Details:
    """Read the details of an event, for one candidate."""
    found = Details()
    if tier := as_text(as_dict(event.get("usageMetadata")).get("serviceTier")):
        found.fields["service_tier"] = tier
    safety = {"promptFeedback": event["promptFeedback"]} if event.get("promptFeedback") else {}
    for candidate in as_dicts(event.get("candidates")):
        if (as_count(candidate, "index") or 0) != index:
            continue
        for part in as_dicts(as_dict(candidate.get("content")).get("parts")):
            found.server_tools += _part(part)
        found.server_tools += _beside(candidate)
        found.logprobs += _logprobs(as_dict(candidate.get("logprobsResult")))
        if candidate.get("safetyRatings"):
            safety["safetyRatings"] = candidate["safetyRatings"]
    if safety:
        found.fields["safety"] = safety
    return found


def _part(part: dict[str, Any]) -> list[ServerToolDelta]:
    code, result = as_dict(part.get("executableCode")), as_dict(part.get("codeExecutionResult"))
    call, answer = as_dict(part.get("toolCall")), as_dict(part.get("toolResponse"))
    if code:
        identity, given = as_text(code.get("id")) or None, {name: code[name] for name in code if name != "id"}
        return [ServerToolDelta("code_execution", None, identity, whole_input=given, state="running")]
    if result:
        identity, given = as_text(result.get("id")) or None, {name: result[name] for name in result if name != "id"}
        return [ServerToolDelta("code_execution", None, identity, output=given, state=_state(result.get("outcome")))]
    if call or answer:
        own = call or answer
        name, identity = as_text(own.get("toolType")) or None, as_text(own.get("id")) or None
        kind = _TYPES.get(name or "", "other")
        if call:
            return [ServerToolDelta(kind, name, identity, whole_input=call.get("args") or {}, state="running")]
        return [ServerToolDelta(kind, name, identity, output=answer.get("response"), state="completed")]
    return []


def _state(outcome: Any) -> ServerToolState:
    return "completed" if outcome in _OK else "unknown" if outcome in _UNKNOWN else "failed"


def _beside(candidate: dict[str, Any]) -> list[ServerToolDelta]:
    """Read what the metadata of a candidate says about searches and pages."""
    found: list[ServerToolDelta] = []
    grounding = as_dict(candidate.get("groundingMetadata"))
    sources = as_dicts(grounding.get("groundingChunks"))
    if queries := as_list(grounding.get("webSearchQueries")):
        pages = [each["web"] for each in sources if as_dict(each.get("web"))]
        found.append(_work("web_search", _SEARCH, {"queries": queries}, pages))
    files = [each["retrievedContext"] for each in sources if as_dict(each.get("retrievedContext"))]
    queries = as_list(grounding.get("retrievalQueries"))
    if files or queries:
        found.append(_work("file_search", _FILES, {"queries": queries} if queries else None, files))
    if fetched := as_dicts(as_dict(candidate.get("urlContextMetadata")).get("urlMetadata")):
        addresses = [each["retrievedUrl"] for each in fetched if each.get("retrievedUrl")]
        found.append(_work("web_fetch", _PAGES, {"urls": addresses}, fetched))
    return found


def _work(kind: ServerToolKind, index: int, given: Any, output: list[Any]) -> ServerToolDelta:
    return ServerToolDelta(kind, index=index, whole_input=given, output=output or None, state="completed")


def _logprobs(given: dict[str, Any]) -> list[Logprob]:
    tops = [as_dicts(each.get("candidates")) for each in as_dicts(given.get("topCandidates"))]
    chosen = as_dicts(given.get("chosenCandidates"))
    tops += [[]] * (len(chosen) - len(tops))
    return [_logprob(each, tuple(map(_logprob, top))) for each, top in zip(chosen, tops, strict=False)]


def _logprob(given: dict[str, Any], top: tuple[Logprob, ...] = ()) -> Logprob:
    figure = given.get("logProbability")
    return Logprob(as_text(given.get("token")), float(figure) if isinstance(figure, (int, float)) else None, top)


READER = DetailReader(
    read,
    each=(
        *(b'"executableCode"', b'"codeExecutionResult"', b'"toolCall"', b'"toolResponse"', b'"logprobsResult"'),
        *(b'"webSearchQueries"', b'"retrievalQueries"', b'"retrievedContext"', b'"urlContextMetadata"'),
    ),
    last=(b'"serviceTier"', b'"safetyRatings"', b'"promptFeedback"'),
)
