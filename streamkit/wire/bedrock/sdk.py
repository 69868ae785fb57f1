"""Bedrock's objects as boto3 returns them: dicts with bytes where the wire has base64."""

from __future__ import annotations

import functools
import json
from typing import Any

from ..format import Event
from ..sdk_class import sdk_class


def sdk_event(raw: Event) -> Event:
    """Build an event as boto3 returns it, without padding; without botocore the event stays as it is.

    Args:
        raw: The event under its name.
    """
    try:
        shape, parser = _shape("ConverseStreamOutput"), sdk_class("botocore.parsers:EventStreamJSONParser")()
    except ImportError:
        return raw
    name = next(iter(raw), "")
    headers = {":event-type": name, ":message-type": "event"}
    body = json.dumps(raw.get(name)).encode()
    return parser.parse({"headers": headers, "status_code": 200, "body": body}, shape)


def sdk_response(raw: Event) -> Event:
    """Build an answer as boto3's ``converse`` returns it; without botocore the answer stays as it is.

    Args:
        raw: The answer's fields.
    """
    try:
        shape, parser = _shape("ConverseResponse"), sdk_class("botocore.parsers:RestJSONParser")()
    except ImportError:
        return raw
    found = parser.parse({"headers": {}, "status_code": 200, "body": json.dumps(raw).encode()}, shape)
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


@functools.cache
def _shape(name: str) -> Any:
    model = sdk_class("botocore.loaders:Loader")().load_service_model("bedrock-runtime", "service-2")
    return sdk_class("botocore.model:ServiceModel")(model).shape_for(name)
