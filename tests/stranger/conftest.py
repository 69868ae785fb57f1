"""The programs are run by their test, each in a process of its own; pytest does not import them.

This stands alone because pytest reads it from here.
"""

collect_ignore = ["programs"]
