"""The HTTP clients that we hand to SDKs, and the connections that they open."""

from ._attempt import Attempt, Unanswered, attempt, current_attempt, is_unanswered
from ._clients import client_here, http_client, plain_client
from ._connection import HttpConnection, raw_body, socket_of
from ._error_body import error_body
from ._replay import Playback, Played, ReplayTransport, replay_transport
from ._sending import with_short_errors

__all__ = [
    "Attempt",
    "HttpConnection",
    "Playback",
    "Played",
    "ReplayTransport",
    "Unanswered",
    "attempt",
    "client_here",
    "current_attempt",
    "error_body",
    "http_client",
    "is_unanswered",
    "plain_client",
    "raw_body",
    "replay_transport",
    "socket_of",
    "with_short_errors",
]
