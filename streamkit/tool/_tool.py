"""The tools that a call declares, and the validation of the model's tool calls against them."""

from __future__ import annotations

import contextlib
import copy
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast, overload

from ..chunk import Chunk
from ..errors import ConfigurationError, ToolArgumentsError
from ..forks import cached
from ._calls import ToolCall, ToolCalls, was_cut
from ._context import ToolContext
from ._schema import plain_schema, strict_schema

if TYPE_CHECKING:
    from ._forms import FunctionForm, ModelForm
    from ._schema_form import SchemaForm


P = ParamSpec("P")

R = TypeVar("R")

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")

_SHOWN = 200  # characters of the arguments in an error message


class Tool(Generic[P, R]):
    """A tool that a model may call; calling the Tool in Python calls the function or class behind it.

    The schema is made on first use, so that the types in annotations may be defined later.

    Args:
        target: A typed function (async or a generator too), a method, a ``functools.partial``, or a pydantic model
            class, whose method ``call``, if present, runs the tool. A parameter that is annotated as ``ToolContext``
            gets the context of the call, and the model is not told of it.
        name: The tool's name; the target's name by default.
        description: The tool's description; taken from the target's docstring by default.
        strict: True to let the provider enforce the schema; None for OpenAI only, if the schema allows it.
        pure: True if the tool has no side effects, so that it may run before the answer has ended.

    Raises:
        ConfigurationError: The target or the name does not fit a tool.

    >>> def add(a: int, b: int = 1) -> int:
    ...     "Add two numbers."
    ...     return a + b
    >>> tool = Tool(add)
    >>> tool.name, tool.description, tool.parameters["required"], tool(1, 2)
    ('add', 'Add two numbers.', ['a'], 3)
    """

    def __init__(
        self,
        target: Callable[P, R],
        *,
        name: str | None = None,
        description: str | None = None,
        strict: bool | None = None,
        pure: bool = False,
    ) -> None:
        self.target = target
        self.strict = strict
        self.pure = pure
        self._form = _form(target)
        self._description = description
        self.options: dict[str, Any] = {"name": name, "description": description, "strict": strict, "pure": pure}
        self.name = self._form.name if name is None else name
        if not _NAME.fullmatch(self.name):
            raise ConfigurationError(
                f"A tool cannot be named {self.name!r}: give it a name of letters, digits, _ and -, "
                "as in sk.Tool(…, name='look_up')."
            )
        functools.update_wrapper(cast("Any", self), target, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.target(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """Bind the tool to an instance, as a function in a class is bound."""
        if instance is None or not hasattr(self.target, "__get__"):
            return self
        return Tool(cast("Any", self.target).__get__(instance, owner), **self.options)

    def __repr__(self) -> str:
        return f"Tool({self.name})"

    @property
    def is_async(self) -> bool:
        """True if the tool is async: its result must be awaited, or read by ``async for`` if it yields."""
        return self._form.is_async

    @property
    def is_remote(self) -> bool:
        """True if the tool is one of an MCP server's, whose schema is sent as it is."""
        return hasattr(self._form, "schema")

    @cached
    def _declaration(self) -> tuple[str, dict[str, Any]]:
        from pydantic import PydanticSchemaGenerationError, PydanticUserError

        given = getattr(self._form, "schema", None)
        if given is not None:
            return self._form.describe()[0] if self._description is None else self._description, given
        try:
            whole, texts = self._form.describe()
            schema = plain_schema(self._form.adapter, texts=texts, defaults=self._form.defaults)
        except (PydanticSchemaGenerationError, PydanticUserError, NameError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise ConfigurationError(f"The tool {self.name!r} cannot be described to a model: {reason}.") from error
        return whole if self._description is None else self._description, schema

    @property
    def description(self) -> str:
        """The tool's description for the model."""
        return self._declaration[0]

    @property
    def parameters(self) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        return copy.deepcopy(self._declaration[1])

    def fields(self, *, strict: bool = False) -> dict[str, Any]:
        """Return the tool's declaration for a request: name, description, parameters and, if strict, ``strict``.

        Args:
            strict: True if the provider can enforce a schema.

        Raises:
            ConfigurationError: The arguments have no JSON schema, or no strict one although the tool is strict.
        """
        fields: dict[str, Any] = {"name": self.name, "description": self.description, "parameters": self.parameters}
        if not self.description:
            del fields["description"]
        if self.strict or (strict and self.strict is None):
            strict_parameters = strict_schema(fields["parameters"])
            if strict_parameters is not None:
                fields |= {"parameters": strict_parameters, "strict": True}
            elif self.strict:
                raise ConfigurationError(
                    f"The tool {self.name!r} cannot be strict: every argument must be required, and of a plain type."
                )
        return fields

    def read(self, call: ToolCall) -> TypedToolCall:
        """Return a finished call of this tool with validated arguments.

        Args:
            call: The call that the model made.

        Raises:
            ToolArgumentsError: The arguments are incomplete or invalid.
        """
        if not call.complete:
            raise arguments_error(call, f"The arguments of {self.name!r} are not whole, strict JSON: {shown(call)}.")
        adapter = self._form.adapter
        try:
            if call.arguments is None:  # some models send null for no arguments
                valid = adapter.validate_python({})
            elif call.arguments_text:
                valid = adapter.validate_json(call.arguments_text)
            else:
                valid = adapter.validate_python(call.arguments)
        except Exception as error:  # pydantic's error, or any other that a validator of the user's raises
            raise arguments_error(call, f"{self.name!r} cannot take {shown(call)}: {_reasons(error)}.") from error
        return TypedToolCall(call, self, self._form.value(valid))

    def args_of(self, value: Any) -> dict[str, Any]:
        """Return the arguments by name, from the validated value."""
        return self._form.args(value)

    def run(self, value: Any, context: ToolContext | None = None) -> Any:
        """Run the tool with a validated value; await the result of an async tool.

        Args:
            value: The validated arguments.
            context: Context for a parameter annotated as ``ToolContext``; None for one that nobody cancels.
        """
        return self._form.run(value, context or ToolContext())


class TypedToolCall(ToolCall):
    """A finished call with validated arguments.

    Args:
        call: The call that the model made.
        tool: The tool.
        value: The validated arguments: the model instance, or a dict of the function's arguments.
    """

    __slots__ = ("tool", "value")
    tool: Tool[..., Any]
    value: Any

    def __init__(self, call: ToolCall, tool: Tool[..., Any], value: Any) -> None:
        super().__init__(*(getattr(call, name) for name in ToolCall.__slots__))
        object.__setattr__(self, "tool", tool)
        object.__setattr__(self, "value", value)

    @property
    def args(self) -> dict[str, Any]:
        """The validated arguments by name, with the defaults of arguments that the model left out."""
        return self.tool.args_of(self.value)

    @property
    def tool_call(self) -> ToolCall:
        """The call without validated arguments."""
        return ToolCall(*(getattr(self, name) for name in ToolCall.__slots__))

    def call(self) -> Any:
        """Run the tool; await the result of an async tool."""
        return self.tool.run(self.value, ToolContext(self.id or ""))

    def __reduce__(self) -> tuple[Any, ...]:
        # Functions cannot be pickled; the copy is the call as the model made it.
        return ToolCall, tuple(getattr(self, name) for name in ToolCall.__slots__)


@overload
def as_tool(
    target: Callable[P, R],
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    strict: bool | None = None,
    pure: bool = False,
) -> Tool[P, R]: ...


@overload
def as_tool(
    *, name: str | None = None, description: str | None = None, strict: bool | None = None, pure: bool = False
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...


def as_tool(target: Any = None, /, **options: Any) -> Any:
    """Make a tool of a typed function or a pydantic model class; also as a decorator, with options or without.

    Args:
        target: The function or class; a ``Tool`` stays unchanged.
        options: Options of ``Tool``.

    Raises:
        ConfigurationError: The target or the name does not fit a tool.

    >>> @as_tool(pure=True)
    ... def orbit(moon: str) -> int:
    ...     "Days that a moon takes around its planet."
    ...     return 16
    >>> orbit.pure, orbit("Titan")
    (True, 16)
    """
    if target is None:
        return functools.partial(as_tool, **options)
    if isinstance(target, Tool):
        made = cast("Tool[..., Any]", target)
        return Tool(made.target, **{**made.options, **options}) if options else made
    return Tool(target, **options)


def _form(target: Any) -> FunctionForm | ModelForm | SchemaForm:
    # Imported on first use: a program without tools need not import them.
    from ._forms import FunctionForm, ModelForm
    from ._schema_form import SchemaForm

    if isinstance(target, SchemaForm):
        return target
    if isinstance(target, type):
        if hasattr(target, "model_json_schema"):
            return ModelForm(cast("Any", target))
    elif callable(target):
        return FunctionForm(target)
    what = "a dict, which is given as it is" if isinstance(target, Mapping) else repr(target)
    raise ConfigurationError(f"A tool is made of a typed function or a pydantic model class, not of {what}.")


def shown(call: ToolCall) -> str:
    """Return the arguments of a call for an error message, escaped and shortened."""
    text = call.arguments_text
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def arguments_error(call: ToolCall, message: str) -> ToolArgumentsError:
    """Make the error for a call with invalid arguments or an unknown tool."""
    return ToolArgumentsError(message, id=call.id, name=call.name, index=call.index, arguments_text=call.arguments_text)


def _reasons(error: Exception) -> str:
    list_errors = getattr(error, "errors", None)  # a method of pydantic's ValidationError
    if not callable(list_errors):
        return f"{type(error).__name__}: {error}"
    found = cast("list[dict[str, Any]]", list_errors(include_url=False, include_input=False, include_context=False))
    return "; ".join(": ".join(filter(None, (".".join(map(str, each["loc"])), each["msg"]))) for each in found)


def to_tools(tools: Iterable[Any]) -> tuple[Any, ...]:
    """Make Tools of the functions and model classes in a list; ``Tool`` objects and dicts stay unchanged.

    Args:
        tools: Functions, pydantic model classes, ``Tool`` objects, dicts, and lists of these.

    Raises:
        ConfigurationError: ``tools`` is no list, an item cannot be a tool, or two tools have the same name.
    """
    if isinstance(tools, (str, Mapping, Tool)) or not isinstance(cast("object", tools), Iterable):
        raise ConfigurationError("tools= takes a list: of functions, pydantic model classes, sk.Tool(…) or dicts.")
    found = tuple(as_tool(each) if callable(each) else each for each in _flat(tools))
    named: dict[str, Any] = {}
    for tool in found:
        name = _name(tool)
        if name in named:
            raise ConfigurationError(f"Two tools are named {name!r}: {_hint(tool, named[name])}.")
        if name:
            named[name] = tool
    return found


def _flat(tools: Iterable[Any]) -> Iterable[Any]:
    for each in tools:
        if isinstance(each, (list, tuple)):
            yield from cast("Iterable[Any]", each)
        else:
            yield each


def _hint(*tools: Any) -> str:
    if any(isinstance(each, Tool) and cast("Tool[..., Any]", each).is_remote for each in tools):
        return "give the tools of one MCP server a prefix, as in sk.mcp_tools(session, prefix='files_')"
    return "give one another name by sk.as_tool(…, name=…)"


def _name(tool: Any) -> str | None:
    """Return the name of a tool; None if a dict in the provider's own form hides the name."""
    if isinstance(tool, Tool):
        return cast("Tool[..., Any]", tool).name
    if not isinstance(tool, Mapping):
        return None
    given = cast("Mapping[str, Any]", tool)
    inner = given.get("function", given)
    return cast("Mapping[str, Any]", inner).get("name") if isinstance(inner, Mapping) else None


class ToolRegistry:
    """The tools of a call, by name; made of what ``to_tools`` returns.

    Two Responses that differ only in their registry compare as equal, and a copied or unpickled registry is empty,
    because functions cannot be pickled.
    """

    __slots__ = ("_names", "_tools")

    def __init__(self, tools: Iterable[Any] = ()) -> None:
        given = tuple(tools)
        names = [_name(tool) for tool in given]
        self._tools: dict[str, Tool[..., Any]] = {each.name: each for each in given if isinstance(each, Tool)}
        # Every name that a call may have; None if the name of a tool in the provider's own form is not known.
        self._names = None if None in names else frozenset(filter(None, names))

    def __bool__(self) -> bool:
        return bool(self._tools)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ToolRegistry)

    def __hash__(self) -> int:
        return hash(ToolRegistry)

    def __reduce__(self) -> tuple[type[ToolRegistry], tuple[()]]:
        return ToolRegistry, ()

    def validate(self, call: ToolCall) -> ToolCall:
        """Return a finished call with validated arguments; a call of a tool declared as a dict stays unchanged.

        Raises:
            ToolArgumentsError: No tool has the call's name, or the arguments do not fit.
        """
        if call.kind not in ("function", "custom_tool_call"):  # its name is not that of a tool of the caller's
            return call
        tool = self._tools.get(call.name)
        if tool is not None:
            return tool.read(call)
        if self._unknown(call):
            known = ", ".join(sorted(self._names or ()))
            raise arguments_error(call, f"The model called {call.name!r}, which is none of this call's tools: {known}.")
        return call

    def valid(self, calls: Iterable[ToolCall]) -> list[ToolCall]:
        """Return the finished calls whose arguments fit, each with validated arguments."""
        found: list[ToolCall] = []
        for call in calls:
            if call.complete:
                with contextlib.suppress(ToolArgumentsError):
                    found.append(self.validate(call))
        return found

    def _unknown(self, call: ToolCall) -> bool:
        # A subscriber that joined late has not seen the name of a call that had begun.
        return bool(self._tools and call.name) and self._names is not None and call.name not in self._names

    def is_invalid(self, call: ToolCall, *, ended: bool) -> bool:
        """Return whether a call has incomplete arguments although the answer has ended, uncut, and names a tool."""
        return ended and not call.complete and (call.name in self._tools or self._unknown(call))

    def validate_all(self, calls: Iterable[ToolCall], finish_reasons: Sequence[str] | None) -> list[ToolCall]:
        """Return the finished calls of an answer, each with validated arguments.

        Args:
            calls: All calls, unfinished ones included.
            finish_reasons: The answer's finish reasons; None before the end.

        Raises:
            ToolArgumentsError: Arguments do not fit, or are incomplete although the answer has ended uncut.
        """
        ended = finish_reasons is not None and not was_cut(finish_reasons)
        return [self.validate(call) for call in calls if call.complete or self.is_invalid(call, ended=ended)]


class ToolCallValidator:
    """Assembles the tool calls of one choice and validates the arguments of each finished call.

    A conversation sends what is wrong with a call back to the model, so ``flush`` does not return it again.
    """

    __slots__ = ("_answered", "_calls", "_invalid", "_tools")

    def __init__(self, tools: ToolRegistry) -> None:
        self._calls = ToolCalls()
        self._tools = tools
        self._invalid: list[tuple[ToolCall, ToolArgumentsError]] = []
        self._answered = False

    @property
    def ended(self) -> bool:
        """Whether the choice has ended without being cut by the token limit or a content filter."""
        return self._calls.ended

    def feed(self, chunk: Chunk) -> list[ToolCall]:
        """Add the choice's next chunk; return the calls that have become complete and are valid."""
        if not (chunk.tool_calls or chunk.finish_reasons):
            return []
        self._answered = self._answered or ((origin := chunk.origin) is not None and origin.runs_tools)
        self._calls.feed(chunk)
        whole = self._calls.completed()
        return self._validate(whole) if whole and self._tools else whole

    def _validate(self, calls: Iterable[ToolCall]) -> list[ToolCall]:
        valid: list[ToolCall] = []
        for call in calls:
            try:
                valid.append(self._tools.validate(call))
            except ToolArgumentsError as error:
                self._invalid.append((call, error))
        return valid

    def flush(self) -> list[tuple[ToolCall, ToolArgumentsError]]:
        """End the input; return the invalid calls, each paired with the error."""
        if self._answered:
            return []
        if self._tools:
            self._validate(call for call in self._calls.snapshot() if self._tools.is_invalid(call, ended=self.ended))
        return self._invalid
