"""Names that streamkit does not choose freely: private ones of third parties, and its own from before a move."""

from . import renamed as renamed
