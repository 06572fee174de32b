"""One use case a file. They emit events and return what became of each node; they print nothing."""
