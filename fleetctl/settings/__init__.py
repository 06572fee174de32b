"""Celery's settings by their old names, found in Python files and given their new ones."""
