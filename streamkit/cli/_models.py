"""``streamkit models``: the models that this machine knows of, from the recordings and the price table; no network."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from ..errors import ConfigurationError
from ._exit import OK, report_error

_ALSO = """\
Models of your own server (vllm, lmstudio, llama.cpp, ollama, litellm-proxy) are
those that you have installed there."""

_NO_TABLE = """\
No price table is installed, which would name other providers' models:
pip install 'genai-prices>=0.2'"""

# The names of our providers in the price table, where they differ.
_IN_TABLE = {"bedrock": "aws", "vertex": "google", "xai": "x-ai"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    about = "provider whose models are listed; without one, the providers are listed with the number of their models"
    parser.add_argument("provider", nargs="?", metavar="PROVIDER", help=about)
    parser.epilog = (
        "The list comes from what is installed here, the recordings of streamkit and the price table of genai-prices, "
        "and not from the provider: it may have other models. A model that is not listed works too."
    )


def run(args: argparse.Namespace) -> int:
    """Print the list."""
    if args.provider is None:
        _print_providers()
        return OK
    try:
        return _print_models(args.provider.removesuffix("/"))
    except ConfigurationError as error:
        return report_error(error)


def _print_providers() -> None:
    from ..providers import provider_names

    print("Models that are known on this machine; no provider is asked.\n")
    recorded = len(_recorded())
    print(f"  {'replay':22}{recorded:>5} recordings")
    for name in provider_names():
        found = _priced(name)
        if found:
            print(f"  {name:22}{len(found):>5} models")
    print(f"\nList those of one: streamkit models openai\n\n{_source()}\n{_ALSO}")


def _print_models(provider: str) -> int:
    from ..providers import find

    name = find(f"{provider}/any" if provider != "replay" else "replay/openai")[0].name
    if name == "replay":
        print("Recorded answers, which need no key and no network:\n")
        print("\n".join(f"  {model:24}{about}" for model, about in _recorded()))
        return OK
    found = _priced(name)
    if not found:
        print(f"No model of {name} is known on this machine.\n{_ALSO}\n\n{_source()}")
        return OK
    print(f"{_source()}\n\nUS dollars a million tokens:\n      in     out    context  model")
    for model in found:
        print(f"{_figures(model)}  {name}/{model.id}")
    return OK


def _recorded() -> list[tuple[str, str]]:
    from ..providers._recordings import recordings

    return [(f"replay/{each.model}", each.prompts[0]) for each in recordings()]


def _priced(provider: str) -> list[Any]:
    """Return the models of the price table that write text and are not withdrawn, sorted by name."""
    try:
        from genai_prices.data_snapshot import get_snapshot
    except ImportError:
        return []
    provider = provider.removesuffix("-responses")
    tables: Iterable[Any] = get_snapshot().providers
    models = [model for table in tables if table.id == _IN_TABLE.get(provider, provider) for model in table.models]
    return sorted(filter(_is_for_text, models), key=lambda model: model.id)


def _is_for_text(model: Any) -> bool:
    if model.deprecated or model.id.endswith("-"):  # the beginning of a name
        return False
    prices = _prices(model)
    return prices.input_mtok is not None and prices.output_mtok is not None


def _prices(model: Any) -> Any:
    return model.get_prices(datetime.now(UTC))


def _figures(model: Any) -> str:
    prices = _prices(model)
    costs = (getattr(price, "base", price) for price in (prices.input_mtok, prices.output_mtok))
    context = "" if model.context_window is None else f"{model.context_window:,}"
    return "".join(f"{cost:>8.2f}" for cost in costs) + f"{context:>11}"


def _source() -> str:
    try:
        found = version("genai-prices")
    except ImportError:
        return _NO_TABLE
    return (
        f"From the price table of genai-prices {found}, installed on this machine.\n"
        "A provider may have other models; those work too."
    )
