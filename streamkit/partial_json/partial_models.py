"""Factories of partial objects, whose classes have the fields of a model or a dataclass, each of any value."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, cast

from pydantic import BaseModel, Field, RootModel, create_model
from pydantic.fields import FieldInfo, ModelPrivateAttr
from pydantic_core import PydanticUndefined

from .._compat.private import dataclass_fields, slot_setters
from .partial import Partial
from .plan import MISSING, ShapedFrame

_set = object.__setattr__

_new = object.__new__
# The slots of a model are set without looking them up each time, since this runs for every fragment.
_set_fields_set, _set_extra, _set_private = slot_setters(BaseModel)


class _PartialModel:
    """The part of partial models that is not pydantic's: ``repr`` shows the fields that have arrived."""

    def __getattr__(self, name: str) -> Any:
        try:
            return cast("Any", BaseModel).__getattr__(self, name)  # private attributes and extra members
        except AttributeError:
            return Partial.__getattr__(cast("Partial", self), name)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        model = cast("BaseModel", self)
        values = {**model.__dict__, **(model.__pydantic_extra__ or {})}
        fields_set = {*model.__pydantic_fields_set__, *(model.__pydantic_extra__ or ())}
        return [(name, value) for name, value in values.items() if name in fields_set]


class _Defaults:
    """The values of the fields before any field has arrived: their defaults, where these can be known, or None."""

    def __init__(self, infos: Mapping[str, FieldInfo]) -> None:
        self._constant: dict[str, Any] = {}
        self._fresh: dict[str, FieldInfo] = {}
        for name, field in infos.items():
            self._constant[name] = None if field.default is PydanticUndefined else field.default
            made_of_others = field.default_factory_takes_validated_data
            if not made_of_others and (field.default_factory or field.default.__hash__ is None):
                self._fresh[name] = field

    def defaults(self) -> dict[str, Any]:
        """Return the values of the fields before any field has arrived."""
        values = self._constant.copy()
        for name, field in self._fresh.items():
            values[name] = field.get_default(call_default_factory=True)
        return values


class ModelFactory(_Defaults):
    """Makes instances of a class with the fields and the settings of a model, without validation.

    The fields of the class accept any value, so that a partial object can be dumped.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        super().__init__(model.model_fields)
        loose: dict[str, Any] = {name: (Any, _loose(field)) for name, field in model.model_fields.items()}
        base: type[BaseModel] = RootModel if issubclass(model, RootModel) else BaseModel
        self._class: type[BaseModel] = create_model(
            f"Partial{model.__name__}",
            __base__=cast("tuple[type[BaseModel], ...]", (_PartialModel, base, Partial)),
            __cls_kwargs__=dict(model.model_config),
            __doc__=model.__doc__,
            __module__=model.__module__,
            **loose,
        )
        self._class.__private_attributes__ = self._private = model.__private_attributes__
        cast("Any", self._class).__partial_of__ = model

    def make(self, frame: ShapedFrame, part: Any) -> Any:
        """Make a partial object from the closed fields, and ``part`` as the value of the current field."""
        made = _new(self._class)
        values = cast("dict[str, Any]", made.__dict__)
        fields_set, growing, extra = frame.fields_set.copy(), frame.extra, None
        values.update(frame.shown)
        if part is not MISSING and frame.field is not None:
            values[frame.field] = part
            fields_set.add(frame.field)
        if growing is not None:
            extra = growing.show(None if part is MISSING or frame.field else (frame.name or "", part))
        _set_fields_set(made, fields_set)
        _set_extra(made, extra)
        _set_private(made, _private(self._private) if self._private else None)
        return made

    def make_root(self, root: Any) -> Any:
        """Make an instance of a root model."""
        made = _new(self._class)
        _set(made, "__dict__", {"root": root})
        _set_fields_set(made, {"root"})
        _set_extra(made, None)
        _set_private(made, None)
        return made


def _private(attributes: Mapping[str, ModelPrivateAttr]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, each in attributes.items():
        made_of_others = getattr(each, "default_factory_takes_validated_data", False)  # only in newer versions
        if each.default_factory is not None and not made_of_others:
            values[name] = cast("Callable[[], Any]", each.default_factory)()
        elif each.default is not PydanticUndefined:
            values[name] = deepcopy(each.default)
    return values


def _loose(field: FieldInfo) -> Any:
    alias, serialized = field.alias, field.serialization_alias
    return Field(default=None, alias=alias, serialization_alias=serialized, exclude=field.exclude, repr=field.repr)


class DataclassFactory(_Defaults):
    """Makes instances of a class with the fields of a dataclass, without calling any code of the dataclass."""

    def __init__(self, kind: type) -> None:
        super().__init__(
            dataclass_fields(kind) or {field.name: _info(field) for field in dataclasses.fields(cast("Any", kind))}
        )
        members: dict[str, Any] = {"__module__": kind.__module__, "__doc__": kind.__doc__, "__partial_of__": kind}
        loose = [(name, Any, dataclasses.field(default=None)) for name in self._constant]
        self._class: Any = dataclasses.make_dataclass(
            f"Partial{kind.__name__}", loose, bases=(Partial,), namespace=members, frozen=True
        )

    def make(self, frame: ShapedFrame, part: Any) -> Any:
        """Make a partial object from the closed fields, and ``part`` as the value of the current field."""
        made = _new(self._class)
        for name, value in frame.shown.items():
            _set(made, name, value)
        if frame.field is not None and part is not MISSING:
            _set(made, frame.field, part)
        return made


def _info(field: dataclasses.Field[Any]) -> FieldInfo:
    if field.default_factory is not dataclasses.MISSING:
        return FieldInfo(default_factory=field.default_factory)
    return FieldInfo(default=None if field.default is dataclasses.MISSING else field.default)


class DictFactory:
    """Makes dicts that have only the members that have arrived."""

    def defaults(self) -> dict[str, Any]:
        """Return an empty dict."""
        return {}

    def make(self, frame: ShapedFrame, part: Any) -> Any:
        """Make a dict of the closed members, and ``part`` as the value of the current member."""
        if part is MISSING or frame.field is None:
            return frame.shown.copy()
        return {**frame.shown, frame.field: part}
