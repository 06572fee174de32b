"""fleet.yaml: its schema, its loader, and the nodes it describes."""
