"""Text as it streams: graphemes, words, sentences and code blocks, patterns, and what a terminal may see.

Nothing is imported here: each module is loaded by whoever needs it.
"""
