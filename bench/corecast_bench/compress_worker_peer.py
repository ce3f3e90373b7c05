"""coremltools compresses an array, or a package, in the compressors' environment.

The argument is a request as JSON, the answer a line of JSON. `{"array", "scheme"}` codes the array of
an .npy file and tells the seconds of the call alone (the array is in memory, imports are done), the
bytes that the result takes in a package, the squared error of the decoded values and by how
much the call raised the peak memory. `{"package", "scheme", "output"}` compresses a package
and tells its bytes. coremltools keeps processes from its first palettisation on, so a
request is a process.
"""

import json
import pathlib
import sys
import time

import numpy
from coremltools.optimize.coreml._quantization_passes import linear_quantize_weights, palettize_weights, prune_weights
from worker_memory import peak_memory


def stored(count: int, bits: int) -> int:
    """Bytes of `count` elements in a package's weight file: 64 of header, aligned to 64."""
    return 64 + -(-count * bits // (64 * 8)) * 64


def palettize(weight, bits: int, group: int = 0, vector: int = 1, workers: int = 1):
    """Tables of 2^bits numbers by `group` output channels (0: all); a call that codes, what decodes, what counts."""
    def code():
        return palettize_weights.grouped_channelwise_compress(
            weight, "KMEANS", bits, 0, group, cluster_dim=vector, num_kmeans_workers=workers)

    def size(coded) -> int:
        return stored(weight.size // vector, bits) + stored(coded.lut.size, 8 * weight.itemsize)

    return code, palettize_weights.decompress, size


def quantize(weight, dtype: str, block: int = 0):
    """Symmetric integers with a scale for every `block` inputs (0: all) of an output channel."""
    def code():
        return linear_quantize_weights.blockwise_compress_by_dtype(weight, dtype, "LINEAR_SYMMETRIC", [1, block])

    def size(coded) -> int:
        return stored(weight.size, int(coded.nbits)) + stored(coded.scale.size, 8 * weight.itemsize)

    return code, linear_quantize_weights.decompress, size


def prune(weight, ratio: float):
    """The `ratio` smallest magnitudes become zero."""
    def code():
        return prune_weights.compress_by_magnitude(weight, ratio)

    def size(coded) -> int:
        return stored(weight.size, 1) + stored(coded.nonzero_data.size, 8 * weight.itemsize)

    return code, prune_weights.decompress, size


METHODS = {"palettize": palettize, "quantize": quantize, "prune": prune}


def code_array(request: dict) -> dict:
    """Code one array under the clock."""
    weight = numpy.load(request["array"])
    method, arguments = request["scheme"]
    code, decode, size = METHODS[method](weight, **arguments)
    before = peak_memory(again=True)
    start = time.perf_counter()
    coded = code()
    seconds = time.perf_counter() - start
    grown = peak_memory() - before
    if coded is None:
        raise ValueError("coremltools left the array as it is")
    difference = numpy.asarray(decode(coded), numpy.float64).reshape(weight.shape)
    difference -= weight
    return {"seconds": seconds, "bytes": size(coded), "error": float(numpy.square(difference).sum()),
            "grown": grown}


def compress_package(request: dict) -> dict:
    """Compress all weights of a package of more than 2048 elements, coremltools' own threshold."""
    import coremltools
    from coremltools.optimize import coreml

    model = coremltools.models.MLModel(request["package"], skip_model_load=True)
    method, arguments = request["scheme"]
    if method == "palettize":
        config = coreml.OpPalettizerConfig(mode="kmeans", weight_threshold=2048, **arguments)
        compressed = coreml.palettize_weights(model, coreml.OptimizationConfig(global_config=config))
    else:
        config = coreml.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=2048, **arguments)
        compressed = coreml.linear_quantize_weights(model, coreml.OptimizationConfig(global_config=config))
    output = pathlib.Path(request["output"])
    compressed.save(str(output))
    return {"bytes": sum(path.stat().st_size for path in output.rglob("*") if path.is_file())}


def main() -> None:
    request = json.loads(sys.argv[1])
    try:
        answer = compress_package(request) if "package" in request else code_array(request)
    except Exception as error:  # coremltools raises anything; the caller wants the words
        answer = {"failure": f"coremltools: {type(error).__name__}: {error}"[:300]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
