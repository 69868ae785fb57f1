"""The two forms of a tool, a function and a model class: name, description, and the validator of the arguments."""

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
from ._context import ToolContext

if TYPE_CHECKING:
    from pydantic import BaseModel, TypeAdapter


def described(text: str | None) -> tuple[str, dict[str, str]]:
    r"""Return a docstring's description, and the descriptions of parameters or attributes by name.

    >>> described("Look a moon up.\n\nArgs:\n    moon: Its name.")
    ('Look a moon up.', {'moon': 'Its name.'})
    """
    if not text or not text.strip():
        return "", {}
    import docstring_parser

    clean = inspect.cleandoc(text)
    try:
        parsed = docstring_parser.parse(clean)
    except docstring_parser.ParseError:
        return clean, {}
    whole = "\n\n".join(part for part in (parsed.short_description, parsed.long_description) if part)
    found: dict[str, str] = {}
    for each in parsed.params:
        for name in each.arg_name.split(","):  # NumPy's form may describe several parameters at once
            found[name.strip().lstrip("*")] = each.description or ""
    return whole, {name: text for name, text in found.items() if text}


_EMPTY = inspect.Parameter.empty

_COLLECTING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class FunctionForm:
    """A function as a tool.

    Parameters whose names begin with an underscore, those that a ``functools.partial`` has bound, and those annotated
    as ``ToolContext`` are hidden from the model.

    Raises:
        ConfigurationError: A model could not call the function.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._plain = _plain(function)
        self.name = _name(function)
        self._parameters = _parameters(function, self.name)

    @property
    def is_async(self) -> bool:
        """True if the function is async, or an async generator."""
        return _is_async(self._plain)

    def describe(self) -> tuple[str, dict[str, str]]:
        """Return the function's description, and the descriptions of parameters by name."""
        own = inspect.getdoc(self._plain) if inspect.isroutine(self._function) else self._plain.__doc__
        whole, found = described(own or (type(self._function).__doc__ if not inspect.isroutine(self._plain) else None))
        for name, (hint, _) in self._typed.items():
            descriptions = [text for each in _metadata(hint) if (text := _description_of(each))]
            found |= {name: descriptions[-1]} if descriptions else {}
        return whole, found

    @cached
    def _annotations(self) -> dict[str, Any]:
        return _hints(self._plain, self._parameters, self.name)

    @cached
    def _contexts(self) -> frozenset[str]:
        """The names of the parameters that take the ``ToolContext``."""
        return frozenset(name for name, hint in self._annotations.items() if _is_context(hint))

    @cached
    def _typed(self) -> dict[str, tuple[Any, Any]]:
        """The type and the default of every parameter that the model sets, by name."""
        hints = self._annotations
        found: dict[str, tuple[Any, Any]] = {}
        for name, parameter in self._parameters.items():
            if name in self._contexts:
                continue
            if name not in hints:
                raise ConfigurationError(f"The parameter {name!r} of the tool {self.name!r} has no type: annotate it.")
            found[name] = _of_field(hints[name], parameter.default)
        return found

    @cached
    def defaults(self) -> dict[str, Any]:
        """The defaults of parameters that the model may leave out, by name."""
        return {name: default for name, (_, default) in self._typed.items() if default is not _EMPTY}

    @cached
    def adapter(self) -> TypeAdapter[Any]:
        """The validator of arguments; a TypedDict, since a pydantic model has attributes that hide parameter names."""
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
        """Return the validated arguments together with the defaults of arguments left out."""
        return {name: valid.get(name, self.defaults.get(name)) for name in self._typed}

    def args(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments."""
        return dict(value)

    def run(self, value: dict[str, Any], context: ToolContext) -> Any:
        """Call the function."""
        given = {**value, **dict.fromkeys(self._contexts, context)}
        first = [name for name, each in self._parameters.items() if each.kind is inspect.Parameter.POSITIONAL_ONLY]
        rest = {name: each for name, each in given.items() if name not in first}
        return self._function(*(given[name] for name in first), **rest)


def _is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _is_context(hint: Any) -> bool:
    """Return whether an annotation is ``ToolContext``, or that or None."""
    if typing.get_origin(hint) is Annotated:
        hint = typing.get_args(hint)[0]
    return hint is ToolContext or ToolContext in typing.get_args(hint)


def _plain(function: Any) -> Any:
    """Return the function or method behind a partial or a callable object."""
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
        wants_context = "ToolContext" in str(each.annotation)  # a text where annotations are postponed
        if each.name.startswith("_") and each.default is _EMPTY and not wants_context:
            raise ConfigurationError(
                f"The parameter {each.name!r} of the tool {name!r} is private, so the model cannot give it: "
                "give it a default, or bind it with functools.partial."
            )
        if (wants_context or not each.name.startswith("_")) and each.name not in given:
            found[each.name] = each
    return found


def _hints(function: Any, parameters: Mapping[str, inspect.Parameter], name: str) -> dict[str, Any]:
    """Resolve annotations, including names local to the function that defines the tool, while that function runs."""
    annotated = {each.name: each.annotation for each in parameters.values() if each.annotation is not _EMPTY}
    home = getattr(inspect.unwrap(function), "__globals__", {})
    local: dict[str, Any] = {}
    while True:
        try:
            holder = types.SimpleNamespace(__annotations__=annotated)
            return typing.get_type_hints(holder, home, local, include_extras=True)
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


def _description_of(metadata: Any) -> str | None:
    """Return the description in an annotation: a text, a ``Doc`` or a pydantic ``Field``."""
    if isinstance(metadata, str):
        return metadata
    return getattr(metadata, "documentation", None) or getattr(metadata, "description", None)


def _of_field(hint: Any, default: Any) -> tuple[Any, Any]:
    """Return the type and the default of a parameter, taken out of a pydantic ``Field(…)`` if the default is one."""
    if not hasattr(default, "default_factory") or not hasattr(default, "metadata"):
        return hint, default
    from pydantic import Field

    for each in (*default.metadata, Field(description=default.description)):
        hint = Annotated[hint, each]
    return hint, _EMPTY if default.is_required() else default.get_default(call_default_factory=True)


class ModelForm:
    """A model class as a tool; without a method ``call``, the model instance is the result.

    A parameter of the method ``call`` that is annotated as ``ToolContext`` gets the context.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model
        self.name = model.__name__
        self.defaults: dict[str, Any] = {}

    @property
    def is_async(self) -> bool:
        """True if the method ``call`` is async, or an async generator."""
        return _is_async(getattr(self._model, "call", None))

    def describe(self) -> tuple[str, dict[str, str]]:
        """Return the class's description, and the descriptions of fields by name."""
        whole, found = described(self._model.__doc__)
        fields = self._model.model_fields
        return whole, {str(fields[name].alias or name): text for name, text in found.items() if name in fields}

    @cached
    def adapter(self) -> TypeAdapter[Any]:
        """The validator of arguments."""
        from pydantic import TypeAdapter

        return TypeAdapter(self._model)

    def value(self, valid: BaseModel) -> BaseModel:
        """Return the model."""
        return valid

    def args(self, value: BaseModel) -> dict[str, Any]:
        """Return the fields."""
        return {name: getattr(value, name) for name in type(value).model_fields}

    @cached
    def _contexts(self) -> list[str]:
        """The names of the parameters of ``call`` that take the ``ToolContext``."""
        call = getattr(self._model, "call", None)
        if not callable(call):
            return []
        parameters = dict(inspect.signature(call).parameters)
        annotated = {name: each for name, each in parameters.items() if "ToolContext" in str(each.annotation)}
        return [name for name, hint in _hints(call, annotated, self.name).items() if _is_context(hint)]

    def run(self, value: BaseModel, context: ToolContext) -> Any:
        """Run the method ``call`` of the model instance."""
        call = getattr(value, "call", None)
        return call(**dict.fromkeys(self._contexts, context)) if callable(call) else value
