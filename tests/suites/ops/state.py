"""read_state and write_state: a state starts as zeros, and reads see the writes before them."""

import numpy as np

CASES = [
    {
        "name": "zeros at first",
        "op": "read_state",
        "ir": "func @main(%s: state<f32[3]>) {\n  %y = read_state(input=%s) : f32[3]\n  return %y\n}",
        "inputs": {},
        "expect": lambda i: [np.zeros(3, np.float32)],
    },
    {
        "name": "what was written",
        "op": "write_state",
        "ir": """func @main(%s: state<f32[3]>, %x: f32[3]) {
  %a = read_state(input=%s)
  write_state(input=%s, data=%x)
  %b = read_state(input=%s)
  return %a, %b
}""",
        "inputs": {"x": np.array([1, 2, 3], np.float32)},
        "expect": lambda i: [np.zeros(3, np.float32), i["x"]],
    },
]
