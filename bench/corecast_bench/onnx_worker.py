"""Freezes ONNX models and has onnx2coreml convert them, in the peers' environment.

Requests: `{"freeze": model, "feed": npz, "output": onnx}` fixes every dimension to the feed's
and folds constants, as onnx2coreml needs it; `{"convert": model, "output": package}` converts
and saves, and answers the seconds that took (not those of the imports).
"""

import json
import sys
import time


def freeze(model_path: str, feed_path: str, output: str) -> dict:
    """Write the model with the shapes of the feed and with constants folded."""
    import numpy
    import onnx
    import onnxruntime

    model = onnx.load(model_path)
    feed = numpy.load(feed_path)
    for value in model.graph.input:
        if value.name in feed:
            sizes = value.type.tensor_type.shape
            del sizes.dim[:]
            for size in feed[value.name].shape:
                sizes.dim.add(dim_value=size)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = output
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return {}


def convert(model_path: str, output: str) -> dict:
    """Convert and save under the clock."""
    import onnx2coreml

    start = time.perf_counter()
    onnx2coreml.convert(model_path).save(output)
    return {"seconds": time.perf_counter() - start}


def answer(request: dict) -> dict:
    """Do what one request asks for."""
    if "freeze" in request:
        return freeze(request["freeze"], request["feed"], request["output"])
    return convert(request["convert"], request["output"])


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as error:  # the peer raises anything; the caller wants the words
            reply = {"error": f"peer: {type(error).__name__}: {error}"[:300]}
        print(json.dumps(reply), file=answers, flush=True)


if __name__ == "__main__":
    main()
