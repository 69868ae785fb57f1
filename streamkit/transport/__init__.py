"""The HTTP clients that we hand to SDKs, and the connections that they open."""

from ._clients import client_here, http_client, plain_client
from ._connection import HttpConnection
from ._replay import Playback, Played, ReplayTransport, replay_transport

__all__ = [
    "HttpConnection",
    "Playback",
    "Played",
    "ReplayTransport",
    "client_here",
    "http_client",
    "plain_client",
    "replay_transport",
]
