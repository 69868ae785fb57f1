"""A pydantic model class as a tool: its fields are the arguments, its ``call`` is what runs."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from ..forks import cached
from ._function import described, refuse_generator

if TYPE_CHECKING:
    from pydantic import BaseModel, TypeAdapter


class ModelForm:
    """A model class as a tool; one without a method ``call`` gives itself as its result.

    Args:
        model: The class.

    Raises:
        ConfigurationError: Its ``call`` is a generator function.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model
        self.name = model.__name__
        refuse_generator(getattr(model, "call", None), self.name)
        self.defaults: dict[str, Any] = {}

    @property
    def is_async(self) -> bool:
        """Whether its ``call`` is to be awaited."""
        return inspect.iscoroutinefunction(getattr(self._model, "call", None))

    def describe(self) -> tuple[str, dict[str, str]]:
        """Return what its docstring says of it and of its fields."""
        whole, found = described(self._model.__doc__)
        fields = self._model.model_fields
        return whole, {str(fields[name].alias or name): text for name, text in found.items() if name in fields}

    @cached
    def adapter(self) -> TypeAdapter[Any]:
        """What checks the arguments."""
        from pydantic import TypeAdapter

        return TypeAdapter(self._model)

    def value(self, valid: BaseModel) -> BaseModel:
        """Return the model."""
        return valid

    def args(self, value: BaseModel) -> dict[str, Any]:
        """Return the fields."""
        return {name: getattr(value, name) for name in type(value).model_fields}

    def run(self, value: BaseModel) -> Any:
        """Run the model's ``call``."""
        call = getattr(value, "call", None)
        return call() if callable(call) else value
