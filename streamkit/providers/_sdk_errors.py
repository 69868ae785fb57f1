"""The SDK's own exception for an error of a request that streamkit has sent; no SDK is imported for that."""

from __future__ import annotations

import contextlib
import sys
from typing import Any, cast

from ..transport import AnswerHead, library_of
from ._errors import is_timeout, is_transport
from ._plain import StatusError

# The names of Cohere's exceptions; a class of the other SDKs has its status as an attribute.
_COHERE = {
    400: "BadRequestError",
    401: "UnauthorizedError",
    403: "ForbiddenError",
    404: "NotFoundError",
    422: "UnprocessableEntityError",
    429: "TooManyRequestsError",
    498: "InvalidTokenError",
    499: "ClientClosedRequestError",
    500: "InternalServerError",
    501: "NotImplementedError",
    503: "ServiceUnavailableError",
    504: "GatewayTimeoutError",
}


def sdk_error(sdk: str, error: Exception) -> Exception | None:
    """Return the SDK's exception for an error; None where the SDK is not loaded, or has no exception for the error.

    Args:
        sdk: The name of the SDK's module.
        error: The exception of the HTTP library, or the StatusError.
    """
    module = sys.modules.get(sdk)
    if module is None:
        return None
    with contextlib.suppress(Exception):  # a version of the SDK that is different: the error itself says enough
        if isinstance(error, StatusError):
            return _cohere_error(module, error) if sdk == "cohere" else _status_error(module, error)
        if sdk != "cohere" and is_transport(error):  # Cohere's SDK lets these pass
            request = getattr(error, "request", None)
            return module.APITimeoutError(request) if is_timeout(error) else module.APIConnectionError(request=request)
    return None


def _class(module: Any, status: int) -> Any:
    """Return the class of a status: the SDK's own subclass with that status, or the one of all errors of servers."""
    server, any_status = module.InternalServerError, module.APIStatusError
    for kind in (*any_status.__subclasses__(), *server.__subclasses__()):
        if getattr(kind, "status_code", None) == status and kind.__module__.startswith(module.__name__):
            return kind
    return server if status >= 500 else any_status


def _status_error(module: Any, error: StatusError) -> Exception:
    body = error.body
    given = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    inner: object = given.get("error")
    message = cast("dict[str, Any]", inner if isinstance(inner, dict) else given).get("message")
    text = f"Error code: {error.status_code}{f' - {message}' if isinstance(message, str) else ''}"
    if module.__name__ == "openai":
        body = given.get("error", body)
    return _class(module, error.status_code)(text, response=_response(module, error.response), body=body)


def _response(module: Any, head: AnswerHead) -> Any:
    """Return the response as one of the HTTP library that the SDK stands on."""
    library = library_of(module)
    request = library.Request("POST", head.url)
    return library.Response(head.status_code, headers=list(head.headers.items()), request=request)


def _cohere_error(module: Any, error: StatusError) -> Exception:
    from cohere.core.api_error import ApiError

    headers = {name.lower(): value for name, value in error.response.headers.items()}
    name = _COHERE.get(error.status_code)
    if name is None or isinstance(error.body, str):  # a body that is no JSON
        return ApiError(status_code=error.status_code, headers=headers, body=error.body)
    return getattr(module, name)(body=error.body, headers=headers)
