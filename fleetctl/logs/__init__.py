"""Log files: their records, found forwards, backwards and by time, and followed as they grow."""
