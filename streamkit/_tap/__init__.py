"""What the pytest plugin does: requests of HTTP libraries are recorded and replayed while a marked test runs."""

from ._guard import NetworkBlocked, NetworkGuard
from ._test import RecordedTest

__all__ = ["NetworkBlocked", "NetworkGuard", "RecordedTest"]
