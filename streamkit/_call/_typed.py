"""An answer of a type: the schema that is told of it, and how it is read while it comes."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import msgspec
from pydantic_core import to_json
from reactivex import Observable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..operators._base.machine import from_machine
from ..partial_json.extractors import PartialExtractor

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..partial_json.locate import Opening
    from ..partial_json.plan import TypePlan


class AnswerExtractor(PartialExtractor):
    """Emits the partial answer, and at last the validated one.

    Args:
        name: The option and the type as the user wrote them.
        plan: Plan by which the answer is built.
        start: Pattern of how the answer may begin.
        wrapped: Whether the answer is the ``value`` of an object.
        text_only: Whether only text is read, since tools may be called instead.
        filled: Fields of the answer that the model does not write, by their names in the JSON.
    """

    def __init__(
        self, name: str, plan: TypePlan, start: Opening, *, wrapped: bool, text_only: bool, filled: Mapping[str, Any]
    ) -> None:
        super().__init__(name, plan, start)
        self._wrapped = wrapped
        self._text_only = text_only
        self._filling = to_json(dict(filled), fallback=str).decode()[:-1] if filled else ""
        self._called = False

    def feed(self, item: str | Chunk) -> list[Any]:
        """Take the next element; return the values to emit."""
        if self._text_only and isinstance(item, Chunk) and item.tool_calls:
            self._called = self._called or item.index == 0
            item = msgspec.structs.replace(item, tool_calls=(), plain=False)
        return super().feed(item)

    def flush(self) -> list[Any]:
        """Return the values that can still be emitted once the source is complete."""
        if self._called and not self._has_begun():
            return []
        return super().flush()

    def _read(self, fragment: str) -> str:
        if self._filling:
            fragment = self._fill(fragment)
        return super()._read(fragment) if fragment else ""

    def _fill(self, fragment: str) -> str:
        """Insert the filled fields behind the opening brace, with a comma if another field follows."""
        if self._parser is None:
            begun = self._locator.feed(fragment)
            if begun is None:
                return ""
            self._start_parser(self._filling)
            fragment = begun[1:]
        fragment = fragment.lstrip()
        if not fragment:
            return ""
        self._filling = ""
        return fragment if fragment[0] == "}" else f",{fragment}"

    def _start_parser(self, text: str) -> None:
        from ..partial_json.parser import Parser

        self._parser = Parser(self._sink())
        self._parser.feed(text)

    def _taken(self) -> list[Any]:
        taken = super()._taken()
        if not self._wrapped:
            return taken
        return [each.value for each in taken if "value" in each.model_fields_set]


_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


class FromCallArgs:
    """Marks a field of a ``response_model`` that the model is not asked for: an argument of the function fills it.

    >>> from typing import Annotated
    >>> from pydantic import create_model
    >>> model = create_model("Book", genre=(Annotated[str, FromCallArgs()], ...), title=(str, ...))
    >>> list(Answer.of(model).schema["properties"])
    ['title']
    """


class Answer:
    """What a ``response_model`` means: a type, the object that is asked for, and how that is read.

    Anything but an object is asked for as the ``value`` of one, since providers hold models to objects only.

    Args:
        model: The type.

    Raises:
        ConfigurationError: pydantic cannot validate it, or it has no JSON schema.
    """

    def __init__(self, model: Any) -> None:
        from ..partial_json.extractor import operator_label, prepare_type
        from ..partial_json.locate import opening

        self.name = operator_label("response_model", model)
        plan, wanted = prepare_type(self.name, model)
        self.filled = _filled_fields(model)
        schema = _told(self.name, plan)
        self.wrapped = schema.get("type") != "object" or "properties" not in schema
        if self.wrapped:
            plan, wanted = prepare_type(self.name, _wrapper(model))
            schema = _told(self.name, plan)
        title = "answer" if self.wrapped else str(schema.get("title") or "answer")
        self.schema = _without({**schema, "title": _NOT_IN_A_NAME.sub("_", title)[:64]}, self.filled)
        wanted = opening(self.schema) if self.filled else wanted
        own = model.__doc__ if isinstance(model, type) and not self.wrapped else None  # not what it inherits
        self.description = f"Give the answer. {inspect.cleandoc(own or '')}".strip()
        self._plan = plan
        self._wanted = wanted

    @staticmethod
    def of(model: Any) -> Answer:
        """Return what a type means, made once.

        Args:
            model: The type.
        """
        try:
            return _answer(model)
        except TypeError:  # a type that cannot be hashed
            return Answer(model)

    def reader(
        self, *, text_only: bool = False, arguments: Mapping[str, Any] | None = None
    ) -> Callable[[Observable[Chunk]], Observable[Any]]:
        """Make the operator from chunks to the answer as far as it has come.

        Args:
            text_only: The answer comes in the text: what tools are called has nothing to do with it, and if one is
                called instead, nothing is emitted.
            arguments: Those of the function, for the fields that they fill.

        Raises:
            ConfigurationError: There is no argument for a field.
        """
        pass

        filled = self._values(arguments or {})
        plan: TypePlan = self._plan
        wanted: Opening = self._wanted
        return from_machine(
            lambda: AnswerExtractor(self.name, plan, wanted, wrapped=self.wrapped, text_only=text_only, filled=filled),
            name=self.name,
        )

    def _values(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        missing = self.filled.keys() - arguments.keys()
        if missing:
            told = ", ".join(sorted(missing))
            raise ConfigurationError(f"{self.name}: no argument of the function is named {told}, as a field is.")
        return {key: arguments[name] for name, key in self.filled.items()}


@functools.lru_cache(maxsize=256)
def _answer(model: Any) -> Answer:
    return Answer(model)


def _wrapper(model: Any) -> type[BaseModel]:
    from pydantic import create_model

    return create_model("Answer", value=(model, ...))


def _told(name: str, plan: TypePlan) -> dict[str, Any]:
    from pydantic.errors import PydanticInvalidForJsonSchema

    try:
        schema = plan.adapter.json_schema()
    except PydanticInvalidForJsonSchema as error:
        raise ConfigurationError(f"{name} cannot be told to a model: {error.message.partition(chr(10))[0]}") from error
    if "$ref" in schema:  # a model that refers to itself
        schema = {**schema["$defs"][schema["$ref"].rpartition("/")[2]], "$defs": schema["$defs"]}
    return schema


def _filled_fields(model: Any) -> dict[str, str]:
    """Find the fields that arguments fill: their names, and the names that JSON has them by."""
    infos: object = getattr(model, "model_fields", None) if isinstance(model, type) else None
    found: dict[str, str] = {}
    for name, info in cast("dict[str, Any]", infos or {}).items():
        if any(isinstance(each, FromCallArgs) or each is FromCallArgs for each in info.metadata):
            alias: object = info.validation_alias or info.alias
            found[name] = alias if isinstance(alias, str) else name
    return found


def _without(schema: dict[str, Any], filled: Mapping[str, str]) -> dict[str, Any]:
    """Leave the fields out that arguments fill."""
    if not filled:
        return schema
    keys = set(filled.values())
    properties = {key: each for key, each in schema["properties"].items() if key not in keys}
    return {**schema, "properties": properties, "required": [k for k in schema.get("required", ()) if k not in keys]}
