"""Recordings: the format of a stream in a file, and its reader."""

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
from ._reader import RecordedCall, Recording, parse_recording, read_header, read_recording

__all__ = [
    "FORMAT_VERSION",
    "Header",
    "RecordedCall",
    "RecordedEnd",
    "Recording",
    "chunk_line",
    "end_line",
    "error_fields",
    "error_of",
    "header_line",
    "parse_recording",
    "plain_params",
    "read_header",
    "read_line",
    "read_recording",
    "request_hash",
]
