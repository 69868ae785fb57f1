"""The items that answer the calls of the Responses API that are no function calls, each in another form."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, cast

from ..errors import ConfigurationError

_IMAGES = ("data:", "http://", "https://")


def answer_item(kind: str, call_id: str | None, output: object, text: str, *, failed: bool = False) -> dict[str, Any]:
    """Return the item that answers a call.

    Args:
        kind: The type of the call's item.
        call_id: The id of the call.
        output: The value that the client's tool returned.
        text: The output as text.
        failed: True if the output is an error.

    Raises:
        ConfigurationError: The output cannot answer a call of this kind.
    """
    if kind == "shell_call":
        return {"type": "shell_call_output", "call_id": call_id, "output": _shell(output, text, failed=failed)}
    if kind == "local_shell_call":
        return {"type": "local_shell_call_output", "id": call_id, "output": text}
    if kind == "apply_patch_call":
        status = "failed" if failed else "completed"
        return {"type": "apply_patch_call_output", "call_id": call_id, "status": status, "output": text}
    if kind == "mcp_approval_request":
        return {"type": "mcp_approval_response", "approval_request_id": call_id, **_approval(output, text, failed)}
    if kind == "computer_call":
        return {"type": "computer_call_output", "call_id": call_id, **_screenshot(output)}
    if kind == "tool_search_call":
        return {"type": "tool_search_output", "call_id": call_id, "execution": "client", "tools": output}
    return {"type": "custom_tool_call_output", "call_id": call_id, "output": text}


def _shell(output: object, text: str, *, failed: bool) -> list[Any]:
    """Return the outputs of the commands: as they are given, or one with the text."""
    if isinstance(output, Mapping):
        return [cast("Mapping[str, Any]", output)]
    if isinstance(output, list) and all(isinstance(each, Mapping) for each in cast("list[object]", output)):
        return cast("list[Any]", output)
    texts = {"stdout": "", "stderr": text} if failed else {"stdout": text, "stderr": ""}
    return [{**texts, "outcome": {"type": "exit", "exit_code": int(failed)}}]


def _approval(output: object, text: str, failed: bool) -> dict[str, Any]:
    if failed:
        return {"approve": False, "reason": text}
    if isinstance(output, bool):
        return {"approve": output}
    if isinstance(output, Mapping) and isinstance(cast("Mapping[str, object]", output).get("approve"), bool):
        return dict(cast("Mapping[str, Any]", output))
    raise ConfigurationError('An mcp_approval_request is answered by True, False or {"approve": …, "reason": …}.')


def _screenshot(output: object) -> dict[str, Any]:
    if isinstance(output, (bytes, bytearray)):
        url = f"data:image/png;base64,{base64.b64encode(output).decode()}"
        return {"output": {"type": "computer_screenshot", "image_url": url}}
    if isinstance(output, str) and output.startswith(_IMAGES):
        return {"output": {"type": "computer_screenshot", "image_url": output}}
    if isinstance(output, Mapping):
        given = cast("Mapping[str, Any]", output)
        return dict(given) if "output" in given else {"output": dict(given)}
    raise ConfigurationError(
        "A computer_call is answered by a screenshot: the bytes of a PNG, its address, or the item's own `output`."
    )
