"""A first fleet.yaml: from a command line, from a folder, from the workers that run."""
