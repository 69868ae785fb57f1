"""What a docstring says of a tool and of each of its parameters: Google's, NumPy's and Sphinx's forms are read."""

from __future__ import annotations

import inspect


def described(text: str | None) -> tuple[str, dict[str, str]]:
    r"""Return what a docstring says of the whole, and of each parameter or attribute.

    Args:
        text: The docstring.

    >>> described("Look a moon up.\n\nArgs:\n    moon: Its name.")
    ('Look a moon up.', {'moon': 'Its name.'})
    """
    if not text or not text.strip():
        return "", {}
    import docstring_parser

    clean = inspect.cleandoc(text)
    try:
        told = docstring_parser.parse(clean)
    except docstring_parser.ParseError:
        return clean, {}
    whole = "\n\n".join(part for part in (told.short_description, told.long_description) if part)
    found: dict[str, str] = {}
    for each in told.params:
        for name in each.arg_name.split(","):  # NumPy's form may tell of several at once
            found[name.strip().lstrip("*")] = each.description or ""
    return whole, {name: text for name, text in found.items() if text}
