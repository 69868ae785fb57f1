"""Providers: one file each, found by the name before the slash of a model string.

A package of yours adds a provider by the entry-point group ``streamkit.providers``, and a program by
``sk.register_provider``; both are found in the same way.
"""

from __future__ import annotations

from ._direct import with_call
from ._errors import map_error
from ._final_error import final_error
from ._find import ALIASES, PROVIDERS, find, provider_names, register_provider, split_model
from ._request import Ask, CallSpec, Connection, Provider, Request, check_transport, decoding_of
from ._request_body import request_body
from ._secrets import KnowsItsKeys, scrubber_of, shown_name, without_keys
from ._spelling import differs_by_one_slip

__all__ = [
    "ALIASES",
    "PROVIDERS",
    "Ask",
    "CallSpec",
    "Connection",
    "KnowsItsKeys",
    "Provider",
    "Request",
    "check_transport",
    "decoding_of",
    "differs_by_one_slip",
    "final_error",
    "find",
    "map_error",
    "provider_names",
    "register_provider",
    "request_body",
    "scrubber_of",
    "shown_name",
    "split_model",
    "with_call",
    "without_keys",
]
