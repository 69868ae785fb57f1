"""The kit that operators are made of: machines, transforms, early stops, and tasks in order.

Nothing is imported here: each module is loaded by whoever needs it.
"""
