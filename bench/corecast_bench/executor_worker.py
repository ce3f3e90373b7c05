"""Runs one model in corecast and in ONNX Runtime by turns, in the peers' environment.

The argument is `{"onnx", "package", "feed", "threads", "rounds"}`; prints the median
milliseconds of a run of each, and how far apart the answers are. Both keep threads that
spin for a while after a run, so the two never follow each other without a pause.
"""

import json
import statistics
import sys
import time

import numpy
import onnxruntime

import corecast

BURST = 4  # runs in a row; the first only warms up
PAUSE = 0.05  # seconds for the other's threads to fall asleep


def burst(call) -> list:
    """Milliseconds of a few runs in a row, after a pause and a warm-up."""
    time.sleep(PAUSE)
    call()
    times = []
    for _ in range(BURST - 1):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def difference(ours: dict, theirs: dict) -> float:
    """Largest difference in units of each output's range; outputs go by name."""
    worst = 0.0
    for name, b in theirs.items():
        a = ours[name]
        if a.shape != b.shape:
            return float("inf")
        worst = max(worst, float(numpy.abs(a - b).max() / (numpy.ptp(b) or 1.0)))
    return worst


def main() -> None:
    request = json.loads(sys.argv[1])
    with numpy.load(request["feed"]) as arrays:
        feed = dict(arrays)

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = request["threads"]
    session = onnxruntime.InferenceSession(request["onnx"], options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    corecast.set_threads(request["threads"])
    package = corecast.load(request["package"], precision="fp32")

    error = difference(package.run(feed), dict(zip(names, session.run(names, feed))))
    ours, theirs = [], []
    for _ in range(request["rounds"]):
        ours += burst(lambda: package.run(feed))
        theirs += burst(lambda: session.run(names, feed))
    print(json.dumps({"ours": statistics.median(ours), "peer": statistics.median(theirs), "error": error}))


if __name__ == "__main__":
    main()
