"""Run one command and write what it cost: `measure.py OUT SECONDS COMMAND...`.

OUT gets three numbers: exit code (negative: the signal that ended it), seconds, and peak
resident memory in kilobytes. A process inherits the peak of the one that starts it, so
this launcher is kept as small as python allows (run it with `-I -S`, about 9 MB) and is
not the program that wants to know. The command is killed after SECONDS.
"""

import os
import signal
import sys
import time


def main() -> None:
    out, limit, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(limit)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    with open(out, "w") as handle:
        handle.write(f"{os.waitstatus_to_exitcode(status)} {seconds:.6f} {usage.ru_maxrss}\n")


main()
