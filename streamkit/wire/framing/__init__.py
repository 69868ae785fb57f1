"""Framings: the bytes of a body into the payloads of its events.

Nothing is imported here: each module is loaded by whoever needs it.
"""
