"""Items of a Responses answer: their state, and the chunks' fields that an event adds.

A text arrives in deltas and then, up to four times, as a complete text. Whatever the deltas leave out is taken from the
first complete text. Where events are missing, deltas are buffered until the complete text.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

from ...chunk import Image
from ..lenient_json import as_dict, as_list, as_text, count_of
from .item import TEXTS, Call, Fields, Item, Name, Part
from .kinds import arguments_of, is_client_call, is_server_call

_ItemKey: TypeAlias = "int | str"

# By type of a text in its item: the prefix of its events.
_BY_TYPE = {
    "output_text": "response.output_text",
    "refusal": "response.refusal",
    "reasoning_text": "response.reasoning_text",
    "summary_text": "response.reasoning_summary_text",
}

_OUT_OF_ORDER = "a text that was missing comes behind one that follows it"

_CALLS = ("function_call", "custom_tool_call")


class Items:
    """The items of one answer."""

    def __init__(self, note: Callable[[str], None], *, api: str | None = None) -> None:
        self.late = False
        """True if the current event is too late or repeated."""
        self.buffered = 0
        """The number of characters that were buffered."""
        self._gap = False
        self._note = note
        self._api = api
        self._items: dict[_ItemKey, Item] = {}
        self._without_gap: list[Item] = []
        self._keys: dict[str, _ItemKey] = {}
        self._blocks = 0
        self._calls = 0

    def note_gap(self) -> None:
        """Note that events are missing, which may belong to any item that has begun and not ended."""
        self._gap = True
        for item in self._without_gap:
            item.has_gap = not item.ended
        self._without_gap.clear()

    def ignore_numbers(self) -> list[Fields]:
        """Ignore the numbers of the events from now on, and emit the buffered deltas."""
        fields = self.flush()
        self._gap = False
        for item in self._items.values():
            item.has_gap = False
        return fields

    def is_incomplete(self, *, completed: bool) -> bool:
        """Whether a part of an item is missing, or may be missing.

        Args:
            completed: True if the provider has marked the answer as complete, and so its tool calls.
        """
        items = self._items.values()
        calls = [item.call for item in items if completed and item.call is not None]
        return not all(item.nothing_missing for item in items) or not all(call.settled for call in calls)

    def flush(self) -> list[Fields]:
        """Emit the buffered deltas."""
        items = self._items.values()
        calls = [item.call for item in items if item.call is not None]
        last = max(calls, key=lambda call: call.number, default=None)
        return [fields for item in items for fields in item.flush(last=item.call is last)]

    def text(self, stem: str, event: Fields) -> tuple[Part, Fields]:
        """Read a delta of a text."""
        item, delta = self._item(_key_of(event)), as_text(event.get("delta"))
        part = self._part(item, stem, event)
        if self._in_order(item):
            if part.complete:  # a complete text does not go on: the server gives a new text the same number
                number = count_of(event.get(TEXTS[stem][1])) or 0
                part = item.texts_of(stem).add(("delta", number), self._block())
            part.emitted.append(delta)
            return part, {"block": part.block, part.field_name: delta}
        if not part.complete and not item.ended:
            part.buffered.append(delta)
            self.buffered += len(delta)
        return part, {}

    def complete_text(self, stem: str, event: Fields) -> list[Fields]:
        """Read a complete text, and emit what the deltas left out."""
        text = as_text(event.get("refusal" if stem == "response.refusal" else "text"))
        named: Name = "text", count_of(event.get(TEXTS[stem][1])) or 0
        return self._finish_text(self._item(_key_of(event)), stem, named, text)[1]

    def complete_part(self, event: Fields) -> list[Fields]:
        """Read a complete part of a message."""
        item, given = self._item(_key_of(event)), as_dict(event.get("part"))
        return self._inner(item, ("part", count_of(event.get("content_index")) or 0), given)

    def citation(self, event: Fields) -> Fields:
        """Read one citation of a text."""
        item, annotation = self._item(_key_of(event)), event.get("annotation")
        part = self._part(item, "response.output_text", event)
        if self._in_order(item):
            part.sources += 1
            return {"block": part.block, "citations": (annotation,) if annotation else ()}
        if annotation and not item.ended:
            part.buffered_sources.append(annotation)
        return {}

    def arguments(self, event: Fields, *, custom: bool) -> tuple[Call, Fields]:
        """Read a delta of a call's arguments."""
        item, delta = self._item(_key_of(event)), as_text(event.get("delta"))
        call = self._call(item, custom=custom)
        if self._in_order(item):
            if call.closed:
                raise ValueError(f"tool call {call.number} goes on after its end")
            return call, call.delta(delta)
        if not call.complete and not item.ended:
            call.buffered.append(delta)
            self.buffered += len(delta)
        return call, {}

    def complete_arguments(self, event: Fields, *, custom: bool) -> list[Fields]:
        """Read a call's complete arguments; empty ones are ignored, since the call may be cut before them."""
        item, text = self._item(_key_of(event)), as_text(event.get("input" if custom else "arguments"))
        call = self._call(item, custom=custom)
        return call.end(text, has_gap=item.has_gap) if text else []

    def begin_item(self, event: Fields) -> list[Fields]:
        """Read the start of an item."""
        given, key = as_dict(event.get("item")), _key_of(event)
        item = self._item(key, begins=True)
        self._identify(key, item, given)
        if item.kind not in _CALLS or item.server_side:
            return []
        return [self._call(item, custom=item.kind == "custom_tool_call").name(given)]

    def is_server_side(self, event: Fields) -> bool:
        """Whether an event is about a call that the server answers."""
        item = self._items.get(_key_of(event))
        return item is not None and item.server_side

    def end_item(self, event: Fields) -> list[Fields]:
        """Read a complete item, and emit what was left out before."""
        return self._end_item(_key_of(event), as_dict(event.get("item")))

    def output(self, items: list[Any]) -> list[Fields]:
        """Read the items of the last event, as far as they are new or a part of them may be missing."""
        may_be_missing = self._gap or not self._items
        given_items = list(map(as_dict, items))
        keys = [self._keys.get(as_text(given.get("id")), at) for at, given in enumerate(given_items)]
        emitted_fields = [self._items[key].emitted_fields if key in self._items else set[str]() for key in keys]
        found: list[Fields] = []
        for at, key in enumerate(keys):
            item = self._items.get(key)
            if may_be_missing if item is None else not item.settled:
                new = self._end_item(key, given_items[at])
                _check_order(new, emitted_fields[at + 1 :])
                found += new
        return found

    def _end_item(self, key: _ItemKey, given: Fields) -> list[Fields]:
        item = self._item(key)
        if self.late and item.ended:
            return []
        self._identify(key, item, given)
        item.ended = True
        if item.server_side:
            return []
        if item.kind in _CALLS:
            return self._end_call(item, given)
        if is_client_call(given):
            return self._client_call(item, given)
        if item.kind == "image_generation_call":
            return self._image(given)
        found: list[Fields] = []
        for name in ("summary", "content") if item.kind in ("message", "reasoning") else ():
            inner = [as_dict(each) for each in as_list(given.get(name))]
            kinds = [as_text(each.get("type")) for each in inner]
            counts = Counter(kinds) if len(kinds) > 1 else dict.fromkeys(kinds, 1)
            for at, each in enumerate(inner):
                found += self._inner(item, ("item", at), each, counts[kinds[at]])
        if item.kind == "reasoning" and (encrypted := as_text(given.get("encrypted_content"))):
            found.append({"redacted_thinking": encrypted})
        return found

    def _end_call(self, item: Item, given: Fields) -> list[Fields]:
        call = self._call(item, custom=item.kind == "custom_tool_call")
        text = as_text(given.get("input" if call.custom else "arguments"))
        named = [] if call.named else [call.name(given)]
        if given.get("status") == "incomplete":
            return named + call.end_cut(text)
        if item.has_gap and not text and (call.emitted or call.buffered):
            return named
        return named + call.end(text, has_gap=item.has_gap)

    def _client_call(self, item: Item, given: Fields) -> list[Fields]:
        """Read a call that the client answers in another way than a function; only the whole item has it."""
        if given.get("status") == "incomplete":
            return []
        call = self._call(item, custom=False)
        call.kind = item.kind
        named = [] if call.named else [call.name(given)]
        return named + call.end(arguments_of(given), has_gap=False)

    def _inner(self, item: Item, named: Name, given: Fields, count: int = 0) -> list[Fields]:
        """Read a complete text of an item."""
        stem = _BY_TYPE.get(as_text(given.get("type")))
        if stem is None or item.is_repeated(stem):
            return []
        text = as_text(given.get("refusal" if stem == "response.refusal" else "text"))
        part, found = self._finish_text(item, stem, named, text, count=count)
        sources = as_list(given.get("annotations"))[part.sources :]
        if len(as_list(given.get("annotations"))) >= part.sources > 0 or sources:
            part.buffered_sources.clear()
        if sources:
            part.sources += len(sources)
            found.append({"block": part.block, "citations": tuple(sources)})
        return found

    def _finish_text(
        self, item: Item, stem: str, named: Name, text: str, *, count: int = 0
    ) -> tuple[Part, list[Fields]]:
        texts = item.texts_of(stem)
        part = texts.match_complete(named, text, count=count) or texts.add(named, self._block())
        if part.complete or (item.has_gap and not text and (part.emitted or part.buffered)):
            return part, []
        rest = part.rest(text)
        if rest is None:
            if item.has_gap:
                raise ValueError("a text does not begin with its deltas, of which some are missing")
            self._note("text_differs")
        elif rest and item.has_gap and named[0] == "item" and texts.later_emitted:
            raise ValueError(_OUT_OF_ORDER)
        part.mark_complete(text)
        return part, [{"block": part.block, part.field_name: rest}] if rest else []

    def _item(self, key: _ItemKey, *, begins: bool = False) -> Item:
        item = self._items.get(key)
        if item is None:
            item = self._items[key] = Item(has_gap=self._gap and not begins)
            self._without_gap += [] if item.has_gap else [item]
        if self.late and not item.ended:
            item.has_gap = True
        return item

    def _in_order(self, item: Item) -> bool:
        """Whether a delta can be emitted at once."""
        return not (item.has_gap or self.late or (item.ended and self._gap))

    def _identify(self, key: _ItemKey, item: Item, given: Fields) -> None:
        item.kind = as_text(given.get("type")) or item.kind
        item.server_side = item.server_side or is_server_call(given, api=self._api)
        if identity := as_text(given.get("id")):
            self._keys[identity] = key

    def _part(self, item: Item, stem: str, event: Fields) -> Part:
        """Return the text that an event belongs to."""
        at, texts = count_of(event.get(TEXTS[stem][1])) or 0, item.texts_of(stem)
        return texts.delta(at) or texts.add(("delta", at), self._block())

    def _call(self, item: Item, *, custom: bool) -> Call:
        if item.call is None:
            kind = "custom_tool_call" if custom else "function"
            item.call = Call(self._block(), "tool_calls", number=self._calls, custom=custom, kind=kind)
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
    """Raise ValueError if one of the new texts stands before an emitted one."""
    if any(fields.get(field_name) for fields in new for field_name in set[str]().union(*later)):
        raise ValueError(_OUT_OF_ORDER)


def _key_of(event: Fields) -> _ItemKey:
    """Return the key of an event's item: the index, because some gateways change the id from event to event."""
    index = count_of(event.get("output_index"))
    return as_text(event.get("item_id")) if index is None else index
