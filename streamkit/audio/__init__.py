"""Audio as bytes: PCM frames, WAV headers, and the words that were spoken.

Nothing is imported here: each module is loaded when first needed.
"""
