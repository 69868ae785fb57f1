"""The HTTP clients that we hand to SDKs, and the connections that they open."""

from ._clients import client_here, http_client, plain_client
from ._connection import HttpConnection, raw_body, socket_of
from ._replay import Playback, Played, ReplayTransport, replay_transport

__all__ = [
    "HttpConnection",
    "Playback",
    "Played",
    "ReplayTransport",
    "client_here",
    "http_client",
    "plain_client",
    "raw_body",
    "replay_transport",
    "socket_of",
]
