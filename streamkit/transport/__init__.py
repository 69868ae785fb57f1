"""The HTTP clients that we hand to SDKs, and the connections that they open."""

from ._attempt import Attempt, Unanswered, attempt, current_attempt, is_unanswered
from ._clients import client_here, http_client, plain_client
from ._connection import HttpConnection, raw_body, socket_of
from ._error_body import error_body
from ._home import at_home, check_at_home, copy_for_loop, elsewhere, looks
from ._replay import Playback, Played, ReplayTransport, replay_transport
from ._sending import with_short_errors

__all__ = [
    "Attempt",
    "HttpConnection",
    "Playback",
    "Played",
    "ReplayTransport",
    "Unanswered",
    "at_home",
    "attempt",
    "check_at_home",
    "client_here",
    "copy_for_loop",
    "current_attempt",
    "elsewhere",
    "error_body",
    "http_client",
    "is_unanswered",
    "looks",
    "plain_client",
    "raw_body",
    "replay_transport",
    "socket_of",
    "with_short_errors",
]
