"""Events of what is no text: audio, images and citations."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from ..chunk import Image
from ._blocks import BlockDelta, BlockEnd, BlockStart


class AudioStart(BlockStart, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of audio."""

    kind: ClassVar[Literal["audio_start"]] = "audio_start"


class AudioDelta(BlockDelta, frozen=True, gc=False, repr_omit_defaults=True):
    """New audio, or new words of the transcript.

    Args:
        index: Number of the choice.
        id: Id of the block.
        data: Decoded audio bytes (24 kHz mono PCM16 unless the request says otherwise).
        transcript: New characters of the spoken text.
    """

    kind: ClassVar[Literal["audio_delta"]] = "audio_delta"
    data: bytes = b""
    transcript: str = ""


class AudioEnd(BlockEnd, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of audio."""

    kind: ClassVar[Literal["audio_end"]] = "audio_end"


class ImageStart(BlockStart, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of a generated image."""

    kind: ClassVar[Literal["image_start"]] = "image_start"


class ImageDelta(BlockDelta, frozen=True, gc=False, repr_omit_defaults=True):
    """A generated image; providers send each as a whole, so an image has one delta."""

    kind: ClassVar[Literal["image_delta"]] = "image_delta"
    image: Image


class ImageEnd(BlockEnd, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of a generated image."""

    kind: ClassVar[Literal["image_end"]] = "image_end"


class CitationStart(BlockStart, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of a citation, which does not end the cited text."""

    kind: ClassVar[Literal["citation_start"]] = "citation_start"


class CitationDelta(BlockDelta, frozen=True, gc=False, repr_omit_defaults=True):
    """A citation, as the provider's object; each has one delta."""

    kind: ClassVar[Literal["citation_delta"]] = "citation_delta"
    citation: Any


class CitationEnd(BlockEnd, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of a citation."""

    kind: ClassVar[Literal["citation_end"]] = "citation_end"
