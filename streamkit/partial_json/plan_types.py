"""Plans made from the annotations of a type."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence
from enum import Enum
from functools import lru_cache, partial
from typing import Annotated, Any, Literal, NewType, Union, cast, get_args, get_origin, get_type_hints

import typing_extensions
from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, PlainValidator, RootModel, WrapValidator
from pydantic.fields import FieldInfo

from .._compat.private import dataclass_config, dataclass_fields, fields_validated_before, is_validated_before
from .partial_models import DataclassFactory, DictFactory, ModelFactory
from .plan import HIDDEN, Shape, TypePlan, Unchecked
from .shapes import ListShape, MapShape, RecordShape, UnionShape, WrappedShape

_SCALARS = frozenset({str, int, float, bool, types.NoneType})

_UNIONS = (Union, types.UnionType)

_LISTS = (list, tuple, Sequence, MutableSequence)

_MAPS = (dict, Mapping, MutableMapping)

_QUALIFIERS = (typing.Required, typing.NotRequired, typing.Final, typing_extensions.ReadOnly)
# Validators that may replace a value before its type is checked.
_REWRITING = (BeforeValidator, WrapValidator, PlainValidator)
# Settings of a model that decide which values its fields accept.
_OF_FIELDS = ("allow_inf_nan", "arbitrary_types_allowed", "coerce_numbers_to_str", "regex_engine", "strict")

_OF_TEXTS = ("str_max_length", "str_min_length", "str_strip_whitespace", "str_to_lower", "str_to_upper")

_SETTINGS = frozenset({*_OF_FIELDS, *_OF_TEXTS, "use_enum_values", "val_json_bytes", "val_temporal_unit"})


def plan_of(kind: Any, *, config: Mapping[str, Any] | None = None, fail_fast: bool = True) -> TypePlan:
    """Make the plan of a type.

    Args:
        kind: The type.
        config: Settings of the model that has a field of this type.
        fail_fast: True if a value that does not fit alone cannot fit in the complete value either.
    """
    base, notes = _without_notes(kind)
    enumerated = isinstance(cast("object", base), type) and issubclass(base, Enum)
    if (base is Any or base is object) and not notes:
        return ANYTHING
    origin = get_origin(base) or base
    members = [plan_of(each, config=config) for each in get_args(base)] if origin in _UNIONS else []
    of_members = frozenset[type]().union(*(each.exact_types for each in members))
    exact_types = frozenset({base}) if base in _SCALARS else of_members
    several = sum(not each.exact_types for each in members) > 1
    rewritten = _rewrites(origin) or any(isinstance(each, _REWRITING) for each in notes)
    return TypePlan(
        kind,
        config=config,
        exact_types=frozenset() if notes else exact_types,
        grows=base is str or any(each.grows for each in members),
        is_tag=origin is Literal or enumerated,
        fail_fast=fail_fast,
        parts_fail_fast=fail_fast and not several and not rewritten,
        make_shape=partial(_union_shape, members) if members else partial(_shape, base, origin),
    )


def _without_notes(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """Unwrap a type; return the plain type, and the annotations that may change or bound its values."""
    notes: tuple[Any, ...] = ()
    while True:
        origin = get_origin(kind)
        if origin is Annotated:
            notes = (*kind.__metadata__, *notes)
            kind = kind.__origin__
        elif origin in _QUALIFIERS:
            kind = get_args(kind)[0]
        elif isinstance(kind, typing_extensions.TypeAliasType):
            kind = kind.__value__
        elif isinstance(kind, NewType):
            kind = kind.__supertype__
        else:
            return types.NoneType if kind is None else kind, notes


def _union_shape(members: Sequence[TypePlan], array: bool) -> Shape:
    make_shape = [each.array_shape if array else each.object_shape for each in members]
    visible = [shape for shape in make_shape if shape is not HIDDEN]
    records = [shape for shape in visible if isinstance(shape, RecordShape)]
    if len(visible) == 1:
        return visible[0]
    return UnionShape(records) if records and len(records) == len(visible) else HIDDEN


def _shape(base: Any, origin: Any, array: bool) -> Shape:
    if not isinstance(origin, type) and not typing_extensions.is_typeddict(origin):
        return HIDDEN
    if isinstance(origin, type) and issubclass(origin, RootModel):
        return _root_shape(cast("type[RootModel[Any]]", origin), array)
    args: tuple[Any, ...] = get_args(base)
    if array:
        return _list_shape(origin, args) if origin in _LISTS else HIDDEN
    if origin in _MAPS:
        key, value = args or (str, Any)
        return MapShape(plan_of(key), plan_of(value))
    return _record_shape(cast("Any", origin))


def _list_shape(origin: Any, args: tuple[Any, ...]) -> Shape:
    elements = [plan_of(each) for each in args if each is not ...] or [ANYTHING]
    return ListShape(elements, cast("Any", tuple) if origin is tuple else None)


def _root_shape(model: type[RootModel[Any]], array: bool) -> Shape:
    root = _field_plan(model.model_fields["root"], {}, fail_fast=True)
    inner = root.array_shape if array else root.object_shape
    if inner is HIDDEN:
        return HIDDEN
    return WrappedShape(inner, ModelFactory(model).make_root)


@lru_cache(maxsize=512)
def _record_shape(kind: Any) -> Shape:
    if typing_extensions.is_typeddict(kind):
        return RecordShape(lambda: _hinted(kind), DictFactory())
    if issubclass(kind, BaseModel):
        extra = ANYTHING if kind.model_config.get("extra") == "allow" else None
        infos, config = kind.model_fields, kind.model_config
        return RecordShape(lambda: _described(kind, infos, config), ModelFactory(kind), extra=extra)
    if not dataclasses.is_dataclass(cast("object", kind)):
        return HIDDEN
    described = dataclass_fields(kind)
    if described is None:
        return RecordShape(lambda: _hinted(kind), DataclassFactory(kind))
    return RecordShape(lambda: _described(kind, described, dataclass_config(kind)), DataclassFactory(kind))


def _hinted(kind: Any) -> dict[str, tuple[str, TypePlan]]:
    """Return the fields of a class that only has annotations; none if these name local types."""
    try:
        hints = get_type_hints(kind, localns={kind.__name__: kind}, include_extras=True)
    except NameError:
        return {}
    return {name: (name, plan_of(each)) for name, each in hints.items()}


def _described(kind: Any, infos: Mapping[str, FieldInfo], config: Mapping[str, Any]) -> dict[str, tuple[str, TypePlan]]:
    """Return the fields of a class that pydantic describes, by all the names that they may have in JSON."""
    rewritten = set(fields_validated_before(kind))
    passed = {name: value for name, value in config.items() if name in _SETTINGS}
    by_name = config.get("populate_by_name") or config.get("validate_by_name")
    found: dict[str, tuple[str, TypePlan]] = {}
    for name, info in infos.items():
        plan = _field_plan(info, passed, fail_fast=rewritten.isdisjoint((name, "*")))
        for alias in (*_aliases(name, info), *([name] if by_name else [])):
            found[alias] = (name, plan)
    return found


def _field_plan(info: FieldInfo, config: Mapping[str, Any], *, fail_fast: bool) -> TypePlan:
    notes = [*info.metadata, *([Field(discriminator=info.discriminator)] if info.discriminator else [])]
    kind: Any = cast("Any", Annotated)[info.annotation, *notes] if notes else info.annotation
    return plan_of(kind, config=config, fail_fast=fail_fast)


def _aliases(name: str, info: FieldInfo) -> list[str]:
    alias = info.validation_alias
    if alias is None:
        return [name]
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return [each for each in choices if isinstance(each, str)]  # the value at a path is validated with the whole


def _rewrites(kind: Any) -> bool:
    """Whether a class may replace the JSON of an object before the fields are validated."""
    if is_validated_before(kind):
        return True
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return False
    own: Any = kind.__get_pydantic_core_schema__
    return getattr(own, "__func__", None) is not BaseModel.__get_pydantic_core_schema__.__func__


def _anything(array: bool) -> Shape:
    return ListShape([ANYTHING]) if array else MapShape(TypePlan(str, exact_types=frozenset({str})), ANYTHING)


ANYTHING: TypePlan = Unchecked(Any, grows=True, make_shape=_anything)

"""The plan of plain JSON of any type."""
