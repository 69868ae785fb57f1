"""Typed answers: the schema of a ``response_model``, how a request demands it, and the parser of the answer."""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec
from pydantic_core import to_json
from reactivex import Observable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..messages import BaseMessageParam, Message, Messages
from ..operators._base.machine import from_machine
from ..partial_json.builder import TypedBuilder
from ..partial_json.each_answer import EachAnswer
from ..partial_json.extractor import PartialExtractor
from ..providers import CallSpec
from ..tool import AnswerTool, to_tools

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..partial_json.locate import Opening
    from ..partial_json.plan import TypePlan


class AnswerExtractor(PartialExtractor):
    """Emits partial answers, and the validated answer last.

    Args:
        name: The option and the type as the user wrote them.
        plan: Plan by which the answer is built.
        start: Pattern of the answer's beginning.
        wrapped: True if the answer is the ``value`` of an object.
        text_only: True to parse text only, because tools may be called instead.
        filled: Fields that the function's arguments fill, by their names in the JSON.
    """

    def __init__(
        self, name: str, plan: TypePlan, start: Opening, *, wrapped: bool, text_only: bool, filled: Mapping[str, Any]
    ) -> None:
        super().__init__(name, plan, start)
        self._wrapped = wrapped
        self._text_only = text_only
        self._pending_prefix = to_json(dict(filled), fallback=str).decode()[:-1] if filled else ""
        self._tool_called = False

    def feed(self, item: str | Chunk) -> list[Any]:
        """Take the next element; return the values to emit."""
        if self._text_only and isinstance(item, Chunk) and item.tool_calls:
            self._tool_called = self._tool_called or item.index == 0
            item = msgspec.structs.replace(item, tool_calls=(), plain=False)
        return super().feed(item)

    def emptied(self) -> list[Any]:
        """Return an object, list or dict in which nothing has arrived, if anything was shown."""
        if not self._wrapped or self._builder.array is None:
            return super().emptied()
        for array in (True, False):
            builder = TypedBuilder(self._plan)
            builder.begin(False)
            builder.name("value")
            builder.begin(array)
            shown = builder.show()
            if "value" in shown.model_fields_set:
                return [shown.value]
        return []

    def flush(self) -> list[Any]:
        """Return the values that can still be emitted once the source is complete."""
        if self._tool_called and not self._has_begun():
            return []
        return super().flush()

    def _read(self, fragment: str) -> str:
        if self._pending_prefix:
            fragment = self._fill(fragment)
        return super()._read(fragment) if fragment else ""

    def _fill(self, fragment: str) -> str:
        """Insert the filled fields behind the opening brace, with a comma if another field follows."""
        if self._parser is None:
            begun = self._locator.feed(fragment)
            if begun is None:
                return ""
            self._start_parser(self._pending_prefix)
            fragment = begun[1:]
        fragment = fragment.lstrip()
        if not fragment:
            return ""
        self._pending_prefix = ""
        return fragment if fragment[0] == "}" else f",{fragment}"

    def _start_parser(self, text: str) -> None:
        from ..text.json_parser import Parser

        self._parser = Parser(self._sink())
        self._parser.feed(text)

    def _taken(self) -> list[Any]:
        taken = super()._taken()
        if not self._wrapped:
            return taken
        return [each.value for each in taken if "value" in each.model_fields_set]


@dataclass(frozen=True, slots=True)
class AnswerReader:
    """Reads the value of a ``response_model`` from a whole answer.

    Args:
        name: The option and the type as the user wrote them.
        make: Function that makes the parser of one answer.
        text_only: True if the text alone is parsed, because tools may be called instead.
    """

    name: str
    make: Callable[[], AnswerExtractor]
    text_only: bool

    def read(self, chunks: Sequence[Chunk]) -> tuple[Any, Exception | None]:
        """Return the value and no error; or None and the error; or None and None if a tool was called instead.

        Args:
            chunks: The answer; one chunk of each choice is enough.
        """
        parser = self.make()
        values = [value for chunk in chunks for value in parser.feed(chunk)]
        if not parser.done:
            values += parser.flush()
        return (None, parser.error) if parser.error is not None or not values else (values[-1], None)


_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


class FromCallArgs:
    """Marks a field of a ``response_model`` that an argument of the function fills, instead of the model.

    >>> from typing import Annotated
    >>> from pydantic import create_model
    >>> model = create_model("Book", genre=(Annotated[str, FromCallArgs()], ...), title=(str, ...))
    >>> list(Answer.of(model).schema["properties"])
    ['title']
    """


class Answer:
    """The description of a ``response_model``: the JSON schema and the operator that parses it.

    A type that is not an object is wrapped into an object with the field ``value``, because providers enforce schemas
    of objects only.

    Raises:
        ConfigurationError: pydantic cannot validate the type, or the type has no JSON schema.
    """

    def __init__(self, model: Any) -> None:
        from ..partial_json.extractor import operator_label, prepare_type
        from ..partial_json.locate import opening

        self.name = operator_label("response_model", model)
        plan, opening_pattern = prepare_type(self.name, model)
        self.filled = _filled_fields(model)
        schema = _json_schema(self.name, plan)
        self.wrapped = schema.get("type") != "object" or "properties" not in schema
        if self.wrapped:
            plan, opening_pattern = prepare_type(self.name, _wrapper(model))
            schema = _json_schema(self.name, plan)
        title = "answer" if self.wrapped else str(schema.get("title") or "answer")
        self.schema = _without({**schema, "title": _NOT_IN_A_NAME.sub("_", title)[:64]}, self.filled)
        opening_pattern = opening(self.schema) if self.filled else opening_pattern
        docstring = model.__doc__ if isinstance(model, type) and not self.wrapped else None  # not inherited
        self.description = f"Give the answer. {inspect.cleandoc(docstring or '')}".strip()
        self._plan = plan
        self._opening_pattern = opening_pattern

    @staticmethod
    def of(model: Any) -> Answer:
        """Return the description of a type; hashable types are cached."""
        try:
            return _answer(model)
        except TypeError:  # a type that cannot be hashed
            return Answer(model)

    def operator(
        self, *, text_only: bool = False, arguments: Mapping[str, Any] | None = None
    ) -> Callable[[Observable[Chunk]], Observable[Any]]:
        """Make the operator that turns chunks into partial answers.

        Args:
            text_only: True to parse the text only; if a tool is called instead, nothing is emitted.
            arguments: Arguments of the function, by name, for the fields that they fill.

        Raises:
            ConfigurationError: A field has no argument of its name.
        """
        filled = self._values(arguments or {})
        each = functools.partial(EachAnswer, lambda: self._extractor(text_only, filled), name=self.name)
        return from_machine(each, emits="one", gives="other", name=self.name)

    def reader(self, *, text_only: bool = False, arguments: Mapping[str, Any] | None = None) -> AnswerReader:
        """Return what reads the value from a whole answer.

        Args:
            text_only: True to parse the text only, because tools may be called instead.
            arguments: Arguments of the function, by name, for the fields that they fill.

        Raises:
            ConfigurationError: A field has no argument of its name.
        """
        filled = self._values(arguments or {})
        return AnswerReader(self.name, lambda: self._extractor(text_only, filled), text_only)

    def _extractor(self, text_only: bool, filled: Mapping[str, Any]) -> AnswerExtractor:
        plan: TypePlan = self._plan
        start: Opening = self._opening_pattern
        return AnswerExtractor(self.name, plan, start, wrapped=self.wrapped, text_only=text_only, filled=filled)

    def _values(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        missing = self.filled.keys() - arguments.keys()
        if missing:
            names = ", ".join(sorted(missing))
            raise ConfigurationError(f"{self.name}: no argument of the function is named {names}, as a field is.")
        return {key: arguments[name] for name, key in self.filled.items()}


@functools.lru_cache(maxsize=256)
def _answer(model: Any) -> Answer:
    return Answer(model)


def _wrapper(model: Any) -> type[BaseModel]:
    from pydantic import create_model

    return create_model("Answer", value=(model, ...))


def _json_schema(name: str, plan: TypePlan) -> dict[str, Any]:
    from pydantic.errors import PydanticInvalidForJsonSchema

    try:
        schema = plan.adapter.json_schema()
    except PydanticInvalidForJsonSchema as error:
        raise ConfigurationError(f"{name} cannot be told to a model: {error.message.partition(chr(10))[0]}") from error
    if "$ref" in schema:  # a model that refers to itself
        schema = {**schema["$defs"][schema["$ref"].rpartition("/")[2]], "$defs": schema["$defs"]}
    return schema


def _filled_fields(model: Any) -> dict[str, str]:
    """Return the fields that arguments fill: the name in the JSON by the name of the field."""
    infos: object = getattr(model, "model_fields", None) if isinstance(model, type) else None
    found: dict[str, str] = {}
    for name, info in cast("dict[str, Any]", infos or {}).items():
        if any(isinstance(each, FromCallArgs) or each is FromCallArgs for each in info.metadata):
            alias: object = info.validation_alias or info.alias
            found[name] = alias if isinstance(alias, str) else name
    return found


def _without(schema: dict[str, Any], filled: Mapping[str, str]) -> dict[str, Any]:
    """Return the schema without the fields that arguments fill."""
    if not filled:
        return schema
    keys = set(filled.values())
    properties = {key: each for key, each in schema["properties"].items() if key not in keys}
    return {**schema, "properties": properties, "required": [k for k in schema.get("required", ()) if k not in keys]}


def with_answer(ask: CallSpec, model: Any, *, provider: str, json_mode: bool = False) -> CallSpec:
    """Return a call specification that asks for a typed answer, and parses it.

    Args:
        ask: The call.
        model: The type of the answer; None for any JSON.
        provider: The provider's name.
        json_mode: True to use the provider's JSON mode and to put the schema into the prompt.

    Raises:
        ConfigurationError: pydantic cannot validate the type, or the provider does not support it beside tools.
    """
    answer = None if model is None else Answer.of(model)
    name, tools = f"{provider}/{ask.model}", ask.tools
    messages, all_tools, params = apply_output_schema(
        name, ask.messages, tools, ask.params, answer=answer, json_mode=json_mode
    )
    reader = answer and answer.reader(text_only=bool(tools), arguments=ask.origin.fn_args)
    return replace(ask, messages=messages, tools=to_tools(all_tools), params=params, answer=reader)


AppliedSchema: TypeAlias = "tuple[tuple[Message, ...], tuple[Any, ...], dict[str, Any]]"

# Providers with models that support no JSON schema; all their models support a forced tool call.
_BY_TOOL = frozenset({"anthropic", "bedrock", "deepseek", "groq"})
# Providers without a JSON mode, or (Groq) without one that streams; the prompt alone asks for JSON.
_BY_PROMPT = frozenset({"anthropic", "bedrock", "groq", "perplexity"})
# Providers that do not combine a JSON schema with tools: Ollama's models never call a tool, the others refuse.
_NO_TOOLS_WITH_JSON = frozenset({"cohere", "google", "ollama", "ollama-openai"})

_GEMINI = re.compile(r"gemini-([0-9]+)")

_JSON: dict[str, dict[str, Any]] = {
    "google": {"responseMimeType": "application/json"},
    "ollama": {"format": "json"},
}

_CHATS_JSON: dict[str, Any] = {"response_format": {"type": "json_object"}}

_RESPONSES_JSON: dict[str, Any] = {"text": {"format": {"type": "json_object"}}}

_TOOL = "answer"


def apply_output_schema(
    model: str,
    messages: tuple[Message, ...],
    tools: tuple[Any, ...],
    params: Mapping[str, Any],
    *,
    answer: Answer | None,
    json_mode: bool,
) -> AppliedSchema:
    """Add the schema of the answer to a request; parameters that the user has given win.

    Args:
        model: ``provider/model``.
        messages: The conversation.
        tools: Tools that the model may call.
        params: Parameters of the request, by name.
        answer: Type of the answer; None for any text.
        json_mode: True to use the provider's JSON mode and to put the schema into the prompt.

    Returns:
        The messages, the tools and the parameters of the request.

    Raises:
        ConfigurationError: The provider does not support a typed answer together with tools.
    """
    provider = _format_provider(model)
    if json_mode:
        json_params = {} if tools and not _allows_tools_with_json(model) else _json_mode(provider, params)
        return _with_instruction(messages, answer), tools, {**json_params, **params}
    if answer is None:
        return messages, tools, dict(params)
    check_tools(model, tools, json_mode=json_mode)
    if provider not in _BY_TOOL:
        return messages, tools, {"json_schema": answer.schema, **params}
    tool = AnswerTool(name=_TOOL, description=answer.description, parameters=answer.schema)
    return messages, (tool,), {"tool_choice": _TOOL, **params}


def check_tools(model: str, tools: Sequence[Any], *, json_mode: bool) -> None:
    """Raise if a provider does not support a typed answer together with tools.

    Args:
        model: ``provider/model``.
        tools: Tools that the model may call.
        json_mode: True if the schema stands in the prompt, which all providers support together with tools.

    Raises:
        ConfigurationError: The answer itself would be a forced tool call, or a schema would rule out tool calls.
    """
    provider = _format_provider(model)
    if not tools or json_mode or (provider not in _BY_TOOL and _allows_tools_with_json(model)):
        return
    how = "by a tool that it has to call" if provider in _BY_TOOL else "by a schema that all it writes is held to"
    raise ConfigurationError(
        f"{provider} gives a response_model {how}, so it could call no other tool: "
        "give json_mode=True beside tools, which asks for the answer in the prompt."
    )


def _format_provider(model: str) -> str:
    """Return the provider in a model string, or the recorded provider of a ``replay/`` model."""
    provider, _, name = model.partition("/")
    if provider == "vertex":
        return "google"
    return name.partition(":")[0] if provider == "replay" else provider


def _allows_tools_with_json(model: str) -> bool:
    """Return whether a model can call tools although the text is restricted to JSON."""
    gemini = _GEMINI.search(model)
    return _format_provider(model) not in _NO_TOOLS_WITH_JSON or (gemini is not None and int(gemini[1]) >= 3)


def _json_mode(provider: str, params: Mapping[str, Any]) -> dict[str, Any]:
    if provider in _BY_PROMPT:
        return {}
    if provider.endswith("-responses"):
        return _RESPONSES_JSON
    if provider == "google" and "response_mime_type" in params:
        return {}
    return _JSON.get(provider, _CHATS_JSON)


def _with_instruction(messages: tuple[Message, ...], answer: Answer | None) -> tuple[Message, ...]:
    """Add the instruction to answer in JSON to the system message, or as a system message."""
    instruction = "Answer with one JSON object and with nothing else."
    if answer is not None:
        schema = json.dumps(answer.schema, ensure_ascii=False)
        instruction = f"Answer with one JSON object that fits this JSON schema, and with nothing else:\n{schema}"
    first = messages[0]
    if isinstance(first, BaseMessageParam) and first.role == "system" and isinstance(first.content, str):
        return (Messages.System(f"{first.content}\n\n{instruction}"), *messages[1:])
    return (Messages.System(instruction), *messages)
