"""Have coremltools read packages: a path a line on stdin, a JSON object a line on stdout.

Runs in the environment "coremltools". It loads the package as a user would, then sends the
program through coremltools' own builder, which infers every type anew and complains when
that disagrees with the types in the file. Importing coremltools takes seconds, so one
process serves many packages.
"""

import json
import sys
import warnings

warnings.filterwarnings("ignore")


def load(path: str) -> dict:
    """What coremltools says of the package at `path`."""
    import coremltools
    from coremltools.converters.mil.frontend.milproto.load import load as load_program

    model = coremltools.models.MLModel(path, skip_model_load=True)
    spec = model.get_spec()
    program = load_program(spec, spec.specificationVersion, file_weights_dir=model.weights_dir)
    return {"ok": True, "functions": sorted(program.functions), "version": spec.specificationVersion}


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            answer = load(line.strip())
        except Exception as error:  # coremltools raises anything; the caller wants the words
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"[:500]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
