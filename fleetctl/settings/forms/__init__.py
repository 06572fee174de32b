"""The forms in which settings are written, one a file: each finds its places, none decides."""
