"""Early-stop search: ask many, take the first that is good enough, stop paying for the rest at once."""

from ._find import Finding, find
from ._hedge import hedge
from ._ledger import Ledger, Row
from ._progress import ProgressLine
from ._quorum import Quorum, quorum
from ._race import race
from ._result import Accepted, Pending, SearchResult
from ._search import search

__all__ = [
    "Accepted",
    "Finding",
    "Ledger",
    "Pending",
    "ProgressLine",
    "Quorum",
    "Row",
    "SearchResult",
    "find",
    "hedge",
    "quorum",
    "race",
    "search",
]
