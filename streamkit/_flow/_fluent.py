"""The base of streams and flows; it stands alone since its stub types the fluent methods of reactivex as Flows."""

from reactivex import Observable as Fluent

__all__ = ["Fluent"]
