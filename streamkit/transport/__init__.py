"""The HTTP clients that we hand to SDKs, and the connections that they open."""

from ._clients import client_here, http_client, plain_client
from ._connection import HttpConnection

__all__ = ["HttpConnection", "client_here", "http_client", "plain_client"]
