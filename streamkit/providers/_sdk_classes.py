"""The table of the SDKs' exceptions: which class an error of ours is too, with which attributes; no SDK is imported."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from ..errors import StreamError
from ..transport import library_of


@dataclass(slots=True)
class Failure:
    """A failure of a request, as the SDKs' exceptions describe it; nothing in it is secret.

    Args:
        kind: The kind of failure: a refusal by status, an error inside the answer, a silence, or the connection.
        error: Our error.
        status: The HTTP status of a refusal.
        headers: The headers of a refusal.
        content: The beginning of the body of a refusal.
        body: The same as JSON, or as text.
        url: The address of the request, without its query.
        operation: The operation's name at AWS.
    """

    kind: Literal["status", "event", "timeout", "connection"]
    error: StreamError
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content: bytes = b""
    body: Any = None
    url: str | None = None
    operation: str = ""


Found: TypeAlias = "tuple[type[Exception], dict[str, Any]] | None"


def request_and_response(library: Any, failure: Failure) -> dict[str, Any]:
    """Return the request and, for a refusal, the response as objects of an HTTP library; without secrets.

    Args:
        library: The module ``httpx`` or ``httpx2``.
        failure: The failure.
    """
    request = None if failure.url is None else library.Request("POST", failure.url)
    if failure.status is None:
        return {"request": request}
    response = library.Response(failure.status, headers=dict(failure.headers), content=failure.content, request=request)
    return {"request": request, "response": response}


def _generated(module: Any, failure: Failure) -> Found:
    """Return openai's, anthropic's or groq's class; that of a refusal is known from the SDK's own exception."""
    fields: dict[str, Any] = {**request_and_response(library_of(module), failure), "body": None}
    if module.__name__ == "openai":
        fields |= {"param": None, "type": None}
    if failure.kind == "event":
        return module.APIError, fields
    if failure.kind == "timeout":
        return module.APITimeoutError, fields
    return (module.APIConnectionError, fields) if failure.kind == "connection" else None


def _anthropic(module: Any, failure: Failure) -> Found:
    if failure.kind != "event":
        return _generated(module, failure)
    answered = Failure("status", failure.error, status=200, url=failure.url)  # as the SDK has it
    named = {"body": None, "status_code": 200, "type": None, "workspace_id": None, "error_code": None}
    fields = {**request_and_response(library_of(module), answered), **named, "api_message": failure.error.message}
    return module.APIStatusError, fields


def _cohere(module: Any, failure: Failure) -> Found:
    if failure.kind != "event":  # the SDK lets the HTTP library's exceptions pass
        return None
    return module.ApiError, {"status_code": failure.error.status, "headers": None, "body": None}


def _litellm(module: Any, failure: Failure) -> Found:
    model = {"llm_provider": "", "model": "", "litellm_debug_info": None, "num_retries": None, "max_retries": None}
    fields = {**model, "body": None, "param": None, "type": None, "request": None}
    name = {"event": "APIError", "timeout": "Timeout", "connection": "APIConnectionError"}.get(failure.kind)
    return None if name is None else (getattr(module, name), fields)


def _mistral(module: Any, failure: Failure) -> Found:
    if failure.kind not in ("status", "event"):  # the SDK lets the HTTP library's exceptions pass
        return None
    fields = _mistral_fields(module, failure, failure.status or 200)
    if failure.status == 422:
        with contextlib.suppress(ValueError):  # a body of another form, for which the SDK has no class
            data = module.HTTPValidationErrorData.model_validate(failure.body)
            return module.HTTPValidationError, {**fields, "data": data}
    return module.SDKError, fields


def _mistral_fields(module: Any, failure: Failure, status: int) -> dict[str, Any]:
    answered = Failure("status", failure.error, status, failure.headers, failure.content, url=failure.url)
    library = sys.modules[module.MistralError.__module__].httpx
    response = request_and_response(library, answered)["response"]
    text = failure.content.decode("utf-8", "replace")
    return {"status_code": status, "body": text, "headers": response.headers, "raw_response": response}


def _google(module: Any, failure: Failure) -> Found:
    if failure.kind not in ("status", "event"):  # the SDK lets the HTTP library's exceptions pass
        return None
    library = sys.modules.get("httpx2") or sys.modules["httpx"]
    fields = {"response": request_and_response(library, failure).get("response")}
    status = failure.error.status or 0
    if 400 <= status < 500:
        return module.ClientError, fields
    return (module.ServerError if 500 <= status < 600 else module.APIError), fields


def _boto(module: Any, failure: Failure) -> Found:
    endpoint = {"kwargs": {"endpoint_url": failure.url}}
    if failure.kind == "timeout":
        return module.ReadTimeoutError, endpoint
    if failure.kind == "connection":
        return module.EndpointConnectionError, endpoint
    error = failure.error
    described = {"Code": error.code or "Unknown", "Message": error.message}
    metadata = {
        "RequestId": error.request_id,
        "HTTPStatusCode": failure.status or 200,
        "HTTPHeaders": dict(failure.headers),
        "RetryAttempts": 0,
    }
    fields = {"response": {"Error": described, "ResponseMetadata": metadata}, "operation_name": failure.operation}
    return (module.EventStreamError if failure.kind == "event" else module.ClientError), fields


def _ollama(module: Any, failure: Failure) -> Found:
    if failure.kind not in ("status", "event"):  # the SDK raises Python's own ConnectionError, which is no class of it
        return None
    return module.ResponseError, {"error": failure.error.message, "status_code": failure.status or -1}


def _azure(module: Any, failure: Failure) -> Found:
    fields: dict[str, Any] = {"inner_exception": None, "exc_msg": failure.error.message, "continuation_token": None}
    if failure.kind == "timeout":
        return module.ServiceResponseTimeoutError, fields
    if failure.kind == "connection":
        return module.ServiceRequestError, fields
    names = {401: "ClientAuthenticationError", 404: "ResourceNotFoundError", 409: "ResourceExistsError"}
    body: object = failure.body
    given = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    details = given.get("error")
    odata = module.ODataV4Format(details) if isinstance(details, dict) else None
    fields |= {"status_code": failure.status, "reason": None, "response": None, "error": odata, "model": odata}
    return getattr(module, names.get(failure.status or 0, "HttpResponseError")), fields


_ROWS: dict[str, tuple[str, Callable[[Any, Failure], Found]]] = {
    "anthropic": ("anthropic", _anthropic),
    "azure.core": ("azure.core.exceptions", _azure),
    "botocore": ("botocore.exceptions", _boto),
    "cohere": ("cohere.core.api_error", _cohere),
    "google.genai": ("google.genai.errors", _google),
    "groq": ("groq", _generated),
    "litellm": ("litellm", _litellm),
    "mistralai": ("mistralai.client.errors", _mistral),
    "ollama": ("ollama", _ollama),
    "openai": ("openai", _generated),
}
# By the SDK: the module with its exceptions, and the function that finds one.


def is_sdk_class(cls: type) -> bool:
    """Return whether a class comes from one of the SDKs of the table.

    Args:
        cls: The class of an exception.
    """
    return any(cls.__module__ == sdk or cls.__module__.startswith(f"{sdk}.") for sdk in _ROWS)


def find_class(sdk: str, failure: Failure) -> Found:
    """Return the SDK's class for a failure, with the attributes; None where it has none, or is not loaded.

    Args:
        sdk: The name of the SDK.
        failure: The failure.
    """
    name, find = _ROWS[sdk]
    module = sys.modules.get(name)
    return None if module is None else find(module, failure)
