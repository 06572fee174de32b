"""A Python file as text, tree, scopes and positions."""
