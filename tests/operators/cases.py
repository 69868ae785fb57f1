"""One way to try an operator: what makes it, what it is given, what must come out, and how that may be cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from reactivex import Observable

from streamkit.testing import regroup

Operator = Callable[[Observable[Any]], Observable[Any]]


def recut(elements: Sequence[Any], seed: int) -> list[Any]:
    """Cut text, bytes or chunks anew."""
    return regroup(elements, seed=seed)


@dataclass(frozen=True, slots=True)
class Case:
    """How to try one operator.

    Args:
        make: Makes the operator.
        given: The source's elements, after which it completes.
        expected: All that comes out until then.
        view: Makes of all emitted elements what is compared with `expected`; `concat` where their texts may be cut
            anywhere.
        cut: Cuts the source anew by a seed; None for what is exempt from law 8 by name.
        stops: It leaves the source before that ends.
        at_the_end: It emits only when the source completes.
    """

    make: Callable[[], Operator]
    given: Sequence[Any]
    expected: Any
    view: Callable[[list[Any]], Any] = list
    cut: Callable[[Sequence[Any], int], list[Any]] | None = recut
    stops: bool = False
    at_the_end: bool = False


def concat(values: list[Any]) -> Any:
    """Concatenate texts or bytes."""
    return b"".join(values) if values and isinstance(values[0], bytes) else "".join(map(str, values))
