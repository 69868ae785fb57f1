"""Recordings: the format of a stream in a file, its reader, and what is needed to play it, with faults if you like."""

from ._answer import RecordedAnswer, recorded_answer
from ._cache import Cache
from ._chunks import ChunkRecorder, ChunkRecording
from ._damage import Fault, Faults, as_faults
from ._decoder import RecordedDecoder, recorded_error
from ._faults import FAULTS, plan
from ._file import SUFFIX, RecordingFile
from ._format import (
    FORMAT_VERSION,
    Header,
    RecordedEnd,
    chunk_line,
    end_line,
    error_fields,
    error_of,
    header_line,
    plain_params,
    read_line,
    request_hash,
)
from ._live import EACH, Ended, LiveRecording, Opened, Share
from ._matching import answers, difference, nearest, prompt_text
from ._plan import Action, End, Fin, Forever, Framing, Moment, Plan, Raise, Repeat, Reset, Send, Step, Until, Wait, play
from ._playback import Playback, Played
from ._reader import Reads, RecordedCall, Recording, parse_recording, read_header, read_recording
from ._recorder import Recorder, RecordPath, When
from ._scrub import ReadScrubber
from ._shapes import AWS, NDJSON, SSE, Shape, aws_frame
from ._writer import WRITER

__all__ = [
    "AWS",
    "EACH",
    "FAULTS",
    "FORMAT_VERSION",
    "NDJSON",
    "SSE",
    "SUFFIX",
    "WRITER",
    "Action",
    "Cache",
    "ChunkRecorder",
    "ChunkRecording",
    "End",
    "Ended",
    "Fault",
    "Faults",
    "Fin",
    "Forever",
    "Framing",
    "Header",
    "LiveRecording",
    "Moment",
    "Opened",
    "Plan",
    "Playback",
    "Played",
    "Raise",
    "ReadScrubber",
    "Reads",
    "RecordPath",
    "RecordedAnswer",
    "RecordedCall",
    "RecordedDecoder",
    "RecordedEnd",
    "Recorder",
    "Recording",
    "RecordingFile",
    "Repeat",
    "Reset",
    "Send",
    "Shape",
    "Share",
    "Step",
    "Until",
    "Wait",
    "When",
    "answers",
    "as_faults",
    "aws_frame",
    "chunk_line",
    "difference",
    "end_line",
    "error_fields",
    "error_of",
    "header_line",
    "nearest",
    "parse_recording",
    "plain_params",
    "plan",
    "play",
    "prompt_text",
    "read_header",
    "read_line",
    "read_recording",
    "recorded_answer",
    "recorded_error",
    "request_hash",
]
