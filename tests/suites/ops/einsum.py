"""einsum against numpy."""

import numpy as np

R = np.random.default_rng(2)


def case(equation, *shapes, name=None):
    inputs = {f"v{k}": R.normal(size=s).astype(np.float32) for k, s in enumerate(shapes)}
    args = ", ".join(f"%v{k}: f32{list(s)}" for k, s in enumerate(shapes))
    values = ", ".join(f"%v{k}" for k in range(len(shapes)))
    return {
        "name": name or equation,
        "op": "einsum",
        "ir": f'func @main({args}) {{\n  %y = einsum(values=({values})) {{equation="{equation}"}}\n  return %y\n}}',
        "inputs": inputs,
        "expect": lambda i: [np.asarray(np.einsum(equation, *[v.astype(np.float64) for v in i.values()])).astype(np.float32)],
        "rtol": 1e-6,
        "atol": 1e-6,
    }


CASES = [
    case("nchw,nwhu->nchu", (2, 3, 4, 5), (2, 5, 4, 6)),
    case("chw,whr->chr", (3, 4, 5), (5, 4, 2)),
    case("ij,jk", (2, 3), (3, 4), name="implicit result"),
    case("ba", (2, 3), name="implicit transpose"),
    case("ii->i", (4, 4), name="diagonal"),
    case("ii", (4, 4), name="trace"),
    case("i,j->ij", (3,), (4,), name="outer product"),
    case("...ij,...jk->...ik", (2, 3, 4), (5, 1, 4, 6), name="dots broadcast"),
    case("b...->...", (3, 2, 4), name="sum over a letter, dots kept"),
    case("ij,jk,kl->il", (2, 3), (3, 4), (4, 5), name="three factors"),
    case("->", (), name="scalars"),
]
