"""select, against np.where."""

import numpy as np

KINDS = {"f32": np.float32, "i32": np.int32, "bool": np.bool_, "f16": np.float16}


def case(name, cond, a, b, kind="f32"):
    cond, a, b = np.array(cond, np.bool_), np.array(a).astype(KINDS[kind]), np.array(b).astype(KINDS[kind])
    return {
        "name": name,
        "op": "select",
        "ir": f"func @main(%c: bool{list(cond.shape)}, %a: {kind}{list(a.shape)}, %b: {kind}{list(b.shape)}) {{\n"
        "  %y = select(cond=%c, a=%a, b=%b)\n  return %y\n}",
        "inputs": {"c": cond, "a": a, "b": b},
        "expect": lambda i: [np.where(i["c"], i["a"], i["b"])],
    }


CASES = [
    case("same shapes", [True, False], [1.5, np.nan], [np.inf, -0.0]),
    case("a scalar to choose from", [[True], [False]], 7, [[1, 2], [3, 4]], "i32"),
    case("a scalar condition", True, [1, 2], [3, 4], "f16"),
    case("a larger condition", [[True, False], [False, True]], [1, 2], 0, "i32"),
    case("bools", [True, False], [True, True], [False, False], "bool"),
    case("nothing", np.zeros((0, 2)), 1, 2),
]
