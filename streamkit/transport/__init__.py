"""The HTTP clients that are handed to the SDKs, and the connections that they open."""

from ._attempt import Attempt, Unanswered, attempt, current_attempt, is_unanswered
from ._client_class import with_short_errors
from ._clients import client_here, http_client, plain_client
from ._connection import HttpConnection, OpenSocket, raw_body, socket_of
from ._error_body import error_body
from ._loop_owner import check_owned_by_loop, client_settings, copy_for_loop, owned_by_loop, wrong_loop_error
from ._replay import Playback, Played, ReplayTransport, replay_transport

__all__ = [
    "Attempt",
    "HttpConnection",
    "OpenSocket",
    "Playback",
    "Played",
    "ReplayTransport",
    "Unanswered",
    "attempt",
    "check_owned_by_loop",
    "client_here",
    "client_settings",
    "copy_for_loop",
    "current_attempt",
    "error_body",
    "http_client",
    "is_unanswered",
    "owned_by_loop",
    "plain_client",
    "raw_body",
    "replay_transport",
    "socket_of",
    "with_short_errors",
    "wrong_loop_error",
]
