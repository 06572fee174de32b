"""The command line: parse, call one operation, exit with its code."""
