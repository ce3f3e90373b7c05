"""Compressed weights against numpy. The packed data are constants of the functions."""

import numpy as np

R = np.random.default_rng(12)
TYPES = {"i8": np.int8, "u8": np.uint8, "f16": np.float16, "f32": np.float32}


def const(name, dtype, values):
    values = np.asarray(values)
    words = [str(int(v)) if dtype[0] in "iu" else repr(float(v)) for v in values.ravel()]
    return f"  %{name} = const dense<{dtype}{list(values.shape)}: {', '.join(words)}>\n"


def case(op, name, operands, attrs, expect, results=1, mask_result=False):
    """operands: parameter -> (dtype, values). A packed mask among the results is not returned."""
    consts = "".join(const(k, d, v) for k, (d, v) in operands.items())
    given = ", ".join(f"{k}=%{k}" for k in operands)
    names = ", ".join(f"%y{k}" for k in range(results))
    returned = "%y1" if mask_result else names
    return {
        "name": f"{op}: {name}",
        "op": op,
        "ir": f"func @main() {{\n{consts}  {names} = {op}({given}) {{{attrs}}}\n  return {returned}\n}}",
        "inputs": {},
        "expect": lambda i: [expect()],
        "rtol": 0,
        "atol": 0,
    }


def spread(v, dims):
    """A value per block, repeated to `dims`."""
    for axis, size in enumerate(dims):
        v = np.repeat(v, size // v.shape[axis], axis)
    return v


def affine(name, q, zero, scale, axis, dtype="f32"):
    def expect():
        def along(v):
            v = np.asarray(v, np.float32)
            return v if v.ndim == 0 else v.reshape([-1 if a == axis % q[1].ndim else 1 for a in range(q[1].ndim)])

        out = (q[1].astype(np.float32) - along(zero[1])) * along(np.asarray(scale, TYPES[dtype]))
        return out.astype(TYPES[dtype])

    return case("constexpr_affine_dequantize", name, {"quantized_data": q, "zero_point": zero, "scale": (dtype, scale)},
                f"axis={axis}", expect)


def shift(name, data, scale, offset=None, dtype="f32"):
    operands = {"data": data, "scale": (dtype, scale)}
    if offset is not None:
        operands["offset"] = offset

    def expect():
        t = TYPES[dtype]
        v, dims = np.asarray(data[1]).astype(t), np.shape(data[1])
        if offset is not None:
            v = (v - spread(np.asarray(offset[1]), dims).astype(t)).astype(t)
        return (v * spread(np.asarray(scale, t), dims)).astype(t)

    return case("constexpr_blockwise_shift_scale", name, operands, "", expect)


def dense(indices, lut, axis):
    """numpy's view of constexpr_lut_to_dense."""
    rank = indices.ndim
    entries, vector = lut.shape[-2:]
    grid = lut.shape[:rank]
    out = np.zeros((*indices.shape, vector), lut.dtype)
    for at in np.ndindex(*indices.shape):
        block = tuple(k * g // d for k, g, d in zip(at, grid, indices.shape))
        assert indices[at] < entries
        out[at] = lut[(*block, indices[at])]
    if axis is None:
        return out[..., 0]
    axis %= rank
    out = np.moveaxis(out, -1, axis + 1)
    return out.reshape([d * (vector if k == axis else 1) for k, d in enumerate(indices.shape)])


def lut(name, bits, dims, grid=None, vector=1, axis=None, dtype="f32"):
    grid = grid or (1,) * len(dims)
    indices = R.integers(0, 2**bits, dims)
    shape = (*grid, 2**bits, vector)
    table = R.integers(-100, 100, shape) if dtype == "i8" else R.normal(size=shape).astype(TYPES[dtype])
    table = table.astype(TYPES[dtype])
    return case("constexpr_lut_to_dense", name, {"indices": (f"u{bits}", indices), "lut": (dtype, table)},
                "" if axis is None else f"vector_axis={axis}", lambda: dense(indices, table, axis))


def lut_sparse(name, bits, dims, grid=None, vector=1, axis=None):
    grid = grid or (1,) * len(dims)
    mask = R.integers(0, 2, dims)
    indices = R.integers(0, 2**bits, dims)
    table = R.normal(size=(*grid, 2**bits, vector)).astype(np.float32)

    def expect():
        out, ones = dense(indices, table, axis), mask
        if axis is not None:
            ones = np.repeat(mask, vector, axis)
        return out[ones == 1]

    operands = {"indices_mask": ("u1", mask), "indices_nonzero_data": (f"u{bits}", indices[mask == 1]),
                "lut": ("f32", table)}
    return case("constexpr_lut_to_sparse", name, operands, "" if axis is None else f"vector_axis={axis}", expect, 2, True)


def sparse(name, dtype, dims, density=0.4):
    mask = (R.random(dims) < density).astype(int)
    values = R.integers(0, 100, mask.sum()) if dtype in ("i8", "u8") else R.normal(size=mask.sum())
    values = values.astype(TYPES[dtype])

    def expect():
        out = np.zeros(dims, TYPES[dtype])
        out[mask == 1] = values
        return out

    return case("constexpr_sparse_to_dense", name, {"nonzero_data": (dtype, values), "mask": ("u1", mask)}, "", expect)


def sparse_shift(name, dtype, dims, grid, offset=False):
    mask = R.integers(0, 2, dims)
    data = R.integers(0, 8, dims)
    scale = R.normal(size=grid).astype(np.float32)
    zero = R.integers(0, 8, grid)
    operands = {"data_mask": ("u1", mask), "nonzero_data": (dtype, data[mask == 1]), "scale": ("f32", scale)}
    if offset:
        operands["offset"] = (dtype, zero)

    def expect():
        shifted = data - (spread(zero, dims) if offset else 0)
        return (shifted.astype(np.float32) * spread(scale, dims))[mask == 1]

    return case("constexpr_sparse_blockwise_shift_scale", name, operands, "", expect, 2, True)


Q = R.integers(0, 256, (3, 4))
HALVES = R.normal(size=(2, 5)).astype(np.float16)
CASES = [
    affine("scalar", ("u8", Q), ("u8", 128), 0.25, 0),
    affine("per channel", ("u8", Q), ("u8", [1, 2, 3]), [0.1, 0.2, 0.3], 0),
    affine("last axis, mixed", ("i8", Q - 128), ("f32", [0.5, 1, 2, 3]), 0.125, -1),
    affine("half precision", ("i8", Q - 128), ("i8", -3), [0.1, 0.2, 0.3, 0.7], 1, "f16"),
    shift("blocks in both dims", ("i8", R.integers(-128, 128, (4, 6))), R.normal(size=(2, 3)), ("i8", R.integers(-9, 9, (2, 3)))),
    shift("4 bits, per channel", ("i4", R.integers(-8, 8, (3, 5))), R.normal(size=(3, 1)), dtype="f16"),
    shift("4 bits, unsigned, offset", ("u4", R.integers(0, 16, (2, 4, 2))), R.normal(size=(1, 2, 1)),
          ("u4", R.integers(0, 16, (1, 2, 1))), "f16"),
    shift("float offset", ("u8", Q), R.normal(size=(3, 2)), ("f32", R.normal(size=(3, 2)).astype(np.float32))),
    shift("float data rounded first", ("f32", R.normal(size=(2, 2)).astype(np.float32)), [[0.3], [0.7]], dtype="f16"),
    *[lut(f"{bits} bits", bits, (3, 5)) for bits in (1, 2, 3, 4, 6, 8)],
    lut("groups", 2, (4, 6), (2, 3), dtype="f16"),
    lut("integers, rank 1", 3, (11,), dtype="i8"),
    lut("vectors along 0", 4, (3, 4), vector=2, axis=0),
    lut("vectors along the last, groups", 2, (2, 4), (2, 2), 3, -1),
    lut("vector axis without vectors", 2, (2, 4), axis=1),
    lut_sparse("scalar", 3, (4, 5)),
    lut_sparse("groups", 4, (4, 6), (2, 1)),
    lut_sparse("vectors along 0", 2, (3, 4), vector=2, axis=0),
    lut_sparse("vectors along 1, groups", 2, (2, 4), (1, 2), 3, 1),
    *[sparse(t, t, (3, 7)) for t in TYPES],
    sparse("nothing left", "f32", (2, 3), 0.0),
    sparse("all left", "f16", (9,), 1.1),
    sparse_shift("per row", "u4", (3, 5), (3, 1), True),
    sparse_shift("blocks", "i8", (4, 6), (2, 3)),
    {
        "name": "constexpr_cast: f16 to f32",
        "op": "constexpr_cast",
        "ir": f"func @main() {{\n{const('source_val', 'f16', HALVES)}"
        "  %y = constexpr_cast(source_val=%source_val) {output_dtype=f32}\n  return %y\n}",
        "inputs": {},
        "expect": lambda i: [HALVES.astype(np.float32)],
        "rtol": 0,
        "atol": 0,
    },
]
