"""Cases of the operator that shares a source."""

from __future__ import annotations

from streamkit import operators as ops
from tests.operators.cases import Case, concat

CASES: dict[str, Case] = {
    "fan_out": Case(ops.fan_out, ["Io", " und ", "木星"], "Io und 木星", view=concat),
    "fan_out, folded": Case(lambda: ops.fan_out(late="fold"), ["Io", " und ", "木星"], "Io und 木星", view=concat),
    "fan_out, keeping some": Case(lambda: ops.fan_out(keep=50), ["Io", " ", "木星"], "Io 木星", view=concat),
}
