"""Keeps LiteLLM from computing a cost before the first byte, apart since only a call through LiteLLM needs it.

To compute it, LiteLLM counts the prompt with a tokenizer from Hugging Face, which takes most of a minute where that
host cannot be reached, and asks a server for the price of some models. streamkit computes a cost of its own.
"""

from __future__ import annotations

import datetime
import importlib
import uuid
from typing import Any


def without_cost(arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the arguments of a LiteLLM call with a logging object that computes no cost.

    Args:
        arguments: The arguments of the call.
        more: Further arguments.
    """
    litellm: Any = importlib.import_module("litellm")
    utils = importlib.import_module("litellm.utils")
    if litellm.disable_hf_tokenizer_download is None:  # False is a user's choice
        litellm.disable_hf_tokenizer_download = True
    arguments = {"litellm_call_id": str(uuid.uuid4()), **arguments, **more}
    # LiteLLM does the same for every call without such an object.
    record, arguments = utils.function_setup("acompletion", utils.Rules(), datetime.datetime.now(), **arguments)
    record.response_cost_calculator = _nothing
    return {**arguments, "litellm_logging_obj": record}


def _nothing(*_: object, **__: object) -> None:
    return None
