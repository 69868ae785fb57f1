"""Details of an answer of Cohere's: probabilities and found sources; apart, since decoders are loaded without them."""

from __future__ import annotations

from typing import Any

from ...details import Details, Logprob
from ..format import DetailReader
from ..lenient_json import as_dict, as_dicts, as_list, as_text


def read(event: dict[str, Any], index: int) -> Details:
    """Read the details of an event."""
    found = Details()
    given = as_dict(event.get("logprobs"))
    figures = [each for each in as_list(given.get("logprobs")) if isinstance(each, (int, float))]
    if figures:  # of several tokens only the whole text is known, and so the probability of that
        found.logprobs.append(Logprob(as_text(given.get("text")), float(sum(figures))))
    results = as_dicts(event.get("search_results")) or as_dicts(as_dict(event.get("response")).get("search_results"))
    if results:
        found.fields["search_results"] = results
    return found


READER = DetailReader(read, each=(b'"logprobs"',), last=(b'"search_results"',))
