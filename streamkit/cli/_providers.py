"""``streamkit providers``: every provider, what it needs, and whether that is there; a key's value is never printed."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from ..providers import PROVIDERS, compatible, provider_names
from ..providers._config import ProviderConfig
from ._exit import OK, fit, terminal_width

_AWS = ("AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID", "AWS_PROFILE")

# Providers whose keys are not in their settings, with the variables of which one is enough.
_VARIABLES = {"bedrock": _AWS, "ollama": ("OLLAMA_API_KEY",), "vertex": ("GOOGLE_CLOUD_PROJECT",)}

_NOTES = {
    "bedrock": "or another login of AWS",
    "litellm": "the key of the provider that LiteLLM asks",
    "ollama": "only for ollama.com",
    "replay": "offline: recorded answers",
    "vertex": "and a Google login",
}

# Packages that a provider needs and the base installation does not have: the module, and what installs it.
_EXTRAS = {
    "bedrock": ("boto3", "boto3>=1.40"),
    "litellm": ("litellm", "litellm[mcp]>=1.100"),
    "vertex": ("google.auth", "google-auth[requests]>=2.38"),
}


_PIPED_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Needs:
    """What a provider needs.

    Args:
        name: The provider's name in a model string.
        keys: Variables of the key; one of them is enough.
        address: Variable of the address; empty if there is none.
        default: The provider's own address, if it is shown.
        note: A remark.
    """

    name: str
    keys: tuple[str, ...] = ()
    address: str = ""
    default: str = ""
    note: str = ""

    @property
    def state(self) -> str:
        """What is there, in a word."""
        if self.name in _EXTRAS and not _installed(_EXTRAS[self.name][0]):
            return "missing"
        if not self.keys or self.name == "ollama":
            return "ready" if self.name != "litellm" else "-"
        return "ready" if any(map(os.environ.get, self.keys)) else "no key"

    def parts(self) -> list[str]:
        """Return the phrases that say what it needs."""
        found = [f"{name} is set" if os.environ.get(name) else name for name in self.keys]
        if found:
            found = [" or ".join(found)]
        elif not self.note:
            found = ["no key needed"]
        if self.address:
            set_here = bool(os.environ.get(self.address))
            found.append(f"address: {self.address}{' is set' if set_here else f' ({self.default})'}")
        if self.note:
            found.append(self.note)
        if self.name in _EXTRAS and not _installed(_EXTRAS[self.name][0]):
            found.append(f"pip install '{_EXTRAS[self.name][1]}'")
        return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add no arguments: the command takes none."""
    parser.epilog = "Of a key only whether it is set is shown, and never its value. No provider is asked."


def run(args: argparse.Namespace) -> int:
    """Print the list."""
    width = terminal_width(sys.stdout) or _PIPED_WIDTH
    print(f"{'provider':22}{'state':9}needs\n")
    for each in map(needs, provider_names()):
        text = fit(" · ".join(each.parts()).split(" "), between=" ", width=max(width - 32, 20)).replace(
            "\n", f"\n{'':31}"
        )
        print(f"{each.name:22}{each.state:9}{text}")
    print("\nNothing was asked: only a call shows whether a key is good and a server runs.")
    return OK


def needs(name: str) -> Needs:
    """Return what a provider needs, by its settings."""
    configs = _configs(name)
    keys = tuple(dict.fromkeys(key for config in configs for key in config.keys)) or _VARIABLES.get(name, ())
    local = [config for config in configs if config.base_url_env and (config.needs_address or _is_local(config))]
    address = (local[0].base_url_env or "") if local else ""
    default = (local[0].base_url or "required") if local else ""
    note = _NOTES.get(name, "" if configs else "of another package")
    return Needs(name, keys, address, default, note)


def _is_local(config: ProviderConfig) -> bool:
    return "//localhost" in (config.base_url or "")


def _configs(name: str) -> list[ProviderConfig]:
    """Return the settings of a provider, which stand in its module."""
    if name not in PROVIDERS:
        return [config for config in compatible.VENDORS if config.name == name]
    module = import_module(PROVIDERS[name].partition(":")[0])
    return [value for value in vars(module).values() if isinstance(value, ProviderConfig) and value.name == name]


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:  # of the package around it
        return False
