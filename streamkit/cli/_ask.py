"""``streamkit "question" -m provider/model``: print a streamed answer."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, cast

from .._stream import Stream, stream
from ..errors import ConfigurationError, StreamError
from ..messages import Message, Messages
from ..providers import split_model
from ._answer import AnswerPrinter
from ._exit import INTERRUPTED, OK, TERMINATED, code_of, code_of_interrupt, report_error
from ._words import mistake

if TYPE_CHECKING:
    from ._schema import AnswerSchema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    about = "question to the model; piped standard input is appended"
    parser.add_argument("question", metavar="QUESTION", nargs="*", help=about)
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add_model(parser)
    add("-s", "--system", metavar="TEXT", help="instruction for the model (system message)")
    parameter = "parameter of the model, such as temperature=0.2 or stop='[\"END\"]' (JSON, else text); repeatable"
    add("-o", "--option", metavar="NAME=VALUE", action="append", default=[], help=parameter)
    files = "image, audio or PDF to send along, or the URL of an image or a PDF; repeatable"
    add_file(parser, "-a", "--attach", metavar="FILE", action="append", default=[], help=files)
    schema = "JSON schema that the answer must fit: a file, or module:Model of Python"
    add_file(parser, "--schema", metavar="FILE|MODEL", help=schema)
    add("--until", metavar="TEXT", help="stop the call as soon as the answer contains this text")
    add_file(parser, "--save", metavar="FILE", help="new file for the answer's text (no file is overwritten)")
    add("--json", action="store_true", help="print one JSON object at the end: the whole Response, or the error")
    add("--no-stream", action="store_true", help="ask for the answer in one piece")
    add("--base-url", metavar="URL", help="address of the server, instead of the provider's own")


def add_file(parser: argparse.ArgumentParser, *names: str, **options: Any) -> None:
    """Add an option that names a file, which completion scripts complete."""
    action: Any = parser.add_argument(*names, **options)
    action.complete = FILES


FILES = {"bash": "_shtab_compgen_files", "zsh": "_files", "tcsh": "f", "fish": "__fish_complete_path"}
"""The functions that complete the name of a file in the scripts that shtab writes."""


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the model; ``search`` has the same one."""
    about = "model, for example openai/gpt-5-mini (default: $STREAMKIT_MODEL)"
    parser.add_argument("-m", "--model", metavar="PROVIDER/MODEL", help=about)


def model_of(args: argparse.Namespace) -> str:
    """Return the model that the option or the environment names, or end the program with a hint."""
    fail: Callable[[str], NoReturn] = args.fail
    model: str | None = args.model or os.environ.get("STREAMKIT_MODEL")
    if not model:
        fail("name a model: -m provider/model, or set STREAMKIT_MODEL; without a key there is -m replay/openai")
    return model


def run(args: argparse.Namespace) -> int:
    """Print the answer, and a line of status on stderr."""
    fail: Callable[[str], NoReturn] = args.fail
    words: list[str] = args.question
    piped = _piped()
    if not args.asks:
        reason = mistake(words, args.commands, alone=args.model is None and not piped)
        if reason:
            return report_error(ConfigurationError(reason))
    model = model_of(args)
    question = "\n\n".join(filter(None, (" ".join(words), piped)))
    if not question and not (model.startswith("replay/") and model.endswith(".jsonl")):
        fail("there is no question: write one, or pipe one in")
    return _ask(args, model, question)


def _piped() -> str:
    """Return piped standard input."""
    if sys.stdin is None or sys.stdin.isatty():  # None if it is closed
        return ""
    return sys.stdin.buffer.read().decode("utf-8", "replace").strip()


def _ask(args: argparse.Namespace, model: str, question: str) -> int:
    try:
        schema = None if args.schema is None else _read_schema(args.schema)
        call, by_tool = _open(args, model, question, schema)
        printer = AnswerPrinter(show=not args.json, until=args.until, save=args.save, by_tool=by_tool)
    except StreamError as error:
        return _failed(error, as_json=args.json)
    with printer, call:  # the connection is closed when the block ends, however it ends
        try:
            code = _follow(call, printer)
            if schema is not None and code == OK and not printer.found:
                schema.check(printer.text)
        except StreamError as error:
            printer.end_line()
            if error.partial is None:
                error.partial = call.response
            code = _failed(error, as_json=args.json)
            if args.json:
                return code
    if args.json:
        _print_json(call.response)
    elif code in (OK, INTERRUPTED, TERMINATED) or printer.first is not None:
        printer.status(call)
    return code


def _follow(call: Stream, printer: AnswerPrinter) -> int:
    try:
        pairs = iter(call)
        for chunk, tool in pairs:
            printer.add(chunk, tool)
            if printer.found:
                pairs.close()
                break
    except KeyboardInterrupt as interrupt:
        printer.end_line()
        return code_of_interrupt(interrupt)
    printer.end_line()
    return OK


def _read_schema(given: str) -> AnswerSchema:
    from ._schema import read_schema

    return read_schema(given)


def _open(
    args: argparse.Namespace, model: str, question: str, schema: AnswerSchema | None
) -> tuple[Stream, str | None]:
    """Make the call; return it, and the name of the tool whose arguments are the answer, if a tool gives it."""
    from ._options import attachment, parameters

    params = parameters(args.option)
    content: Any = [*map(attachment, args.attach), question] if args.attach else question
    messages: tuple[Message, ...] = (Messages.User(content),) if content else ()  # a recording needs none
    if args.system:
        messages = (Messages.System(args.system), *messages)
    tools: Sequence[Any] = params.pop("tools", ())
    by_tool = None
    if schema is not None:
        from .._stream._typed import apply_output_schema

        given, name = tuple(tools), "/".join(split_model(model))
        messages, tools, params = apply_output_schema(
            name, messages, given, params, answer=cast("Any", schema), json_mode=False
        )
        by_tool = tools[0]["name"] if tools and not given else None
    if args.no_stream:
        params["stream"] = False
    record = getattr(args, "record", None)  # of `streamkit record`
    return stream(model, messages or None, tools=tools, base_url=args.base_url, record=record, **params), by_tool


def _failed(error: StreamError, *, as_json: bool) -> int:
    """Print an error: one sentence on stderr, and with ``--json`` an object with what arrived on stdout."""
    code = code_of(error)
    if as_json:
        _print_json(error, exit_code=code)
    return report_error(error)


def _print_json(value: Any, **more: Any) -> None:
    import msgspec

    from ..codec import as_builtins
    from ._decode import harmless

    print(harmless(msgspec.json.encode({**as_builtins(value), **more}).decode()), flush=True)
