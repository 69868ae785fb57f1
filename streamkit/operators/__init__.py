"""Operators: functions from an Observable to an Observable, for ``pipe``; one idea a file."""

from ._audio import audio
from ._fan_out import fan_out
from ._images import images
from ._join import join
from ._limit import limit
from ._meter import meter
from ._partial_tool_calls import partial_tool_calls
from ._pcm_frames import pcm_frames
from ._responses import responses
from ._run_tools import run_tools
from ._save import save
from ._speech_segments import speech_segments
from ._text import text
from ._to_response import to_response
from ._tool_calls import tool_calls
from ._transcript import transcript
from ._until import until
from ._until_tool import until_tool
from ._wav import wav

__all__ = [
    "audio",
    "fan_out",
    "images",
    "join",
    "limit",
    "meter",
    "partial_tool_calls",
    "pcm_frames",
    "responses",
    "run_tools",
    "save",
    "speech_segments",
    "text",
    "to_response",
    "tool_calls",
    "transcript",
    "until",
    "until_tool",
    "wav",
]
