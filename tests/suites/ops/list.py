"""Lists: made, written, read. Elements that were never written are zeros."""

import numpy as np

MADE = """func @main(%n: i32[], %i: i32[], %k: i32[2], %v: f32[2], %m: f32[2,2]) {
  %a = make_list(init_length=%n) {elem_shape=[2]}
  %b = list_write(ls=%a, index=%i, value=%v)
  %c = list_scatter(ls=%b, indices=%k, value=%m)
"""
INPUTS = {
    "n": np.array(2, np.int32),
    "i": np.array(1, np.int32),
    "k": np.array([4, 2], np.int32),
    "v": np.array([1, 2], np.float32),
    "m": np.array([[3, 4], [5, 6]], np.float32),
}
FULL = np.array([[0, 0], [1, 2], [5, 6], [0, 0], [3, 4]], np.float32)


def case(op, name, text, expect):
    return {
        "name": name,
        "op": op,
        "ir": MADE + f"  {text}\n  return %y\n}}",
        "inputs": INPUTS,
        "expect": lambda i: [expect],
    }


CASES = [
    case("make_list", "as long as asked", "%y = list_length(ls=%a)", np.array(2, np.int32)),
    case("list_length", "grown by writing", "%y = list_length(ls=%c)", np.array(5, np.int32)),
    case("list_write", "inside", "%y = list_gather(ls=%b, indices=%k2)", FULL[:2]),
    case("list_read", "one", "%y = list_read(ls=%b, index=%i)", FULL[1]),
    case("list_gather", "some", "%y = list_gather(ls=%c, indices=%k)", FULL[[4, 2]]),
    case("list_scatter", "a gap is zeros", "%y = list_gather(ls=%c, indices=%all)", FULL),
]
for c in CASES:
    c["ir"] = c["ir"].replace("  %a =", "  %k2 = const dense<i32[2]: 0, 1>\n  %all = const dense<i32[5]: 0, 1, 2, 3, 4>\n  %a =")
