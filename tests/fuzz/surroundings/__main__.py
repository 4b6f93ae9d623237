# SPDX-License-Identifier: MIT
"""tests/fuzz/surroundings FOLDER LAUNCHER SEED COUNT SECONDS: cases from SEED on, until
COUNT (0: no limit) were run or SECONDS (0: no limit) are over. Prints "done N", before
that one JSON object for a case that fails, which is the last one then."""

import json
import pathlib
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[2] / "scripts")]

from case import Case, interpreter_starts  # noqa: E402
from oddities import STRANGER  # noqa: E402
from stage import Stage  # noqa: E402
from ward import adopt_orphans  # noqa: E402


def main(folder, launcher, seed, count, seconds):
    end = time.monotonic() + seconds if seconds else None
    adopt_orphans()
    stage = Stage(folder, launcher, STRANGER)
    stage.interpreter_fails = lambda case: len(case.limits) > 1 and not interpreter_starts(case)
    done = 0
    while done < count if count else not done or time.monotonic() < end:
        case = Case(stage, seed + done)
        try:
            wrong = case.run()
        finally:
            case.close()
        done += 1
        if wrong:
            print(json.dumps({"seed": case.seed, "wrong": wrong, "case": case.describe()}))
            break
    print(f"done {done}")


place = pathlib.Path(sys.argv[1])
try:
    main(place, pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
finally:
    shutil.rmtree(place, ignore_errors=True)
