"""A Flow: the Observable that operators make of a stream, with loops, ``await``, ``run()`` and ``close()``."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Generator, Iterator
from typing import Any, Generic, cast, overload

import reactivex
from reactivex import Observable, abc
from typing_extensions import TypeVar

from .._compat.private import inner_subscribe, no_elements_error
from ..errors import ConfigurationError, StreamError
from ..log import IfExists, Store
from ..operators._base.partials import PartialObservable
from ..runtime import SyncDoorError, may_block, wait_for
from ..runtime.logging import warning
from ._buffer import Buffer, FlowIterator, SyncFlowIterator, fresh
from ._elements import STOCK, Emitted
from ._fluent import Fluent
from ._nothing import nothing_emitted
from ._shown import own_names, task_hint

T = TypeVar("T")

T_co = TypeVar("T_co", covariant=True)

W_co = TypeVar("W_co", covariant=True, default=T_co)

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

P = TypeVar("P")


def refuse_inside_loop(door: str, instead: str = "'await' for the result or 'async for' to loop") -> None:
    """Raise if an event loop runs on this thread, unless this is the code of a notebook's cell.

    Raises:
        ConfigurationError: An event loop runs on this thread.
    """
    if not may_block():
        raise SyncDoorError(f"{door} would block the event loop that runs here: use {instead}.")


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


class Flow(PipeMixin[T_co], Generic[T_co, W_co]):
    """The result of ``.pipe`` on a Stream or a Flow: an Observable with doors.

    Loop over a Flow with ``for`` or ``async for``, get its one element with ``run()`` or ``await``, or subscribe. Of a
    flow with many elements you get ``to_list()``, ``first()`` or ``last()``. The second type is that of
    the last element, if it differs: ``Flow[Partial[Book] | Book, Book]``.

    Args:
        source: The Observable that the operators have made.
        stream: The Stream at its beginning; None if there is none.
        emitted: What is known of the elements.
    """

    def __init__(self, source: Observable[T_co], stream: Any = None, emitted: Emitted = STOCK) -> None:
        super().__init__(_subscription_of(source))
        self._stream = stream
        self._emitted = emitted
        self._readers: weakref.WeakSet[Buffer[Any]] = weakref.WeakSet()

    @property
    def stream(self) -> Any:
        """The Stream that this came from; None if there is none."""
        return self._stream

    def subscribe(
        self,
        on_next: abc.ObserverBase[T_co] | Callable[[T_co], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
        on_completed: Callable[[], None] | None = None,
        *,
        scheduler: abc.SchedulerBase | None = None,
    ) -> abc.DisposableBase:
        """Subscribe as to any Observable.

        Raises:
            ConfigurationError: The chain of operators is too long for Python's stack.
        """
        subscribing = True
        if isinstance(on_next, abc.ObserverBase):
            observer = cast("abc.ObserverBase[T_co]", on_next)
            on_next, on_error, on_completed = observer.on_next, observer.on_error, observer.on_completed

        def fail(error: Exception) -> None:
            error = _readable_error(error) if subscribing else error
            if on_error is None:
                raise error
            on_error(error)

        try:
            return super().subscribe(on_next, fail, on_completed, scheduler=scheduler)
        except RecursionError as error:
            raise _readable_error(error) from None
        finally:
            subscribing = False

    def __aiter__(self) -> FlowIterator[T_co]:
        return FlowIterator(self._read())

    def __iter__(self) -> Iterator[T_co]:
        refuse_inside_loop("A 'for' loop")
        return SyncFlowIterator(self._read)

    def run(self) -> W_co:
        """Block until the end and return the one element; of stock operators' elements, the last.

        Raises:
            ConfigurationError: The flow has many elements (nothing is sent), or an event loop runs on this thread.
            NothingEmitted: The flow was empty.
        """
        self._emitted.check_one("run()")
        refuse_inside_loop("run()")
        return wait_for(self._last)

    def __await__(self) -> Generator[Any, None, W_co]:
        self._emitted.check_one("await")
        return self._last().__await__()

    def __repr__(self) -> str:
        hint = task_hint("a task takes a coroutine: await the flow in an async function")
        source = "" if self._stream is None else f" of {self._stream!r}"
        return f"<Flow{self._emitted.shown}{source}{hint}>"

    def publish_to(self, log: Store[P], id: str, *, if_exists: IfExists = "error") -> P:  # noqa: A002 - the public name
        """Publish the chunks or texts of this flow to a log, as ``Stream.publish_to`` does.

        Args:
            log: The place of the log, such as ``sk.RedisLog``.
            id: The id to publish under.
            if_exists: What to do if there is a stream of this id.
        """
        return log.publish(self, id, if_exists=if_exists)

    async def aclose(self) -> None:
        """Leave every loop over this flow; if that stops a call, wait until the call is closed."""
        for reader in list(self._readers):
            reader.dispose()
            await reader.wait_left()

    async def __aenter__(self) -> Flow[T_co, W_co]:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def close(self) -> None:
        """Do what ``aclose`` does, from sync code."""
        refuse_inside_loop("close()", "'await ….aclose()'")
        wait_for(self.aclose)

    def __enter__(self) -> Flow[T_co, W_co]:
        refuse_inside_loop("Leaving 'with'", "'async with'")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, *, pulls: bool = True) -> Buffer[T_co]:
        reader = Buffer(self, pulls=pulls)
        self._readers.add(reader)
        return reader

    async def _last(self) -> W_co:
        reader = self._read(pulls=False)
        last: Any = _NOTHING
        count = 0
        try:
            while True:
                await reader.more()
                over = reader.over  # read first: elements may arrive until the end
                while reader.items:
                    last = reader.take()
                    count += 1
                if over:
                    break
        finally:
            reader.dispose()
            await asyncio.shield(asyncio.ensure_future(reader.wait_left()))
        if reader.error is not None:
            raise self._readable(reader.error)
        if last is _NOTHING:
            raise nothing_emitted(self._stream)
        if count > 1 and self._emitted.number == "stock":
            warning("flow_elements_dropped", dropped=count - 1, hint=f"{count - 1} {_DROPPED}")
        return cast("W_co", last)

    def _readable(self, error: Exception) -> Exception:
        """Return an error for this reader; of an empty flow that stock operators want an element of, with the cause."""
        if isinstance(error, no_elements_error()) and not isinstance(error, StreamError):
            error = nothing_emitted(self._stream)
        return fresh(error)


_DROPPED = "elements of a flow were dropped, since its last one was awaited: use to_list(), first() or last()"

_NOTHING = object()


def _readable_error(error: Exception) -> Exception:
    """Return a ConfigurationError for a chain of operators that exhausts Python's stack; other errors unchanged."""
    if isinstance(error, RecursionError):
        return ConfigurationError("This chain of operators is too long for Python's stack: split it.")
    return error


def _subscription_of(source: Observable[T]) -> Any:
    """Return the operator's own subscribe function; through ``subscribe`` each element would pass one more observer."""
    if type(source) is Observable:
        return inner_subscribe(source)

    def subscribe(observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        return source.subscribe(observer, scheduler=scheduler)

    return subscribe


def as_flow(found: Any, stream: Any, emitted: Emitted = STOCK) -> Any:
    """Return a Flow for a plain Observable, a list of Flows for a list of them, and any other result unchanged."""
    if type(found) is Observable:
        return Flow(cast("Observable[Any]", found), stream, emitted)
    if isinstance(found, list):
        return [as_flow(each, stream, emitted) for each in cast("list[Any]", found)]
    return found


def flow(observable: Observable[T]) -> Flow[T]:
    """Return a Flow of any Observable, which can be looped over, awaited and run like a stream.

    Args:
        observable: The Observable.

    >>> import reactivex as rx
    >>> list(flow(rx.of("Io", "Europa")))
    ['Io', 'Europa']
    """
    return cast("Flow[T]", observable) if isinstance(observable, Flow) else Flow(observable)
