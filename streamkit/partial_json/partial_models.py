"""The partial twin of a model or a dataclass: a class derived from it, any of whose fields may be missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, cast

from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo, ModelPrivateAttr
from pydantic_core import PydanticUndefined

from .plan import MISSING, ShapedFrame

_set = object.__setattr__

_new = object.__new__
# The same for the slots of a model, without looking them up each time: this runs with every fragment.
_set_came, _set_extra, _set_private = (
    vars(BaseModel)[f"__pydantic_{name}__"].__set__ for name in ("fields_set", "extra", "private")
)


class _Partial:
    """Shows of a partial model what has come; what a model computes may need what has not."""

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        model = cast("BaseModel", self)
        values = {**model.__dict__, **(model.__pydantic_extra__ or {})}
        came = {*model.__pydantic_fields_set__, *(model.__pydantic_extra__ or ())}
        return [(name, value) for name, value in values.items() if name in came]


class _Blank:
    """The fields of a class before any has come: their defaults, where these can be known, or None.

    Args:
        infos: What pydantic knows of the fields.
    """

    def __init__(self, infos: Mapping[str, FieldInfo]) -> None:
        self._constant: dict[str, Any] = {}
        self._fresh: dict[str, FieldInfo] = {}
        for name, field in infos.items():
            self._constant[name] = None if field.default is PydanticUndefined else field.default
            made_of_others = field.default_factory_takes_validated_data
            if not made_of_others and (field.default_factory or field.default.__hash__ is None):
                self._fresh[name] = field

    def blank(self) -> dict[str, Any]:
        """Make the fields as they are before any has come."""
        values = self._constant.copy()
        for name, field in self._fresh.items():
            values[name] = field.get_default(call_default_factory=True)
        return values


class ModelTwin(_Blank):
    """Makes instances of a class derived from a model.

    It validates nothing. Its fields take anything, so that it can be dumped as far as it has come.

    Args:
        model: The model.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        super().__init__(model.model_fields)
        loose: dict[str, Any] = {name: (Any, _loose(field)) for name, field in model.model_fields.items()}
        bases, doc = cast("tuple[type[BaseModel], ...]", (_Partial, model)), model.__doc__
        self._twin: type[BaseModel] = create_model(f"Partial{model.__name__}", __base__=bases, __doc__=doc, **loose)
        self._twin.__module__ = model.__module__
        self._private = model.__private_attributes__

    def made(self, frame: ShapedFrame, part: Any) -> Any:
        """Make what is shown of an object: its closed fields, and ``part`` as the one that is being read."""
        made = _new(self._twin)
        values = cast("dict[str, Any]", made.__dict__)
        came, extra = frame.came.copy(), frame.extra
        values.update(frame.shown)
        if part is not MISSING and frame.field is not None:
            values[frame.field] = part
            came.add(frame.field)
        if extra is not None:
            extra = extra.copy() if part is MISSING or frame.field else {**extra, frame.name or "": part}
        _set_came(made, came)
        _set_extra(made, extra)
        _set_private(made, _private(self._private) if self._private else None)
        return made

    def around(self, root: Any) -> Any:
        """Make what is shown of a model that has only a root."""
        made = _new(self._twin)
        _set(made, "__dict__", {"root": root})
        _set_came(made, {"root"})
        _set_extra(made, None)
        _set_private(made, None)
        return made


def _private(attributes: Mapping[str, ModelPrivateAttr]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, each in attributes.items():
        made_of_others = getattr(each, "default_factory_takes_validated_data", False)  # newer versions know it
        if each.default_factory is not None and not made_of_others:
            values[name] = cast("Callable[[], Any]", each.default_factory)()
        elif each.default is not PydanticUndefined:
            values[name] = deepcopy(each.default)
    return values


def _loose(field: FieldInfo) -> Any:
    alias, serialized = field.alias, field.serialization_alias
    return Field(default=None, alias=alias, serialization_alias=serialized, exclude=field.exclude, repr=field.repr)


class DataclassTwin(_Blank):
    """Makes instances of a class derived from a dataclass; nothing of it is run.

    Args:
        kind: The dataclass.
    """

    def __init__(self, kind: type) -> None:
        infos: Mapping[str, FieldInfo] | None = getattr(kind, "__pydantic_fields__", None)
        super().__init__(infos or {field.name: _info(field) for field in dataclasses.fields(cast("Any", kind))})
        members: dict[str, Any] = {"__module__": kind.__module__, "__doc__": kind.__doc__}
        if "__slots__" in vars(kind):
            members["__slots__"] = ()
        self._twin = type(f"Partial{kind.__name__}", (kind,), members)

    def made(self, frame: ShapedFrame, part: Any) -> Any:
        """Make what is shown of an object: its closed fields, and ``part`` as the one that is being read."""
        made = _new(self._twin)
        for name, value in frame.shown.items():
            _set(made, name, value)
        if frame.field is not None and part is not MISSING:
            _set(made, frame.field, part)
        return made


def _info(field: dataclasses.Field[Any]) -> FieldInfo:
    if field.default_factory is not dataclasses.MISSING:
        return FieldInfo(default_factory=field.default_factory)
    return FieldInfo(default=None if field.default is dataclasses.MISSING else field.default)


class DictTwin:
    """Makes dicts that have only what has come."""

    def blank(self) -> dict[str, Any]:
        """Make the fields as they are before any has come."""
        return {}

    def made(self, frame: ShapedFrame, part: Any) -> Any:
        """Make what is shown of an object: its closed fields, and ``part`` as the one that is being read."""
        if part is MISSING or frame.field is None:
            return frame.shown.copy()
        return {**frame.shown, frame.field: part}
