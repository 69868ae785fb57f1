"""The price of a call in US dollars: from the provider's bill, or from the installed table of genai-prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard, cast

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from ..chunk import Usage


_WRITTEN = (
    ("cache_creation_input_tokens",),
    ("cacheWriteInputTokens",),
    ("prompt_tokens_details", "cache_write_tokens"),
    ("input_tokens_details", "cache_write_tokens"),
)

_TICKS = 1e-10  # US dollars; the unit of xAI's bill


def price(usage: Usage | None, *, model: str | None, provider: str) -> float | None:
    """Return the price of a call; each token is counted once.

    The first call takes half a second to load the table.

    Args:
        usage: Tokens of the call.
        model: Name of the model that answered.
        provider: Name of the provider; empty to look up the model by its name alone.

    Returns:
        US dollars; None if the tokens of the prompt or of the answer are not known, or the table does not know
        the model, or is not installed.

    >>> from streamkit.chunk import Usage
    >>> price(Usage(input_tokens=1000, output_tokens=100), model="gpt-4o", provider="openai")
    0.0035
    """
    found = _price(usage, model, provider)
    return None if isinstance(found, str) else found


def unpriced_reason(usage: Usage | None, *, model: str | None, provider: str) -> str | None:
    """Return a sentence that says why ``price`` returns None for a call; None if there is a price.

    >>> from streamkit.chunk import Usage
    >>> unpriced_reason(Usage(input_tokens=7, output_tokens=2), model="moon-1", provider="openai")
    "The price table has no price for 'moon-1' of 'openai'."
    """
    found = _price(usage, model, provider)
    return found if isinstance(found, str) else None


def _price(usage: Usage | None, model: str | None, provider: str) -> float | str:
    """Return the price of a call, or a sentence that says why there is none."""
    if usage is None:
        return "No usage has arrived from the provider."
    if usage.source == "provider" and (billed := billed_cost(usage)) is not None:
        return billed
    if usage.input_tokens is None or usage.output_tokens is None:
        return _missing_tokens(usage)
    if not model:
        return "The name of the model is not known."
    try:
        from genai_prices import Usage as Billed
        from genai_prices import calc_price
    except ImportError:
        return "There is no price table: pip install 'genai-prices>=0.2'."
    try:
        found = calc_price(Billed(**_billed(usage)), model, provider_id=provider or None)
    except LookupError:
        return f"The price table has no price for {model!r}{f' of {provider!r}' if provider else ''}."
    except ValueError as error:
        return f"The price table cannot price this usage: {error}"
    return float(found.total_price)


def _missing_tokens(usage: Usage) -> str:
    names = {"prompt": usage.input_tokens, "answer": usage.output_tokens}
    missing = " and ".join(f"the {name}" for name, tokens in names.items() if tokens is None)
    if usage.source == "estimated":
        return "The tokens of the answer are an estimate, and the provider has not reported those of the prompt."
    return f"The provider has not reported the tokens of {missing}."


def billed_cost(usage: Usage | None) -> float | None:
    """Return the charge that the provider reports with the usage, in US dollars; None if there is no report.

    >>> from streamkit.chunk import Usage
    >>> billed_cost(Usage(7, 2, raw={"cost": 0.002})), billed_cost(Usage(7, 2))
    (0.002, None)
    """
    if usage is None:
        return None
    ticks, billed = usage.raw.get("cost_in_usd_ticks"), usage.raw.get("cost")
    billed = cast("dict[str, Any]", billed).get("total_cost") if isinstance(billed, dict) else billed
    if _is_number(billed):
        return float(billed)
    return float(ticks) * _TICKS if _is_number(ticks) else None


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def price_of_output(tokens: int, *, model: str | None, provider: str) -> float | None:
    """Return the price of a number of output tokens; None as for ``price``."""
    from ..chunk import Usage

    return price(Usage(input_tokens=0, output_tokens=tokens), model=model, provider=provider)


def require_prices(option: str) -> None:
    """Raise if there is no price table.

    Raises:
        ConfigurationError: genai-prices is not installed.
    """
    try:
        import genai_prices  # noqa: F401 # pyright: ignore[reportUnusedImport] - whether it is there is the question
    except ImportError as error:
        raise ConfigurationError(f"{option} needs a price table: pip install 'genai-prices>=0.2'") from error


def output_of(usage: Usage) -> int:
    """Count the tokens of the answer and of the thinking, also if the provider counts the two separately.

    >>> from streamkit.chunk import Usage
    >>> output_of(Usage(7, 10, reasoning_tokens=5, total_tokens=17)), output_of(Usage(7, 10, None, 5, None, 22))
    (10, 15)
    """
    output, thinking = usage.output_tokens or 0, usage.reasoning_tokens or 0
    if usage.total_tokens is None:
        return output
    beside = usage.total_tokens - (usage.input_tokens or 0) - usage.cached_apart - output
    return output + thinking if beside >= thinking else output


def _billed(usage: Usage) -> dict[str, int]:
    """Count as the table does: the input includes cached tokens; the output includes thinking, sound and pictures."""
    raw = usage.raw
    if "billed_units" in raw:  # Cohere bills figures that differ from the counted tokens
        return {name: _count(raw, "billed_units", name) for name in ("input_tokens", "output_tokens")}
    tokens, read = usage.input_tokens or 0, usage.cached_tokens or 0
    written = usage.cache_write_tokens  # which older pickles leave to the provider's object
    if written is None:
        written = next((count for path in _WRITTEN if (count := _count(raw, *path))), 0)
    if usage.counts_cache_apart:
        tokens += read + written
    return {
        "input_tokens": tokens + _count(raw, "toolUsePromptTokenCount"),
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "cache_write_1h_tokens": _count(raw, "cache_creation", "ephemeral_1h_input_tokens"),
        "input_audio_tokens": _count(raw, "prompt_tokens_details", "audio_tokens"),
        "output_tokens": output_of(usage),
        "output_audio_tokens": usage.audio_tokens or 0,
        "output_image_tokens": _pictures(raw),
        "web_searches": _count(raw, "server_tool_use", "web_search_requests"),
    }


def _count(raw: dict[str, Any], *path: str) -> int:
    found: Any = raw
    for name in path:
        found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
    return found if isinstance(found, int) else 0


def _pictures(raw: dict[str, Any]) -> int:
    """Count the tokens of generated pictures, which Gemini reports separately."""
    details: list[dict[str, Any]] = raw.get("candidatesTokensDetails") or []
    return sum(_count(each, "tokenCount") for each in details if each.get("modality") == "IMAGE")
