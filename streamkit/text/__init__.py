"""Streamed text: graphemes, words, sentences, code blocks, search for patterns, and text made safe for a terminal.

Nothing is imported here: each module is loaded when first needed.
"""
