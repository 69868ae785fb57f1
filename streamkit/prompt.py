"""Prompts as templates: text with places for the arguments of a function, in sections of a role each."""

from __future__ import annotations

import functools
import inspect
import re
import string
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast, overload

from .errors import ConfigurationError
from .messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Message
from .traces import quiet, quietly

P = ParamSpec("P")

C = TypeVar("C")

_SECTION = re.compile(r"^[ \t]*(SYSTEM|USER|ASSISTANT|MESSAGES):[ \t]*", re.MULTILINE)

_LISTS = {"list": "\n", "lists": "\n\n"}

_FORMATS = {b"ID3": "mp3", b"\xff\xfb": "mp3", b"OggS": "ogg", b"fLaC": "flac", b"RIFF": "wav"}


class _PromptTemplate:
    """The decorator that ``prompt_template`` returns."""

    def __init__(self, template: str) -> None:
        self._template = inspect.cleandoc(template)
        _check(self._template)

    @overload
    def __call__(self, function: type[C]) -> type[C]: ...  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
    @overload
    def __call__(self, function: Callable[P, Awaitable[object]]) -> Callable[P, Awaitable[Any]]: ...
    @overload
    def __call__(self, function: Callable[P, Mapping[str, Any]]) -> Callable[P, dict[str, Any]]: ...
    @overload
    def __call__(self, function: Callable[P, object]) -> Callable[P, list[Any]]: ...

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if isinstance(function, type):  # a BasePrompt, whose fields are what the template names
            cast("Any", function).prompt_template = self._template
            return function
        signature = inspect.signature(function)

        def prompt(args: tuple[Any, ...], kwargs: dict[str, Any], given: object) -> object:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            config = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
            values = {**bound.arguments, **config.get("computed_fields", {})}
            messages = render(self._template, values)
            return {**config, "messages": messages} if config else messages

        if inspect.iscoroutinefunction(function):

            async def awaited(args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
                return prompt(args, kwargs, await function(*args, **kwargs))

            @functools.wraps(function)
            async def async_prompt(*args: Any, **kwargs: Any) -> object:
                work = awaited(args, kwargs)
                args, kwargs = (), {}  # an exception that leaves here shows nothing of the prompt
                return await quietly(work)

            wrapper: Any = async_prompt
        else:

            @functools.wraps(function)
            @quiet
            def sync_prompt(*args: Any, **kwargs: Any) -> object:
                return prompt(args, kwargs, function(*args, **kwargs))

            wrapper = sync_prompt
        wrapper.prompt_template = self._template
        return wrapper


def prompt_template(template: str) -> _PromptTemplate:
    r"""Write a prompt as a template; the function that it decorates says what its places are called.

    Sections that begin with ``SYSTEM:``, ``USER:`` or ``ASSISTANT:`` are messages of that role, ``MESSAGES:`` takes a
    list of messages; without any, all of it is one message of the user's. ``{place}`` and ``{place.attribute}``
    stand for arguments; ``{place:list}`` for the lines of one, ``{place:lists}`` for a list of such lists,
    ``{place:image}``, ``{place:audio}`` and ``{place:document}`` for parts (bytes, a ``pathlib.Path``, an address
    that begins with ``https://``, or a part), and their plurals for several.

    Args:
        template: The text; its indentation is that of the code and is taken off.

    Returns:
        A decorator. What the function returns is a dynamic configuration with ``computed_fields`` that the
        template may name too; or nothing.

    Raises:
        ConfigurationError: The template is no template; or, at the call, a place has nothing to stand for.

    >>> @prompt_template("SYSTEM: You are brief.\nUSER: Which moons of {planet} may hold life?")
    ... def ask(planet: str): ...
    >>> [(message.role, message.content) for message in ask("Jupiter")]
    [('system', 'You are brief.'), ('user', 'Which moons of Jupiter may hold life?')]
    """
    return _PromptTemplate(template)


def render(template: str, values: Mapping[str, Any]) -> list[Message]:
    """Fill a template.

    Args:
        template: The text, with places.
        values: What they stand for.

    Raises:
        ConfigurationError: A place has nothing to stand for.
    """
    pieces = _SECTION.split(template)
    sections = [("USER", pieces[0])] if pieces[0].strip() else []
    sections += list(zip(pieces[1::2], pieces[2::2], strict=True))
    messages: list[Message] = []
    for role, text in sections:
        if role == "MESSAGES":
            messages += _messages(text.strip(), values)
        else:
            messages.append(BaseMessageParam(role.lower(), _content(text.strip(), values)))
    return messages


def _check(template: str) -> None:
    try:
        places = [(name, spec) for _, name, spec, _ in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise ConfigurationError(f"This is no template: {error}. A brace that is meant is written twice.") from error
    known = {"", "text", "texts", "part", "parts", *_LISTS, *_PARTS, *(f"{name}s" for name in _PARTS)}
    for name, spec in places:
        if not name or name.isdecimal():
            raise ConfigurationError("A place of a template has a name: {planet}, not {} or {0}.")
        if spec not in known:
            known_specs = ", ".join(sorted(known - {""}))
            raise ConfigurationError(f"{{{name}:{spec}}}: behind the colon may stand {known_specs}.")


def _messages(text: str, values: Mapping[str, Any]) -> Iterable[Message]:
    names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    if len(names) != 1:
        raise ConfigurationError("MESSAGES: takes one place, which stands for a list of messages: MESSAGES: {history}.")
    given = _value(names[0], values)
    return cast("Iterable[Message]", given or ())


def _content(text: str, values: Mapping[str, Any]) -> str | list[Any]:
    """Fill a section: a text, or a list of parts if there is more than text in it."""
    parts: list[Any] = []
    for literal, name, spec, _ in string.Formatter().parse(text):
        _add(parts, [literal] if literal else [])
        if name is not None:
            _add(parts, _filled(name, spec or "", values))
    parts = [part.strip() if isinstance(part, str) and len(parts) > 1 else part for part in parts]
    parts = [part for part in parts if part != ""]
    if all(isinstance(part, str) for part in parts):
        return "".join(parts)
    return parts


def _add(parts: list[Any], more: Sequence[Any]) -> None:
    """Add parts; text goes on with the text before it."""
    for part in more:
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)


def _filled(name: str, spec: str, values: Mapping[str, Any]) -> list[Any]:
    value = _value(name, values)
    if spec in _LISTS:
        items: Iterable[Any] = value
        lines = items if spec == "list" else ("\n".join(map(str, inner)) for inner in items)
        return [_LISTS[spec].join(map(str, lines))]
    if spec in ("text", "texts", "part", "parts"):
        return list(value) if spec.endswith("s") else [value]
    make = _PARTS.get(spec.removesuffix("s")) if spec else None
    if make is None:
        return ["" if value is None else str(value)]
    return [make(each) for each in (value if spec.endswith("s") else [value])]


def _value(name: str, values: Mapping[str, Any]) -> Any:
    try:
        return string.Formatter().get_field(name, (), values)[0]
    except (KeyError, AttributeError, IndexError, TypeError) as error:
        raise ConfigurationError(
            f"The template's place {{{name}}} has nothing to stand for: there are {', '.join(values)}."
        ) from error


def _bytes(value: object, what: str) -> bytes:
    if isinstance(value, Path):
        return value.read_bytes()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    # A text is never taken for the name of a file: it may have come from somebody who should not read that.
    raise ConfigurationError(f"{{…:{what}}} takes bytes, a pathlib.Path or a part, not {type(value).__name__}.")


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _image(value: Any) -> ImagePart:
    if isinstance(value, ImagePart):
        return value
    return ImagePart(url=value) if _is_address(value) else ImagePart(_bytes(value, "image"))


def _audio(value: Any) -> AudioPart:
    if isinstance(value, AudioPart):
        return value
    data = _bytes(value, "audio")
    return AudioPart(data, next((name for magic, name in _FORMATS.items() if data.startswith(magic)), "wav"))


def _document(value: Any) -> DocumentPart:
    if isinstance(value, DocumentPart):
        return value
    if _is_address(value):
        return DocumentPart(url=value)
    name = value.name if isinstance(value, Path) else "document.pdf"
    return DocumentPart(_bytes(value, "document"), name=name)


_PARTS: dict[str, Callable[[Any], Any]] = {"image": _image, "audio": _audio, "document": _document}
