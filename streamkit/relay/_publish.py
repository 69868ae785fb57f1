"""Publishing a Stream, or a Flow of chunks or texts: what the publication needs to know of either."""

from __future__ import annotations

from typing import Any, cast, get_args

from .._flow import Flow
from .._stream import Stream
from ..errors import ConfigurationError, StreamError
from ..fold import Fold
from ..log import IfExists
from ..response import Response
from ._from_log import from_log
from ._publisher import Publication, Published
from ._store import RedisStore

# What of the answer behind a flow holds for what the flow has passed on.
_OF_ANSWER = ("model", "id", "provider", "usage", "request_id", "stopped_by", "saved", "calls", "resent", "attempts")


def publish(log: RedisStore, source: Any, id: str, *, if_exists: IfExists) -> Publication:  # noqa: A002
    """Begin to publish.

    Args:
        log: The place of the log.
        source: A Stream, or a Flow of chunks or texts.
        id: The id to publish under.
        if_exists: What to do about a stream of this id.

    Raises:
        ConfigurationError: An argument is none of these.
    """
    if if_exists not in get_args(IfExists):
        raise ConfigurationError(f"if_exists={if_exists!r}: give 'error', 'attach' or 'replace'.")
    if isinstance(source, Stream):
        return _publish_stream(log, cast("Stream", source), id, if_exists)
    if isinstance(source, Flow):
        return _publish_flow(log, cast("Flow[Any, Any]", source), id, if_exists)
    raise ConfigurationError(f"A {type(source).__name__} cannot be published: give a Stream, or sk.flow(observable).")


def _publish_stream(log: RedisStore, stream: Stream, id: str, if_exists: IfExists) -> Publication:  # noqa: A002
    if isinstance(getattr(stream, "stored_in", None), RedisStore):
        raise ConfigurationError("This stream is read from a log: its producer publishes it already.")

    async def whole(_: Fold, __: StreamError | None) -> Response:
        await stream.wait_closed()  # the usage of a stopped call is known when it is closed
        return stream.response

    keep = stream._shared.keep  # pyright: ignore[reportPrivateUsage] - the log of the call, which stands below
    published = Published(
        own=stream,
        view=stream.fan_out(leave="finish"),
        far=lambda: from_log(log, id, tools=stream.request.tools, keep=keep),
        stop=lambda by: _stop(stream, by),
        whole=whole,
        about={"provider": stream.provider, "model": stream.request.model},
        keep=None if keep == "all" else keep,
    )
    return Publication(published, log, id, if_exists=if_exists)


def _publish_flow(log: RedisStore, flow: Flow[Any, Any], id: str, if_exists: IfExists) -> Publication:  # noqa: A002
    behind = cast("object", flow.stream)
    stream = cast("Stream", behind) if isinstance(behind, Stream) else None

    async def whole(fold: Fold, error: StreamError | None) -> Response:
        if stream is None:
            return fold.response("unknown" if error is None else "failed")
        answer: Response = stream.response
        state = answer.state if error is None else "failed"
        passed = fold.response("unknown" if state == "streaming" else state)  # others may read the answer on
        found = passed.model_copy(update={name: getattr(answer, name) for name in _OF_ANSWER})
        return found.attach_request_info(answer._request_info())  # pyright: ignore[reportPrivateUsage] - with its times

    about = {} if stream is None else {"provider": stream.provider, "model": stream.request.model}
    published = Published(
        own=flow,
        view=flow,
        far=lambda: from_log(log, id),
        stop=lambda by: None if stream is None else _stop(stream, by),
        whole=whole,
        about=about,
        folds=True,
    )
    return Publication(published, log, id, if_exists=if_exists)


def _stop(stream: Stream, by: str) -> None:
    call = stream._call  # pyright: ignore[reportPrivateUsage] - with the reason, which stop() does not take
    if call is not None:
        call.stop(by)
