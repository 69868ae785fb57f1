"""A pydantic model class as a tool: the fields are the arguments, and the method ``call`` runs the tool."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from ..forks import cached
from ._function import described, refuse_generator

if TYPE_CHECKING:
    from pydantic import BaseModel, TypeAdapter


class ModelForm:
    """A model class as a tool; without a method ``call``, the model instance is the result.

    Args:
        model: The class.

    Raises:
        ConfigurationError: The method ``call`` is a generator function.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model
        self.name = model.__name__
        refuse_generator(getattr(model, "call", None), self.name)
        self.defaults: dict[str, Any] = {}

    @property
    def is_async(self) -> bool:
        """True if the method ``call`` is async."""
        return inspect.iscoroutinefunction(getattr(self._model, "call", None))

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

    def run(self, value: BaseModel) -> Any:
        """Run the method ``call`` of the model instance."""
        call = getattr(value, "call", None)
        return call() if callable(call) else value
