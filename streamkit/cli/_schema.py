"""The schema of an answer: read from a JSON file or a Python module, sent with the request, and checked at the end."""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from ..errors import ConfigurationError, MalformedError

_MODEL = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_][\w.]*)")

_FENCE = re.compile(r"\s*```\w*\n(.*?)\n?```\s*", re.DOTALL)


class AnswerSchema:
    """The JSON schema that an answer shall fit.

    Args:
        schema: The schema.
        check: A function that raises ValueError for a JSON text that does not fit.
        description: A sentence on the answer, for providers that take the schema as a tool's.
    """

    def __init__(self, schema: dict[str, Any], check: Callable[[str], object], description: str) -> None:
        self.schema = schema
        self.description = description
        self._check = check

    def check(self, text: str) -> None:
        """Check a whole answer, which may stand in a code fence.

        Raises:
            MalformedError: The answer is no JSON, or does not fit.
        """
        fenced = _FENCE.fullmatch(text)
        try:
            self._check(fenced[1] if fenced else text)
        except ValueError as error:
            raise MalformedError(f"The answer does not fit --schema: {_reason(error)}") from error


def read_schema(given: str) -> AnswerSchema:
    """Read the value of ``--schema``.

    Args:
        given: Path of a JSON schema, or ``module:Model`` for a type that pydantic validates.

    Raises:
        ConfigurationError: There is no such file or type, or it is no schema.
    """
    named = _MODEL.fullmatch(given)
    if named and not Path(given).exists():
        return _of_type(given, _load(given, named["module"], named["name"]))
    return _of_file(given)


def _of_file(path: str) -> AnswerSchema:
    try:
        schema = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise ConfigurationError(f"--schema {path}: the file cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise ConfigurationError(f"--schema {path}: the file is no JSON ({error}).") from error
    try:
        from jsonschema import exceptions, validators
    except ImportError as error:
        raise ConfigurationError("--schema FILE needs jsonschema: pip install 'jsonschema>=4.18'.") from error
    if not isinstance(schema, dict):
        raise ConfigurationError(f"--schema {path}: a JSON schema is an object.")
    fields = cast("dict[str, Any]", schema)
    best = cast("Any", exceptions).best_match  # its types are incomplete
    validator: Any = validators.validator_for(fields)
    try:
        validator.check_schema(fields)
    except exceptions.SchemaError as error:
        raise ConfigurationError(f"--schema {path}: this is no JSON schema ({error.message}).") from error

    def check(text: str) -> None:
        found: Any = best(validator(fields).iter_errors(json.loads(text)))
        if found is not None:
            raise ValueError(f"{found.json_path}: {found.message}")

    return AnswerSchema(fields, check, str(fields.get("description") or "Give the answer."))


def _load(given: str, module: str, name: str) -> Any:
    """Import a type; modules of the current folder are found, too."""
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except Exception as error:  # any, since the module runs
        reason = f"{type(error).__name__}: {error}"
        raise ConfigurationError(f"--schema {given}: it cannot be imported ({reason}).") from error
    return found


def _of_type(given: str, model: Any) -> AnswerSchema:
    from .._stream._typed import Answer

    answer = Answer.of(model)
    if answer.wrapped:
        raise ConfigurationError(f"--schema {given}: give a type whose JSON is an object, such as a pydantic model.")
    from pydantic import TypeAdapter

    return AnswerSchema(answer.schema, TypeAdapter[Any](model).validate_json, answer.description)


def _reason(error: ValueError) -> str:
    """Return the first fault that pydantic or jsonschema names, on one line and without the whole answer."""
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return str(error) or "it is empty"
    first: dict[str, Any] = cast("list[dict[str, Any]]", errors(include_url=False, include_input=False))[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else str(first["msg"])
