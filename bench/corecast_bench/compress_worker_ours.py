"""corecast codes an array, or runs packages, for compress.py and quality.py.

The argument is a request as JSON, the answer a line of JSON. `{"array", "recipe", "threads",
"repeat"}` codes the array of an .npy file and answers as compress_worker_peer.py does; the
seconds are the median of that many rounds, and of as many as take a fifth of a second.
`{"package", "output"}` with a "scheme" or a "goal", and "data", compresses a package and tells its bytes.
`{"reference", "candidates", "feeds"}` runs packages in fp32 and tells for each candidate the
squared error of its outputs against the reference's, relative to their energy.
"""

import json
import statistics
import sys

import corecast
import numpy
from corecast import _corecast
from corecast_command import match_names, plain_name
from worker_memory import peak_memory

STEADY = 0.2  # seconds: until then a processor is still waking up


def code_array(request: dict) -> dict:
    """Code one array; the clock covers the coding alone."""
    weight = numpy.load(request["array"])
    recipe = json.dumps({"rules": [{"scheme": request["recipe"]}]})
    before = peak_memory(again=True)
    answer = _corecast.encode_array(weight, recipe, request["threads"])
    grown = peak_memory() - before
    seconds = []
    while request["repeat"] and (len(seconds) < request["repeat"] or sum(seconds) < STEADY):
        seconds.append(_corecast.encode_array(weight, recipe, request["threads"])["seconds"])
    difference = _corecast.encode_array(weight, recipe, request["threads"], decode=True)["values"].astype(numpy.float64)
    difference -= weight
    return {"seconds": statistics.median(seconds or [answer["seconds"]]), "bytes": answer["bytes"],
            "error": float(numpy.square(difference).sum()), "grown": grown}


def compress_package(request: dict) -> dict:
    """Compress a package by a scheme for all weights, or for a goal; on made-up inputs where no data is given."""
    source = corecast.load(request["package"])
    goal = corecast.Goal(**request["goal"]) if "goal" in request else None
    rules = getattr(corecast, request["scheme"][0])(**request["scheme"][1]) if "scheme" in request else None
    saved = corecast.compress(source, rules, goal=goal, data=request.get("data")).save(request["output"], force=True)
    return {"bytes": saved.bytes}


def outputs_of(package: str, feeds: list) -> list:
    """What the package answers to each feed: a dict of float64 arrays, by names as Core ML spells them."""
    model = corecast.load(package, precision="fp32")
    answers = []
    for path in feeds:
        with numpy.load(path) as arrays:
            feed = dict(arrays)
        names = match_names([feature.name for feature in model.inputs], list(feed))
        answer = model.run({ours: feed[theirs] for ours, theirs in names.items()})
        answers.append({plain_name(name): values.astype(numpy.float64) for name, values in answer.items()})
    return answers


def relative_error(wanted: list, got: list) -> float:
    """Squared error over energy, each summed over the feeds, the mean over the outputs."""
    shares = []
    for name in wanted[0]:
        error = sum(float(numpy.square(a[name] - b[name]).sum()) for a, b in zip(wanted, got))
        energy = sum(float(numpy.square(a[name]).sum()) for a in wanted)
        if energy > 0:
            shares.append(error / energy)
    return statistics.fmean(shares)


def compare_packages(request: dict) -> dict:
    """Run all packages on all feeds."""
    wanted = outputs_of(request["reference"], request["feeds"])
    return {"errors": [relative_error(wanted, outputs_of(package, request["feeds"]))
                       for package in request["candidates"]]}


TASKS = {"array": code_array, "package": compress_package, "candidates": compare_packages}


def main() -> None:
    request = json.loads(sys.argv[1])
    try:
        task = next(function for key, function in TASKS.items() if key in request)
        answer = task(request)
    except (corecast.Error, ValueError, KeyError) as error:
        answer = {"failure": f"{type(error).__name__}: {error}"[:300]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
