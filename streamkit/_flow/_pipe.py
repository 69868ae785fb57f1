"""``pipe`` of streams and flows: up to twelve operators whose types are inferred, and any number without."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar, overload

import reactivex
from reactivex import Observable

from ..operators._base.partials import PartialObservable
from ._elements import STOCK, Emitted
from ._fluent import Fluent
from ._shown import own_names

if TYPE_CHECKING:
    from ._flow import Flow

T_co = TypeVar("T_co", covariant=True)

A1 = TypeVar("A1")

A2 = TypeVar("A2")

A3 = TypeVar("A3")

A4 = TypeVar("A4")

A5 = TypeVar("A5")

A6 = TypeVar("A6")

A7 = TypeVar("A7")

A8 = TypeVar("A8")

A9 = TypeVar("A9")

A10 = TypeVar("A10")

A11 = TypeVar("A11")

A12 = TypeVar("A12")

R = TypeVar("R")

W = TypeVar("W")


class PipeMixin(Fluent[T_co]):
    """An Observable whose ``pipe`` returns a Flow."""

    _emitted: Emitted = STOCK
    """What is known of the elements."""

    @property
    def stream(self) -> Any:
        """The Stream that this came from; None if there is none."""
        return None

    # Operators that end in ``partial``, whose last element is of another type.
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], PartialObservable[A1, W]],
        /,
    ) -> Flow[A1, W]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], PartialObservable[A2, W]],
        /,
    ) -> Flow[A2, W]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], PartialObservable[A3, W]],
        /,
    ) -> Flow[A3, W]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        op4: Callable[[Observable[A3]], PartialObservable[A4, W]],
        /,
    ) -> Flow[A4, W]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        op4: Callable[[Observable[A3]], Observable[A4]],
        op5: Callable[[Observable[A4]], PartialObservable[A5, W]],
        /,
    ) -> Flow[A5, W]: ...
    # Any other operators.
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        /,
    ) -> Flow[A1]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        /,
    ) -> Flow[A2]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        /,
    ) -> Flow[A3]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        op4: Callable[[Observable[A3]], Observable[A4]],
        /,
    ) -> Flow[A4]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        op4: Callable[[Observable[A3]], Observable[A4]],
        op5: Callable[[Observable[A4]], Observable[A5]],
        /,
    ) -> Flow[A5]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        op4: Callable[[Observable[A3]], Observable[A4]],
        op5: Callable[[Observable[A4]], Observable[A5]],
        op6: Callable[[Observable[A5]], Observable[A6]],
        /,
    ) -> Flow[A6]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        op4: Callable[[Observable[A3]], Observable[A4]],
        op5: Callable[[Observable[A4]], Observable[A5]],
        op6: Callable[[Observable[A5]], Observable[A6]],
        op7: Callable[[Observable[A6]], Observable[A7]],
        /,
    ) -> Flow[A7]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        op4: Callable[[Observable[A3]], Observable[A4]],
        op5: Callable[[Observable[A4]], Observable[A5]],
        op6: Callable[[Observable[A5]], Observable[A6]],
        op7: Callable[[Observable[A6]], Observable[A7]],
        op8: Callable[[Observable[A7]], Observable[A8]],
        /,
    ) -> Flow[A8]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        op4: Callable[[Observable[A3]], Observable[A4]],
        op5: Callable[[Observable[A4]], Observable[A5]],
        op6: Callable[[Observable[A5]], Observable[A6]],
        op7: Callable[[Observable[A6]], Observable[A7]],
        op8: Callable[[Observable[A7]], Observable[A8]],
        op9: Callable[[Observable[A8]], Observable[A9]],
        /,
    ) -> Flow[A9]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        op4: Callable[[Observable[A3]], Observable[A4]],
        op5: Callable[[Observable[A4]], Observable[A5]],
        op6: Callable[[Observable[A5]], Observable[A6]],
        op7: Callable[[Observable[A6]], Observable[A7]],
        op8: Callable[[Observable[A7]], Observable[A8]],
        op9: Callable[[Observable[A8]], Observable[A9]],
        op10: Callable[[Observable[A9]], Observable[A10]],
        /,
    ) -> Flow[A10]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        op4: Callable[[Observable[A3]], Observable[A4]],
        op5: Callable[[Observable[A4]], Observable[A5]],
        op6: Callable[[Observable[A5]], Observable[A6]],
        op7: Callable[[Observable[A6]], Observable[A7]],
        op8: Callable[[Observable[A7]], Observable[A8]],
        op9: Callable[[Observable[A8]], Observable[A9]],
        op10: Callable[[Observable[A9]], Observable[A10]],
        op11: Callable[[Observable[A10]], Observable[A11]],
        /,
    ) -> Flow[A11]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A1]],
        op2: Callable[[Observable[A1]], Observable[A2]],
        op3: Callable[[Observable[A2]], Observable[A3]],
        op4: Callable[[Observable[A3]], Observable[A4]],
        op5: Callable[[Observable[A4]], Observable[A5]],
        op6: Callable[[Observable[A5]], Observable[A6]],
        op7: Callable[[Observable[A6]], Observable[A7]],
        op8: Callable[[Observable[A7]], Observable[A8]],
        op9: Callable[[Observable[A8]], Observable[A9]],
        op10: Callable[[Observable[A9]], Observable[A10]],
        op11: Callable[[Observable[A10]], Observable[A11]],
        op12: Callable[[Observable[A11]], Observable[A12]],
        /,
    ) -> Flow[A12]: ...
    @overload
    def pipe(self, op1: Callable[[Observable[T_co]], R], /) -> R: ...
    @overload
    def pipe(self, op1: Callable[[Observable[T_co]], A1], op2: Callable[[A1], R], /) -> R: ...
    @overload
    def pipe(self, op1: Callable[[Observable[T_co]], A1], op2: Callable[[A1], A2], op3: Callable[[A2], R], /) -> R: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Any], Any],
        op2: Callable[[Any], Any],
        op3: Callable[[Any], Any],
        op4: Callable[[Any], Any],
        op5: Callable[[Any], Any],
        op6: Callable[[Any], Any],
        op7: Callable[[Any], Any],
        op8: Callable[[Any], Any],
        op9: Callable[[Any], Any],
        op10: Callable[[Any], Any],
        op11: Callable[[Any], Any],
        op12: Callable[[Any], Any],
        op13: Callable[[Any], Any],
        /,
        *operators: Callable[[Any], Any],
    ) -> Flow[Any]: ...

    def pipe(self, *operators: Callable[[Any], Any]) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Apply operators one after the other; the result has the same doors as a stream.

        Args:
            operators: Functions from Observable to Observable, any number of them; a type checker infers the elements
                of up to twelve.

        Raises:
            ConfigurationError: An operator stands where its elements do not come, or has no parentheses.
        """
        from ._flow import as_flow

        emitted = self._emitted
        for operator in operators:
            emitted = emitted.through(operator)
        return as_flow(reactivex.pipe(self, *operators), self.stream, emitted)

    def run(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - ours has its own loop
        """Block until the end and return the result."""
        raise NotImplementedError

    def __await__(self) -> Generator[Any, None, Any]:
        raise NotImplementedError

    def __dir__(self) -> list[str]:
        return own_names(self)
