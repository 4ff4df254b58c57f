#!/usr/bin/env python3
"""Times the kingfisher command over files, where its Python wheel is installed.

The wheel `kingfisher-bin` holds the command-line program and no library, so what
is timed is a whole process over one file: start, loading of its rules, scan,
report. A run over a file of one line is timed too and subtracted for the second
figure, which is nearer to the scan alone.

usage: kingfisher.py FILE...   (KINGFISHER names the program if it is elsewhere)

`cargo run --release --ignore-rust-version -- --write DIR` writes the files.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3


def program():
    """The program: named, on the path, or inside the installed wheel."""
    named = os.environ.get("KINGFISHER") or shutil.which("kingfisher")
    if named:
        return named
    try:
        import kingfisher
    except ImportError:
        sys.exit("kingfisher is not installed")
    inside = pathlib.Path(kingfisher.__file__).parent / "bin" / "kingfisher"
    if not inside.is_file():
        sys.exit("the kingfisher package holds no program")
    return str(inside)


def seconds(command, path):
    """The median time of a process over `path`, and its number of findings."""
    arguments = [
        command, "scan", str(path), "--no-validate", "--no-update-check", "--jobs", "1",
        "--format", "jsonl", "--max-file-size", "4096", "--quiet",
    ]
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        done = subprocess.run(arguments, capture_output=True, check=False)
        times.append(time.perf_counter() - start)
        # 0 is nothing found; from 200 on, something was.
        if done.returncode not in (0, 200, 205):
            sys.exit(f"kingfisher ended with {done.returncode} on {path}")
    return statistics.median(times), done.stdout.count(b"\n")


def main():
    paths = [pathlib.Path(path) for path in sys.argv[1:]]
    if not paths:
        sys.exit(__doc__)
    command = program()
    with tempfile.TemporaryDirectory() as folder:
        small = pathlib.Path(folder) / "small.txt"
        small.write_text("ordinary text\n")
        seconds(command, small)  # compiles its rules, which it keeps on disk
        start, _ = seconds(command, small)
    print(f"whole processes, one job, median of {ROUNDS}; {start:.2f} s of each is the start")
    print("| file | MB | MB/s | MB/s without the start | lines of report |")
    print("|---|--:|--:|--:|--:|")
    for path in paths:
        size = path.stat().st_size / 1e6
        took, lines = seconds(command, path)
        scan = size / (took - start) if took > start else float("nan")
        print(f"| {path.name} | {size:.0f} | {size / took:.0f} | {scan:.0f} | {lines} |")


if __name__ == "__main__":
    main()
