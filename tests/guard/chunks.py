"""Runs chunk-invariance over filters that a test serves on a socket, line by line."""

import json
import socket
import sys

from chunk_invariance import assert_chunk_invariant

lines = socket.create_connection(("127.0.0.1", int(sys.argv[1]))).makefile("rw")


def ask(question):
    print(json.dumps(question), file=lines, flush=True)
    return json.loads(lines.readline())


tried = {}
for case in json.load(sys.stdin):
    name, text = case["filter"], case["text"]

    def stream(chunks):
        return ask({"filter": name, "pieces": list(chunks)})

    def whole(given):
        return ask({"filter": name, "whole": given})

    splits = assert_chunk_invariant(stream, whole, text, splits=case["splits"])
    tried[name] = tried.get(name, 0) + splits
print(json.dumps(tried))
