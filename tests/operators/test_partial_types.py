"""What ``partial`` shows of every kind of type while it is not whole."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, NewType, NotRequired, TypeVar, cast

import pydantic.dataclasses
import pytest
import reactivex as rx
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    PrivateAttr,
    RootModel,
    ValidationError,
    computed_field,
)
from pydantic import Field as Described
from typing_extensions import TypeAliasType, TypedDict

import streamkit as sk
from streamkit import operators as ops

T = TypeVar("T")


class Kind(enum.Enum):
    ICE = "ice"
    ROCK = "rock"


class Moon(BaseModel):
    name: str
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    x: int
    names: list[str] = field(default_factory=list[str])
    here: Spot | None = None


@pydantic.dataclasses.dataclass
class Tour:
    stops: list[Spot]
    title: str = Described(default="?", alias="called")


def shown(kind: Any, *fragments: Any) -> list[Any]:
    """What is shown of JSON that is cut off."""
    found: list[Any] = []
    operator: Any = cast("Any", ops.partial)(kind)
    rx.from_iterable(fragments).pipe(operator).subscribe(found.append, found.append)
    assert isinstance(found.pop(), sk.MalformedError)
    return found


def whole(kind: Any, text: str) -> Any:
    found: list[Any] = []
    operator: Any = cast("Any", ops.partial)(kind)
    rx.from_iterable(text).pipe(operator).subscribe(found.append)
    return found[-1]


def test_lists_of_models_at_the_top() -> None:
    assert (
        repr(shown(list[Moon], '[{"name": "Io"}, {"name": "Eu'))
        == "[[Moon(name='Io', kind=None), PartialMoon(name='Eu')]]"
    )
    assert whole(list[Moon], '[{"name": "Io"}]') == [Moon(name="Io")]


def test_scalars_at_the_top() -> None:
    assert shown(str, '"Eu', "ro") == ["Eu", "Euro"]
    assert (whole(int, "42"), whole(Literal["a", 1], '"a"'), whole(float | None, "null")) == (42, "a", None)
    assert whole(datetime.date, '"2031-04-14"') == datetime.date(2031, 4, 14)


def test_enums_dates_literals_and_numbers_are_shown_once_they_are_closed() -> None:
    class Mission(BaseModel):
        to: Kind
        on: datetime.date
        by: Literal["ESA", "NASA"]
        cost: Decimal
        back: bool

    text = '{"to": "ice", "on": "2031-04-14", "by": "ESA", "cost": 1.5, "back": true}'
    fields: dict[str, Any] = {
        "to": Kind.ICE,
        "on": datetime.date(2031, 4, 14),
        "by": "ESA",
        "cost": Decimal("1.5"),
        "back": True,
    }
    for end in range(len(text)):
        for each in shown(Mission, text[:end]):
            assert {name: getattr(each, name) for name in each.model_fields_set}.items() <= fields.items()
    assert whole(Mission, text) == Mission(**fields)


@pytest.mark.parametrize(
    "kind", [Sequence[str], tuple[str, ...], list[str] | None, Annotated[list[str], Described(min_length=3)]]
)
def test_arrays_of_any_name(kind: Any) -> None:
    assert [list(each) for each in shown(kind, '["Io", "Eu')] == [["Io", "Eu"]]


def test_arrays_with_a_type_for_each_position() -> None:
    assert shown(tuple[int, Moon, str], '[1, {"name": "Io"', '}, "a')[-1] == (1, Moon(name="Io"), "a")


def test_sets_and_named_tuples_are_shown_once_they_are_closed() -> None:
    class Spot(NamedTuple):
        x: int
        y: int

    class Map(BaseModel):
        names: set[str]
        spot: Spot

    (first, last) = shown(Map, '{"names": ["Io"', '], "spot": [1, 2], "')
    assert (first.names, last.names, last.spot) == (None, {"Io"}, Spot(1, 2))


def test_mappings_with_keys_of_any_type() -> None:
    assert shown(dict[int, list[Moon]], '{"7": [{"name": "Io"')[-1][7][0].name == "Io"
    assert shown(Mapping[Kind, str], '{"ice": "Eu') == [{Kind.ICE: "Eu"}]
    assert shown(dict[str, Any], '{"a": {"b": [1, "c') == [{"a": {"b": [1, "c"]}}]
    assert shown(dict, '{"a": {"b": [1, "c') == [{"a": {"b": [1, "c"]}}]


def test_dataclasses_of_both_makes() -> None:
    (first, *_) = shown(list[Spot], '[{"x": 1, "names": ["Io"')
    assert (first[0].x, first[0].names, first[0].here, isinstance(first[0], Spot)) == (1, ["Io"], None, False)
    (tour,) = shown(Tour, '{"stops": [{"x": 1}], "called": "Eu')
    assert (tour.stops, tour.title, type(tour).__name__) == ([Spot(1)], "Eu", "PartialTour")
    assert whole(Tour, '{"stops": []}') == Tour(stops=[])


def test_typed_dicts_have_only_what_has_come() -> None:
    class Spot(TypedDict):
        x: int
        name: NotRequired[str]
        moon: Moon

    assert shown(Spot, '{"x": 1, "name": "Eu') == [{"x": 1, "name": "Eu"}]
    assert repr(shown(Spot, '{"moon": {"name": "Eu')) == "[{'moon': PartialMoon(name='Eu')}]"


def test_aliases_and_extra_members() -> None:
    class Aliased(BaseModel):
        model_config = ConfigDict(populate_by_name=True, extra="allow")

        name: str = Described(alias="moonName")
        size: int = Described(0, validation_alias=AliasChoices("radius", "r", AliasPath("deep", 0)))

    (first, *_, last) = shown(Aliased, '{"moonName": "Io", "r": 5', ', "more": {"a": "b', "c")
    assert (first.name, last.size, last.more) == ("Io", 5, {"a": "bc"})
    assert last.model_dump(by_alias=True)["moonName"] == "Io"
    assert shown(Aliased, '{"name": "Eu')[-1].name == "Eu"
    assert whole(Aliased, '{"name": "Io", "deep": [3]}').size == 3


def test_members_that_are_no_fields_change_nothing() -> None:
    assert [each.name for each in shown(Moon, '{"more": [', '{"name": "x"', "}]", ', "name": "Io')] == [None, "Io"]


class Rock(BaseModel):
    type: Literal["rock"]
    mass: int


class Ice(BaseModel):
    type: Literal["ice"]
    depth: int


class Gas(BaseModel):
    parts: list[str]
    mass: int


def names(found: list[Any]) -> list[str]:
    return [type(each).__name__ for each in found]


def test_a_union_is_shown_once_it_is_plain_what_it_is() -> None:
    tagged = Annotated[Rock | Ice, Described(discriminator="type")]
    for kind in (Rock | Ice, tagged, Rock | Ice | int | None):
        assert names(shown(kind, '{"type": "i', 'ce"', ', "depth": 3, "')) == ["PartialIce", "PartialIce"]
        assert whole(kind, '{"type": "rock", "mass": 3}') == Rock(type="rock", mass=3)
    assert names(shown(Rock | Ice | Gas, '{"mass": 3', ', "parts": ["a')) == ["PartialGas"]
    assert (
        repr(shown(list[Rock | Gas], '[{"mass": 3', ', "type": "rock"')) == "[[], [PartialRock(type='rock', mass=3)]]"
    )
    assert shown(Rock | Ice, '{"type": "gas", "mass": 3') == []


def test_a_union_of_things_that_differ_in_kind() -> None:
    assert shown(list[Moon | str | list[int]], '["Eu', 'ropa", [1, 2], {"name": "Io')[-1][:2] == ["Europa", [1, 2]]
    assert shown(dict[str, str] | Rock, '{"a": "b"') == []  # both are objects, and one of them may be anything


Tree = TypeAliasType("Tree", "list[Tree | str]")


def test_recursive_types() -> None:
    class Node(BaseModel):
        name: str
        parts: list[Node] = []

    assert shown(Node, '{"name": "a", "parts": [{"name": "b", "parts": [{"name": "c')[-1].parts[0].parts[0].name == "c"
    assert whole(list[Tree], '[[["a"]]]') == [[["a"]]]


Name = NewType("Name", str)
Names = TypeAliasType("Names", list[Annotated[Name, Described(min_length=9)]])


def test_types_by_another_name() -> None:
    assert shown(Names, '["Io", "Eu') == [["Io", "Eu"]]


def test_generic_and_root_models() -> None:
    class Box(BaseModel, Generic[T]):
        inside: T

    class Moons(RootModel[list[Moon]]):
        pass

    (box,) = shown(Box[Moon], '{"inside": {"name": "Eu')
    assert box.inside.name == "Eu"
    (moons,) = shown(Moons, '[{"name": "Eu')
    assert (type(moons).__name__, moons.root[0].name) == ("PartialMoons", "Eu")
    assert whole(Moons, '[{"name": "Io"}]') == Moons([Moon(name="Io")])


def test_defaults_are_made_once_an_object_and_those_made_of_other_fields_wait() -> None:
    count = itertools.count()

    class Numbered(BaseModel):
        number: int = Described(default_factory=lambda: next(count))
        twice: int = Described(default_factory=lambda values: values["number"] * 2)
        tags: list[str] = ["new"]
        name: str
        _seen: list[int] = PrivateAttr(default_factory=list[int])

        @computed_field
        @property
        def loud(self) -> str:
            return self.name.upper()

    found = shown(Numbered, '{"name', '": "a', "b", "c")
    assert [(each.number, each.twice, each.tags, each._seen) for each in found] == [(0, None, ["new"], [])] * len(found)
    assert found[-1].loud == "ABC"
    assert repr(shown(Numbered, '{"tags": ["')[-1]) == "PartialNumbered(tags=[])"  # computes nothing of what is missing


def test_settings_of_a_model_hold_for_its_fields() -> None:
    class Strict(BaseModel):
        model_config = ConfigDict(strict=True, use_enum_values=True)

        kind: Kind
        size: int | None = None

    (first, *_) = shown(Strict, '{"kind": "ice", "size": "3", "')
    assert (first.kind, first.size) == ("ice", None)


def test_validators_that_see_the_value_first_are_waited_for() -> None:
    class Loose(BaseModel):
        pages: int

        @pydantic.field_validator("pages", mode="before")
        @classmethod
        def number(cls, text: str) -> str:
            return text.removesuffix(" pages")

    (first,) = shown(Loose, '{"pages": "3 pages", "')
    assert first.pages is None
    assert whole(Loose, '{"pages": "3 pages"}').pages == 3


def test_the_class_of_what_is_not_whole_is_made_once() -> None:
    once, twice = [cast("type[Moon]", type(shown(Moon, '{"name": "Io')[0])) for _ in range(2)]
    assert once is twice
    assert (once.__name__, once.__module__, issubclass(once, Moon)) == ("PartialMoon", __name__, False)


@pytest.mark.parametrize("kind", [Callable[[int], int], type[int]])
def test_a_type_that_no_json_makes_is_an_error_and_no_crash(kind: Any) -> None:
    found: list[Any] = []
    try:
        operator: Any = cast("Any", ops.partial)(kind)
        rx.of('{"a": 1}').pipe(operator).subscribe(found.append, found.append)
    except sk.ConfigurationError as error:
        found.append(error)
    assert isinstance(found[-1], sk.StreamError)


class Orbit(BaseModel):
    kind: ClassVar[str] = "orbit"

    model_config = ConfigDict(extra="allow", frozen=True)

    moon: str
    days: float

    @property
    def label(self) -> str:
        return f"{self.moon}: {self.days}"

    def around(self, planet: str) -> str:
        return f"{self.moon} around {planet}"

    @classmethod
    def name_of_class(cls) -> str:
        return cls.__name__

    @computed_field
    @property
    def hours(self) -> float:
        return self.days * 24  # fails without days, which a dump must not notice


def test_an_incomplete_object_is_no_instance_of_its_model_and_has_what_the_model_has() -> None:
    (orbit,) = shown(Orbit, '{"moon": "Io", "new": 1, "')
    assert (isinstance(orbit, sk.Partial), isinstance(orbit, Orbit)) == (True, False)
    assert (orbit.label, orbit.around("Jupiter"), orbit.kind) == ("Io: None", "Io around Jupiter", "orbit")
    assert (orbit.name_of_class(), orbit.new) == ("PartialOrbit", 1)
    assert orbit.model_dump() == {"moon": "Io", "days": None, "new": 1}
    with pytest.raises(AttributeError, match="'PartialOrbit' object has no attribute 'year'"):
        _ = orbit.year


def test_an_incomplete_dataclass_has_the_methods_of_its_class_and_never_changes() -> None:
    @dataclass
    class Turn:
        by: int
        back: bool = False

        def twice(self) -> int:
            return self.by * 2

    (turn,) = shown(Turn, '{"by": 4, "')
    assert (isinstance(turn, sk.Partial), isinstance(turn, Turn)) == (True, False)
    assert (turn.twice(), dataclasses.asdict(turn)) == (8, {"by": 4, "back": False})
    with pytest.raises(dataclasses.FrozenInstanceError):
        turn.by = 5


def test_pydantic_refuses_an_incomplete_object_as_its_model() -> None:
    (moon,) = shown(Moon, '{"name": "Eu')

    class System(BaseModel):
        moons: list[Moon]

    with pytest.raises(ValidationError):
        System.model_validate({"moons": [moon]})
