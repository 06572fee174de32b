"""What runs inside the workers' own interpreter.

That interpreter may be another virtualenv, an older Python and an older Celery, without
fleetctl: everything here keeps to the standard library, Celery >= 5.3 and what Python 3.8
parses, and imports its siblings relatively, because there it goes by another package name.
"""
