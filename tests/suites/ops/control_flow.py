"""cond and while_loop."""

import numpy as np

COND = """func @main(%p: bool[], %x: f32[3]) {
  %y, %z = cond(pred=%p) {
    true_branch() {
      %a = square(x=%x)
      yield %a, %x
    }
    false_branch() {
      %b = neg(x=%x)
      yield %x, %b
    }
  }
  return %y, %z
}"""

# Newton's square root of %x, %n steps.
LOOP = """func @main(%n: i32[], %x: f32[]) {
  %zero = const dense<i32[]: 0>
  %one = const dense<i32[]: 1>
  %half = const dense<f32[]: 0.5>
  %i, %y = while_loop(loop_vars=(%zero, %x)) {
    cond(%ci: i32[], %cy: f32[]) {
      %go = less(x=%ci, y=%n)
      yield %go
    }
    body(%bi: i32[], %by: f32[]) {
      %next = add(x=%bi, y=%one)
      %q = real_div(x=%x, y=%by)
      %s = add(x=%q, y=%by)
      %m = mul(x=%s, y=%half)
      yield %next, %m
    }
  }
  return %i, %y
}"""

# A variable that grows, and a branch inside a loop: collects the even numbers below %n.
GROW = """func @main(%n: i32[]) {
  %zero = const dense<i32[]: 0>
  %one = const dense<i32[]: 1>
  %two = const dense<i32[]: 2>
  %empty = const dense<i32[0]: >
  %i, %y = while_loop(loop_vars=(%zero, %empty)) {
    cond(%ci: i32[], %cy: i32[K]) {
      %go = less(x=%ci, y=%n)
      yield %go
    }
    body(%bi: i32[], %by: i32[K]) {
      %next = add(x=%bi, y=%one)
      %rest = mod(x=%bi, y=%two)
      %even = equal(x=%rest, y=%zero)
      %more = cond(pred=%even) {
        true_branch() {
          %e = expand_dims(x=%bi) {axes=[0]}
          %c = concat(values=(%by, %e)) {axis=0}
          yield %c
        }
        false_branch() {
          yield %by
        }
      }
      yield %next, %more
    }
  }
  return %y
}"""


def newton(n, x):
    y = np.float32(x)
    for _ in range(n):
        y = np.float32(0.5) * (np.float32(x) / y + y)
    return [np.array(n, np.int32), np.array(y, np.float32)]


X = np.array([1.0, -2.0, 3.0], np.float32)
CASES = [
    {"name": "cond true", "op": "cond", "ir": COND, "inputs": {"p": np.array(True), "x": X}, "expect": lambda i: [i["x"] ** 2, i["x"]]},
    {"name": "cond false", "op": "cond", "ir": COND, "inputs": {"p": np.array(False), "x": X}, "expect": lambda i: [i["x"], -i["x"]]},
]
CASES += [
    {
        "name": f"newton {n}",
        "op": "while_loop",
        "ir": LOOP,
        "inputs": {"n": np.array(n, np.int32), "x": np.array(2.0, np.float32)},
        "expect": lambda i, n=n: newton(n, 2.0),
    }
    for n in (0, 1, 5)
]
CASES += [
    {
        "name": f"even numbers below {n}",
        "op": "while_loop",
        "ir": GROW,
        "inputs": {"n": np.array(n, np.int32)},
        "expect": lambda i, n=n: [np.arange(0, n, 2, dtype=np.int32)],
    }
    for n in (0, 1, 6)
]
