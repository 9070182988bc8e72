"""The ``collect`` process: visit what is due, keep what is found, say how it ended.

``jobs`` (Django-free) is what a visit asks and how its answer is read; ``network`` fetches in a thread of its
own; ``claims`` and ``outcomes`` are the database on either side; ``collector`` is the loop.
"""
