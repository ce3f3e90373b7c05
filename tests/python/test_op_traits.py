"""What the table of ops says of an op is what its reference evaluation does: on the cases of tests/suites/ops, and on
the same cases with extreme numbers."""

import collections
import functools

import numpy as np
import pytest
from test_ops_numeric import CASES

from corecast import _corecast

TABLE = {row["name"]: row for row in _corecast.op_table()}
MOVING = ("views", "permutes", "selects", "picks")
# read_state moves what no operand shows.
UNSEEN = {"read_state", "write_state"}
EXTREMES = [0.0, -0.0, 1e-7, -1e-7, 1.0, -1.0, 3.5, -3.5, 88.0, -88.0, 65504.0, -65504.0, np.inf, -np.inf, np.nan]


def extreme(inputs, seed):
    """The inputs with their floats replaced by extreme ones."""
    random = np.random.default_rng(seed)
    return {
        name: np.array(random.choice(EXTREMES, x.shape), x.dtype) if x.dtype.kind == "f" else x
        for name, x in inputs.items()
    }


@functools.cache
def all_rows():
    """{op: [(case, what the op read, made and may make)]}: of each case as it is, and with extreme inputs."""
    out = collections.defaultdict(list)
    for _, case in CASES:
        variants = [case["inputs"], extreme(case["inputs"], 1), extreme(case["inputs"], 2)]
        for k, inputs in enumerate(variants):
            try:
                rows = _corecast.trace(case["ir"], dict(inputs))
            except Exception:  # these numbers are against the op's contract; the cases' own are not
                assert k > 0, case["name"]
                continue
            for row in rows:
                out[row["op"]].append((case, row))
    return out


def rows_of(op):
    rows = all_rows()[op]
    assert rows, "no case"
    return rows


def arrays(values):
    return [np.asarray(v) for v in values if v is not None]


def bits(array):
    """Elements as they are stored, so that NaN equals itself and -0 is not 0."""
    return array if array.dtype.kind not in "f" else array.view(f"u{array.dtype.itemsize}")


def elements(array):
    return collections.Counter(bits(np.ascontiguousarray(array)).ravel().tolist())


def last_numbers(dtype):
    if dtype.kind == "f":
        return np.array([-np.inf, np.inf], dtype)
    return np.array([np.iinfo(dtype).min, np.iinfo(dtype).max], dtype) if dtype.kind in "iu" else np.array([], dtype)


def results_of(row):
    """The results that hold elements: indices beside them do not."""
    results = arrays(row["results"])
    return results[:1] if row["op"] == "topk" else results


@pytest.mark.parametrize("op", sorted(name for name in TABLE if TABLE[name]["moves"] in MOVING and name not in UNSEEN))
def test_moves_only_elements_of_operands(op):
    for case, row in rows_of(op):
        operands = arrays(row["operands"])
        for result in results_of(row):
            there = elements(result)
            first = elements(operands[0])
            where = f"{case['name']}: {row}"
            if TABLE[op]["moves"] == "views":
                assert np.array_equal(bits(result).ravel(), bits(operands[0]).ravel()), where
            elif TABLE[op]["moves"] == "permutes":
                assert there == first, where
            else:
                kinds = [o for o in operands if o.dtype == result.dtype]
                allowed = set().union(*map(set, map(elements, kinds)))
                if TABLE[op]["moves"] == "picks":  # the extreme of nothing
                    allowed |= set(elements(last_numbers(result.dtype)))
                assert not set(there) - allowed, where


@pytest.mark.parametrize("op", sorted(name for name in TABLE if TABLE[name]["moves"] == "fills"))
def test_fills_with_a_few_numbers(op):
    for case, row in rows_of(op):
        for result in results_of(row):
            kinds = [o for o in arrays(row["operands"]) if o.dtype == result.dtype]
            new = set(elements(result)).difference(*map(set, map(elements, kinds)))
            assert len(new) <= 2, f"{case['name']}: {row}"


@pytest.mark.parametrize("op", sorted(TABLE))
def test_results_are_within_their_bounds(op):
    for case, row in rows_of(op):
        for bounds in ("bounds", "bounds_of_anything"):
            for result, (low, high) in zip(row["results"], row[bounds]):
                if result is None or np.asarray(result).dtype.kind not in "fiub":
                    continue
                numbers = np.asarray(result).astype(np.float64).ravel()
                numbers = numbers[~np.isnan(numbers)]
                outside = numbers[(numbers < low) | (numbers > high)]
                assert not outside.size, f"{case['name']}: {outside} outside [{low}, {high}] of {row}"


def test_bounds_say_something():
    """Bounds are not all the whole range of a type."""
    said = {op for op in TABLE for _, row in rows_of(op) for low, _ in row["bounds_of_anything"] if low in (0, -1)}
    assert {"sigmoid", "softmax", "tanh", "relu", "abs", "erf", "shape", "reduce_argmax"} <= said


def reordered(array, orders):
    """The array with each axis in another order; axes are counted from the last, those of size 1 are broadcast."""
    for axis in range(array.ndim):
        if array.shape[axis] > 1:
            array = np.take(array, orders[axis - array.ndim], axis)
    return array


def constants(row, inputs):
    given = [elements(v) for v in inputs.values()]
    return [o for o in arrays(row["operands"]) if elements(o) not in given]


@pytest.mark.parametrize("op", sorted(name for name in TABLE if TABLE[name]["elementwise"]))
def test_elementwise_ops_look_at_one_place(op):
    """Operands in another order give the results in that order."""
    checked = 0
    for _, case in CASES:
        inputs = case["inputs"]
        if case["op"] != op or any(v.dtype.kind in "USO" for v in inputs.values()):
            continue
        rows = _corecast.trace(case["ir"], dict(inputs))
        result = np.asarray(rows[-1]["results"][0])
        if len(rows) != 1 or result.size < 2 or any(o.size > 1 for o in constants(rows[0], inputs)):
            continue
        random = np.random.default_rng(3)
        orders = [random.permutation(size) for size in result.shape]
        (got,) = _corecast.evaluate(case["ir"], {k: reordered(v, orders) for k, v in inputs.items()})
        assert np.array_equal(bits(got), bits(reordered(result, orders))), case["name"]
        checked += 1
    assert checked, "no case that could be shuffled"


@pytest.mark.parametrize("op", sorted(name for name in TABLE if TABLE[name]["commutative"]))
def test_commutative_ops_take_operands_in_any_order(op):
    checked = 0
    for _, case in CASES:
        first, second = "%x", "%y"
        if case["op"] != op or f"x={first}" not in case["ir"] or f"y={second}" not in case["ir"]:
            continue
        swapped = case["ir"].replace(f"x={first}, y={second}", f"x={second}, y={first}")
        if swapped == case["ir"]:
            continue
        (a,) = _corecast.evaluate(case["ir"], dict(case["inputs"]))
        (b,) = _corecast.evaluate(swapped, dict(case["inputs"]))
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), case["name"]
        checked += 1
    assert checked, "no case that could be swapped"


FITS = [
    name
    for name, row in TABLE.items()  # what blocks do is theirs to say
    if row["overflow"] in ("never", "integers") and not row["blocks"] and name not in UNSEEN
]


@pytest.mark.parametrize("op", sorted(FITS))
def test_results_fit_into_f16_when_operands_do(op):
    for case, row in rows_of(op):
        operands = [o for o in arrays(row["operands"]) if o.dtype.kind == "f"]
        if not all(np.all(np.abs(o[np.isfinite(o)]) <= 65504) for o in operands):
            continue
        if any(np.isinf(o).any() for o in operands):
            continue
        for result in arrays(row["results"]):
            if result.dtype.kind == "f" and result.dtype != np.float64:
                numbers = result[~np.isnan(result)]
                if TABLE[op]["moves"] == "picks":  # the extreme of nothing
                    numbers = numbers[~np.isinf(numbers)]
                assert np.all(np.abs(numbers.astype(np.float64)) < 65520), f"{case['name']}: {row}"
