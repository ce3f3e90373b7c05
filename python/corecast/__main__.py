"""`python -m corecast`: the corecast command."""

import os
import shutil
import sys
import sysconfig


def command() -> str | None:
    """The program: $CORECAST, the one of this installation, the one of the build, the one on the PATH."""
    name = "corecast.exe" if os.name == "nt" else "corecast"
    here = os.path.dirname(os.path.abspath(__file__))
    places = [
        os.environ.get("CORECAST", ""),
        os.path.join(here, "..", "..", "cli", name),  # a build folder
        os.path.join(sysconfig.get_path("scripts"), name),
        os.path.join(sysconfig.get_path("scripts", f"{os.name}_user"), name),
        os.path.join(here, "..", "bin", name),  # pip install --target
    ]
    for place in places:
        if place and os.path.isfile(place) and os.access(place, os.X_OK):
            return place
    return shutil.which("corecast")


def main() -> int:
    program = command()
    if program is None:
        print("corecast: the command is not installed beside this package", file=sys.stderr)
        return 4
    # Replaces this process, so that signals and exit codes are the program's own.
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
