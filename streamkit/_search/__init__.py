"""Early-stop search: sends many calls, takes the first accepted answers, and stops all other calls at once."""

from ._find import Finding, FindResult, find
from ._hedge import hedge
from ._ledger import Ledger, Row
from ._progress import ProgressLine
from ._quorum import Quorum, QuorumResult, quorum
from ._race import race
from ._result import Accepted, AcceptedResult, Pending, SearchResult
from ._search import search

__all__ = [
    "Accepted",
    "AcceptedResult",
    "FindResult",
    "Finding",
    "Ledger",
    "Pending",
    "ProgressLine",
    "Quorum",
    "QuorumResult",
    "Row",
    "SearchResult",
    "find",
    "hedge",
    "quorum",
    "race",
    "search",
]
