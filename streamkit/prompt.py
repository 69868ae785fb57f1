"""Prompt templates: text with placeholders for a function's arguments, in sections that each have a role."""

from __future__ import annotations

import functools
import inspect
import re
import string
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast, overload

from .errors import ConfigurationError
from .messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Message, as_part
from .traces import quiet, quietly

P = ParamSpec("P")

C = TypeVar("C")

_SECTION = re.compile(r"^[ \t]*(SYSTEM|USER|ASSISTANT|MESSAGES):[ \t]*", re.MULTILINE)

# Python's own format specifications: of text and numbers, and of dates.
_FORMAT = re.compile(r"(.?[<>=^])?[-+ ]?z?#?0?\d*[_,]?(\.\d+)?[bcdeEfFgGnosxX%]?|.*%.*")

_DETAIL = re.compile(r"(images?)\(detail=(\w+)\)")

_LISTS = {"list": "\n", "lists": "\n\n"}

_FORMATS = {b"ID3": "mp3", b"\xff\xfb": "mp3", b"OggS": "ogg", b"fLaC": "flac", b"RIFF": "wav"}


class _PromptTemplate:
    """A decorator that makes a function's result from a template; ``prompt_template`` returns one."""

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
        if isinstance(function, type):  # a BasePrompt, whose fields fill the placeholders
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
                args, kwargs = (), {}  # so that no frame of an exception holds the prompt
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
    r"""Write a prompt as a template; the arguments of the decorated function fill the placeholders.

    A section that begins with ``SYSTEM:``, ``USER:`` or ``ASSISTANT:`` is a message of that role, and ``MESSAGES:``
    inserts a list of messages; a template without sections is one message of the user. ``{name}`` and
    ``{name.attribute}`` insert arguments as text, with Python's own formats too (``{price:.2f}``, ``{name!r}``).
    ``{name:list}`` inserts a list as lines, and ``{name:lists}`` a list of such lists. ``{name:image}``,
    ``{name:audio}`` and ``{name:document}`` insert a part (bytes, a ``pathlib.Path``, a URL that begins with
    ``https://``, an image of PIL, audio of pydub or ``wave``, or a part); the plurals insert several parts.

    Args:
        template: Text of the template; common indentation is removed.

    Returns:
        A decorator. The decorated function may return a dynamic configuration, whose ``computed_fields`` fill
        placeholders too.

    Raises:
        ConfigurationError: The template is malformed; or, at the call, a placeholder has no value.

    >>> @prompt_template("SYSTEM: You are brief.\nUSER: Which moons of {planet} may hold life?")
    ... def ask(planet: str): ...
    >>> [(message.role, message.content) for message in ask("Jupiter")]
    [('system', 'You are brief.'), ('user', 'Which moons of Jupiter may hold life?')]
    """
    return _PromptTemplate(template)


def render(template: str, values: Mapping[str, Any]) -> list[Message]:
    """Fill a template and return the messages.

    Args:
        template: Text with placeholders.
        values: Values of the placeholders, by name.

    Raises:
        ConfigurationError: A placeholder has no value.
    """
    parts = _SECTION.split(template)
    sections = [("USER", parts[0])] if parts[0].strip() else []
    sections += list(zip(parts[1::2], parts[2::2], strict=True))
    messages: list[Message] = []
    for role, text in sections:
        if role == "MESSAGES":
            messages += _messages(text.strip(), values)
        else:
            messages.append(BaseMessageParam(role.lower(), _content(text.strip(), values)))
    return messages


def _check(template: str) -> None:
    try:
        placeholders = [(name, spec) for _, name, spec, _ in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise ConfigurationError(f"This is no template: {error}. A brace that is meant is written twice.") from error
    known = {"", "text", "texts", "part", "parts", *_LISTS, *_PARTS, *(f"{name}s" for name in _PARTS)}
    for name, spec in placeholders:
        if not name or name.isdecimal():
            raise ConfigurationError("A place of a template has a name: {planet}, not {} or {0}.")
        if spec not in known and not _DETAIL.fullmatch(spec or "") and not _FORMAT.fullmatch(spec or ""):
            known_specs = ", ".join(sorted(known - {""}))
            raise ConfigurationError(f"{{{name}:{spec}}}: behind the colon may stand {known_specs}.")


def _messages(text: str, values: Mapping[str, Any]) -> Iterable[Message]:
    names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    if len(names) != 1:
        raise ConfigurationError("MESSAGES: takes one place, which stands for a list of messages: MESSAGES: {history}.")
    given = _value(names[0], values)
    return cast("Iterable[Message]", given or ())


def _content(text: str, values: Mapping[str, Any]) -> str | list[Any]:
    """Fill a section; return a text, or a list of parts if the section has images, audio or documents."""
    parts: list[Any] = []
    for literal, name, spec, conversion in string.Formatter().parse(text):
        _append_parts(parts, [literal] if literal else [])
        if name is not None:
            _append_parts(parts, _fill(name, spec or "", values, conversion))
    parts = [part.strip() if isinstance(part, str) and len(parts) > 1 else part for part in parts]
    parts = [part for part in parts if part != ""]
    if all(isinstance(part, str) for part in parts):
        return "".join(parts)
    return parts


def _append_parts(parts: list[Any], more: Sequence[Any]) -> None:
    """Append parts to a list; a text directly after a text is joined with the first."""
    for part in more:
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)


def _fill(name: str, spec: str, values: Mapping[str, Any], conversion: str | None) -> list[Any]:
    value = string.Formatter().convert_field(_value(name, values), conversion)
    if detail := _DETAIL.fullmatch(spec):
        images = _fill(name, detail[1], values, conversion)
        return [ImagePart(image.data, image.url, image.media_type, detail[2]) for image in images]
    if spec in _LISTS:
        items: Iterable[Any] = value
        lines = items if spec == "list" else ("\n".join(map(str, inner)) for inner in items)
        return [_LISTS[spec].join(map(str, lines))]
    if spec in ("text", "texts", "part", "parts"):
        return list(value) if spec.endswith("s") else [value]
    make = _PARTS.get(spec.removesuffix("s")) if spec else None
    if make is None:
        return ["" if value is None else format(value, spec) if spec else str(value)]
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
    # A text is never taken for a file name, because it may come from a user who must not read local files.
    raise ConfigurationError(f"{{…:{what}}} takes bytes, a pathlib.Path or a part, not {type(value).__name__}.")


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _image(value: Any) -> ImagePart:
    value = as_part(value)
    if isinstance(value, ImagePart):
        return value
    return ImagePart(url=value) if _is_address(value) else ImagePart(_bytes(value, "image"))


def _audio(value: Any) -> AudioPart:
    value = as_part(value)
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
