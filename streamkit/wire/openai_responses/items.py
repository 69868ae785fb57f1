"""The items of a Responses answer: what each has brought so far, and what an event adds to that.

A text comes in deltas and then once more as a whole, up to four times: whatever a server leaves out of
the deltas is taken from the first whole that comes. Where events are missing, deltas wait for the whole.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

from ...chunk import Image
from ..lenient_json import as_count, as_dict, as_list, as_text
from .calls import Call
from .item import TEXTS, Item
from .texts import Fields, Name, Part

_Place: TypeAlias = "int | str"

# The texts where they stand as a whole in their item.
_WHOLE = {
    "output_text": "response.output_text",
    "refusal": "response.refusal",
    "reasoning_text": "response.reasoning_text",
    "summary_text": "response.reasoning_summary_text",
}

_BEHIND = "a text that was missing comes behind one that follows it"

_CALLS = ("function_call", "custom_tool_call")


class Items:
    """What the items of one answer have brought.

    Args:
        note: Leaves a note for the log.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self.late = False
        """The event that is being read has come too late, or a second time."""
        self.held = 0
        """How many characters have been held."""
        self._gap = False
        self._note = note
        self._items: dict[_Place, Item] = {}
        self._trusted: list[Item] = []
        self._places: dict[str, _Place] = {}
        self._blocks = 0
        self._calls = 0

    def lose(self) -> None:
        """Learn that events are missing: of any item that has begun and not ended."""
        self._gap = True
        for item in self._trusted:
            item.doubted = not item.ended
        self._trusted.clear()

    def trust(self) -> list[Fields]:
        """Learn that the numbers of the events mean nothing, and emit what was held."""
        fields = self.release()
        self._gap = False
        for item in self._items.values():
            item.doubted = False
        return fields  # no gap is looked for any more

    def cut(self, *, completed: bool) -> bool:
        """Whether something of an item is missing, or may be.

        Args:
            completed: The provider says that the answer is complete, so that its calls are.
        """
        items = self._items.values()
        calls = [item.call for item in items if completed and item.call is not None]
        return not all(item.proven for item in items) or not all(call.over for call in calls)

    def release(self) -> list[Fields]:
        """Emit what was held."""
        items = self._items.values()
        calls = [item.call for item in items if item.call is not None]
        last = max(calls, key=lambda call: call.number, default=None)
        return [fields for item in items for fields in item.release(last=item.call is last)]

    def text(self, stem: str, event: Fields) -> tuple[Part, Fields]:
        """Take a delta of a text."""
        item, piece = self._item(_place(event)), as_text(event.get("delta"))
        part = self._part(item, stem, event)
        if self._orderly(item):
            if part.whole:  # what has come as a whole goes not on: the server gives another text the same number
                part = item.of(stem).add(("delta", part.at), self._block())
            part.pieces.append(piece)
            return part, {"block": part.block, part.into: piece}
        if not part.whole and not item.ended:
            part.held.append(piece)
            self.held += len(piece)
        return part, {}

    def whole_text(self, stem: str, event: Fields) -> list[Fields]:
        """Take a text as a whole, and emit what its deltas left out."""
        text = as_text(event.get("refusal" if stem == "response.refusal" else "text"))
        named: Name = "text", as_count(event, TEXTS[stem][1]) or 0
        return self._whole(self._item(_place(event)), stem, named, text)[1]

    def whole_part(self, event: Fields) -> list[Fields]:
        """Take a part of a message as a whole."""
        item, given = self._item(_place(event)), as_dict(event.get("part"))
        return self._inner(item, ("part", as_count(event, "content_index") or 0), given)

    def citation(self, event: Fields) -> Fields:
        """Take one source of a text."""
        item, annotation = self._item(_place(event)), event.get("annotation")
        part = self._part(item, "response.output_text", event)
        if self._orderly(item):
            part.sources += 1
            return {"block": part.block, "citations": (annotation,) if annotation else ()}
        if annotation and not item.ended:
            part.held_sources.append(annotation)
        return {}

    def arguments(self, event: Fields, *, custom: bool) -> tuple[Call, Fields]:
        """Take a delta of a call's arguments."""
        item, piece = self._item(_place(event)), as_text(event.get("delta"))
        call = self._call(item, custom=custom)
        if self._orderly(item):
            if call.closed:
                raise ValueError(f"tool call {call.number} goes on after its end")
            return call, call.piece(piece)
        if not call.whole and not item.ended:
            call.held.append(piece)
            self.held += len(piece)
        return call, {}

    def whole_arguments(self, event: Fields, *, custom: bool) -> list[Fields]:
        """Take a call's arguments as a whole; none at all may be those of a call that was cut before them."""
        item, text = self._item(_place(event)), as_text(event.get("input" if custom else "arguments"))
        call = self._call(item, custom=custom)
        return call.end(text, doubted=item.doubted) if text else []

    def begin(self, event: Fields) -> list[Fields]:
        """Take the beginning of an item."""
        given, place = as_dict(event.get("item")), _place(event)
        item = self._item(place, begins=True)
        self._identify(place, item, given)
        if item.kind not in _CALLS:
            return []
        return [self._call(item, custom=item.kind == "custom_tool_call").name(given)]

    def end(self, event: Fields) -> list[Fields]:
        """Take a whole item, and emit what was left out before."""
        return self._end(_place(event), as_dict(event.get("item")))

    def output(self, items: list[Any]) -> list[Fields]:
        """Take the whole answer at its end, as far as nothing of it has come before or something may be missing."""
        unheard = self._gap or not self._items
        whole = list(map(as_dict, items))
        places = [self._places.get(as_text(given.get("id")), at) for at, given in enumerate(whole)]
        emitted = [self._items[place].emitted if place in self._items else set[str]() for place in places]
        found: list[Fields] = []
        for at, place in enumerate(places):
            item = self._items.get(place)
            if unheard if item is None else not item.over:
                new = self._end(place, whole[at])
                _check_order(new, emitted[at + 1 :])
                found += new
        return found

    def _end(self, place: _Place, given: Fields) -> list[Fields]:
        item = self._item(place)
        if self.late and item.ended:
            return []
        self._identify(place, item, given)
        item.ended = True
        if item.kind in _CALLS:
            return self._end_call(item, given)
        if item.kind == "image_generation_call":
            return self._image(given)
        found: list[Fields] = []
        for name in ("summary", "content") if item.kind in ("message", "reasoning") else ():
            inner = [as_dict(each) for each in as_list(given.get(name))]
            counts = Counter(as_text(each.get("type")) for each in inner)
            for at, each in enumerate(inner):
                found += self._inner(item, ("item", at), each, counts[as_text(each.get("type"))])
        if item.kind == "reasoning" and (secret := as_text(given.get("encrypted_content"))):
            found.append({"redacted_thinking": secret})
        return found

    def _end_call(self, item: Item, given: Fields) -> list[Fields]:
        call = self._call(item, custom=item.kind == "custom_tool_call")
        text = as_text(given.get("input" if call.custom else "arguments"))
        named = [] if call.named else [call.name(given)]
        if given.get("status") == "incomplete":
            return named + call.cut(text)
        if item.doubted and not text and (call.pieces or call.held):
            return named
        return named + call.end(text, doubted=item.doubted)

    def _inner(self, item: Item, named: Name, given: Fields, count: int = 0) -> list[Fields]:
        """Take a text that stands in its item."""
        stem = _WHOLE.get(as_text(given.get("type")))
        if stem is None or item.repeats(stem):
            return []
        text = as_text(given.get("refusal" if stem == "response.refusal" else "text"))
        part, found = self._whole(item, stem, named, text, count=count)
        sources = as_list(given.get("annotations"))[part.sources :]
        if len(as_list(given.get("annotations"))) >= part.sources > 0 or sources:
            part.held_sources.clear()
        if sources:
            part.sources += len(sources)
            found.append({"block": part.block, "citations": tuple(sources)})
        return found

    def _whole(self, item: Item, stem: str, named: Name, text: str, *, count: int = 0) -> tuple[Part, list[Fields]]:
        texts = item.of(stem)
        part = texts.whole(named, text, count=count) or texts.add(named, self._block())
        if part.whole or (item.doubted and not text and (part.pieces or part.held)):
            return part, []
        rest = part.rest(text)
        if rest is None:
            if item.doubted:
                raise ValueError("a text does not begin with its deltas, of which some are missing")
            self._note("text_differs")
        elif rest and item.doubted and named[0] == "item" and texts.follows:
            raise ValueError(_BEHIND)
        part.close(text)
        return part, [{"block": part.block, part.into: rest}] if rest else []

    def _item(self, place: _Place, *, begins: bool = False) -> Item:
        item = self._items.get(place)
        if item is None:
            item = self._items[place] = Item(doubted=self._gap and not begins)
            self._trusted += [] if item.doubted else [item]
        if self.late and not item.ended:
            item.doubted = True
        return item

    def _orderly(self, item: Item) -> bool:
        """Whether what a delta brings may be emitted at once."""
        return not (item.doubted or self.late or (item.ended and self._gap))

    def _identify(self, place: _Place, item: Item, given: Fields) -> None:
        item.kind = as_text(given.get("type")) or item.kind
        if identity := as_text(given.get("id")):
            self._places[identity] = place

    def _part(self, item: Item, stem: str, event: Fields) -> Part:
        """Return the text that an event of that number is about."""
        at, texts = as_count(event, TEXTS[stem][1]) or 0, item.of(stem)
        return texts.delta(at) or texts.add(("delta", at), self._block())

    def _call(self, item: Item, *, custom: bool) -> Call:
        if item.call is None:
            item.call = Call(self._block(), "tool_calls", number=self._calls, custom=custom)
            self._calls += 1
        return item.call

    def _block(self) -> int:
        self._blocks += 1
        return self._blocks - 1

    def _image(self, given: Fields) -> list[Fields]:
        data = as_text(given.get("result"))
        try:
            image = base64.b64decode(data, validate=True)
        except ValueError:
            self._note("image_not_base64")
            return []
        return [{"images": (Image(image, f"image/{as_text(given.get('output_format')) or 'png'}"),)}] if data else []


def _check_order(new: list[Fields], later: list[set[str]]) -> None:
    """Raise if one of these texts stands before one that has been emitted."""
    if any(fields.get(into) for fields in new for into in set[str]().union(*later)):
        raise ValueError(_BEHIND)


def _place(event: Fields) -> _Place:
    """Which item an event is about: some gateways change the id from event to event, but not the index."""
    index = as_count(event, "output_index")
    return as_text(event.get("item_id")) if index is None else index
