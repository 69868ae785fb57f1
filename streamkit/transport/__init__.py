"""The HTTP clients that are handed to the SDKs, and the connections that they open."""

from ._answer import AnswerHead, HttpAnswer, HttpClient, address_of
from ._attempt import Attempt, Unanswered, attempt, current_attempt, is_unanswered
from ._client_class import with_short_errors
from ._clients import client_here, http_client, library_of, plain_client
from ._connection import HttpConnection, OpenSocket, raw_body, socket_of
from ._direct import HttpxClient, direct_client, direct_libraries
from ._error_body import error_body
from ._loop_owner import check_owned_by_loop, client_settings, copy_for_loop, owned_by_loop, wrong_loop_error

__all__ = [
    "AnswerHead",
    "Attempt",
    "HttpAnswer",
    "HttpClient",
    "HttpConnection",
    "HttpxClient",
    "OpenSocket",
    "Unanswered",
    "address_of",
    "attempt",
    "check_owned_by_loop",
    "client_here",
    "client_settings",
    "copy_for_loop",
    "current_attempt",
    "direct_client",
    "direct_libraries",
    "error_body",
    "http_client",
    "is_unanswered",
    "library_of",
    "owned_by_loop",
    "plain_client",
    "raw_body",
    "socket_of",
    "with_short_errors",
    "wrong_loop_error",
]
