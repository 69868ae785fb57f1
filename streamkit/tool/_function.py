"""A typed function, seen as what a model can be told of it and what it takes back."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, cast

import typing_extensions

from ..errors import ConfigurationError
from ..forks import cached

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def described(text: str | None) -> tuple[str, dict[str, str]]:
    r"""Return what a docstring says of the whole, and of each parameter or attribute.

    Args:
        text: The docstring.

    >>> described("Look a moon up.\n\nArgs:\n    moon: Its name.")
    ('Look a moon up.', {'moon': 'Its name.'})
    """
    if not text or not text.strip():
        return "", {}
    import docstring_parser

    clean = inspect.cleandoc(text)
    try:
        told = docstring_parser.parse(clean)
    except docstring_parser.ParseError:
        return clean, {}
    whole = "\n\n".join(part for part in (told.short_description, told.long_description) if part)
    found: dict[str, str] = {}
    for each in told.params:
        for name in each.arg_name.split(","):  # NumPy's form may tell of several at once
            found[name.strip().lstrip("*")] = each.description or ""
    return whole, {name: text for name, text in found.items() if text}


_EMPTY = inspect.Parameter.empty

_COLLECTING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class FunctionForm:
    """A function as a tool.

    Parameters whose names begin with an underscore, and those that a ``functools.partial`` has given, are
    not the model's: it neither sees nor sets them.

    Args:
        function: The function, method, ``functools.partial`` or object with ``__call__``.

    Raises:
        ConfigurationError: A model could not call it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._plain = _plain(function)
        self.name = _name(function)
        refuse_generator(self._plain, self.name)
        self._parameters = _parameters(function, self.name)

    @property
    def is_async(self) -> bool:
        """Whether it is to be awaited."""
        return inspect.iscoroutinefunction(self._plain)

    def describe(self) -> tuple[str, dict[str, str]]:
        """Return what its docstring and its annotations say of it and of its parameters."""
        own = inspect.getdoc(self._plain) if inspect.isroutine(self._function) else self._plain.__doc__
        whole, found = described(own or (type(self._function).__doc__ if not inspect.isroutine(self._plain) else None))
        for name, (hint, _) in self._typed.items():
            said = [text for each in _metadata(hint) if (text := _said(each))]
            found |= {name: said[-1]} if said else {}
        return whole, found

    @cached
    def _typed(self) -> dict[str, tuple[Any, Any]]:
        """The type and the default of every parameter that is the model's."""
        hints = _hints(self._plain, self._parameters, self.name)
        found: dict[str, tuple[Any, Any]] = {}
        for name, parameter in self._parameters.items():
            if name not in hints:
                raise ConfigurationError(f"The parameter {name!r} of the tool {self.name!r} has no type: annotate it.")
            found[name] = _of_field(hints[name], parameter.default)
        return found

    @cached
    def defaults(self) -> dict[str, Any]:
        """What is taken for parameters that the model leaves out."""
        return {name: default for name, (_, default) in self._typed.items() if default is not _EMPTY}

    @cached
    def adapter(self) -> TypeAdapter[Any]:
        """What checks the arguments: a dict of just these names, so that no name is taken by a model's own."""
        from pydantic import ConfigDict, TypeAdapter

        fields = {
            name: hint if default is _EMPTY else typing_extensions.NotRequired[hint]
            for name, (hint, default) in self._typed.items()
        }
        make = cast("Callable[[str, dict[str, Any]], Any]", typing_extensions.TypedDict)
        arguments = make(self.name, fields)
        arguments.__pydantic_config__ = ConfigDict(extra="forbid")
        return TypeAdapter(arguments)

    def value(self, valid: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments with the defaults of those that were left out."""
        return {name: valid.get(name, self.defaults.get(name)) for name in self._parameters}

    def args(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments."""
        return dict(value)

    def run(self, value: dict[str, Any]) -> Any:
        """Call the function."""
        first = [name for name, each in self._parameters.items() if each.kind is inspect.Parameter.POSITIONAL_ONLY]
        rest = {name: each for name, each in value.items() if name not in first}
        return self._function(*(value[name] for name in first), **rest)


def refuse_generator(function: Any, name: str) -> None:
    """Raise if a function gives its result in pieces: a model is sent one result.

    Args:
        function: What runs.
        name: The tool's name.

    Raises:
        ConfigurationError: It is a generator function, or an async one.
    """
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise ConfigurationError(f"The tool {name!r} yields its result in pieces: let it return the whole of it.")


def _plain(function: Any) -> Any:
    """Return the function or method behind a partial, or behind an object that can be called."""
    while isinstance(function, functools.partial):
        function = cast("functools.partial[Any]", function).func
    return function if inspect.isroutine(function) else type(function).__call__


def _name(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = cast("functools.partial[Any]", function).func
    return getattr(function, "__name__", None) or type(function).__name__


def _parameters(function: Callable[..., Any], name: str) -> dict[str, inspect.Parameter]:
    try:
        every = inspect.signature(function).parameters
    except (NameError, TypeError, ValueError):
        raise ConfigurationError(f"What {name!r} takes cannot be read: write a typed function around it.") from None
    given: Mapping[str, Any] = function.keywords if isinstance(function, functools.partial) else {}
    found: dict[str, inspect.Parameter] = {}
    for each in every.values():
        if each.kind in _COLLECTING:
            stars = "*" if each.kind is inspect.Parameter.VAR_POSITIONAL else "**"
            raise ConfigurationError(f"The tool {name!r} takes {stars}{each.name}: a model needs each argument named.")
        if each.name.startswith("_") and each.default is _EMPTY:
            raise ConfigurationError(
                f"The parameter {each.name!r} of the tool {name!r} is private, so the model cannot give it: "
                "give it a default, or bind it with functools.partial."
            )
        if not each.name.startswith("_") and each.name not in given:
            found[each.name] = each
    return found


def _hints(function: Any, parameters: Mapping[str, inspect.Parameter], name: str) -> dict[str, Any]:
    """Resolve annotations; also names of the function in which the tool was defined, while that runs."""
    annotated = {each.name: each.annotation for each in parameters.values() if each.annotation is not _EMPTY}
    home = getattr(inspect.unwrap(function), "__globals__", {})
    local: dict[str, Any] = {}
    while True:
        try:
            told = types.SimpleNamespace(__annotations__=annotated)
            return typing.get_type_hints(told, home, local, include_extras=True)
        except Exception as error:
            missing = getattr(error, "name", None)
            if not isinstance(error, NameError) or missing in local or not _found(missing, home, local):
                raise ConfigurationError(f"The tool {name!r} has a type that cannot be read: {error}.") from error


def _found(missing: Any, home: dict[str, Any], local: dict[str, Any]) -> bool:
    frame: types.FrameType | None = inspect.currentframe()
    while frame is not None:
        if frame.f_globals is home and missing in frame.f_locals:
            local[missing] = frame.f_locals[missing]
            return True
        frame = frame.f_back
    return False


def _metadata(hint: Any) -> tuple[Any, ...]:
    return hint.__metadata__ if typing.get_origin(hint) is Annotated else ()


def _said(metadata: Any) -> str | None:
    """Return what an annotation says in words: a text, a ``Doc`` or a pydantic ``Field``."""
    if isinstance(metadata, str):
        return metadata
    return getattr(metadata, "documentation", None) or getattr(metadata, "description", None)


def _of_field(hint: Any, default: Any) -> tuple[Any, Any]:
    """Take a parameter's default apart if it is a pydantic ``Field(…)``."""
    if not hasattr(default, "default_factory") or not hasattr(default, "metadata"):
        return hint, default
    from pydantic import Field

    for each in (*default.metadata, Field(description=default.description)):
        hint = Annotated[hint, each]
    return hint, _EMPTY if default.is_required() else default.get_default(call_default_factory=True)
