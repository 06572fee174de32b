"""One use case a file: start, stop, kill. They emit events and return reports; they print nothing."""
