"""What LiteLLM would do before an answer's first byte, on the event loop, and need not: work out its cost.

It counts the prompt with a tokenizer that it fetches from Hugging Face, for most of a minute where that cannot be
reached; for some providers it asks their server, or another, what the model costs. We have a cost of our own.
"""

from __future__ import annotations

import datetime
import importlib
import uuid
from typing import Any


def without_cost(arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the arguments of a call of LiteLLM's with a record that works out no cost.

    Args:
        arguments: Those of the call.
        more: Further ones.
    """
    litellm: Any = importlib.import_module("litellm")
    utils = importlib.import_module("litellm.utils")
    if litellm.disable_hf_tokenizer_download is None:  # for what else may count; who wants it has set it to False
        litellm.disable_hf_tokenizer_download = True
    arguments = {"litellm_call_id": str(uuid.uuid4()), **arguments, **more}
    # As LiteLLM does it itself for every call without such a record.
    record, arguments = utils.function_setup("acompletion", utils.Rules(), datetime.datetime.now(), **arguments)
    record.response_cost_calculator = _nothing
    return {**arguments, "litellm_logging_obj": record}


def _nothing(*_: object, **__: object) -> None:
    return None
