#!/usr/bin/env python3
"""Prints the files of clean text under some roots, one a line, in a fixed order.

Usage: corpus.py ROOT... > corpus.list

Roots that are worth it: the sources of crates in the local registry, Python's
standard library and packages, /usr/share/doc. Code, configuration and
documentation of at most 1 MB are taken; tests, fixtures and whatever is about
secrets itself are left out, since their values are meant to look real.
"""
import os
import re
import sys

KINDS = set(
    ".c .cfg .conf .cpp .css .go .h .hpp .html .ini .java .js .json .jsx .kt .md .mjs .php .pl .pm .proto"
    " .py .pyi .rb .rs .rst .scss .sh .sql .swift .toml .ts .tsx .txt .xml .yaml .yml".split()
)
ABOUT_SECRETS = re.compile(
    r"test|fixture|example|mock|secret|cred|redact|cerberust|keyspoor|kingfisher|gitleaks|trufflehog"
    r"|passw|vectors?[/._-]|wordlist|/moto/|corpus",
    re.IGNORECASE,
)
MOST = 1_000_000

for root in sys.argv[1:]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            within = os.path.relpath(path, root)
            kind = os.path.splitext(name)[1]
            plain = kind in KINDS or (not kind and "/doc/" in path)
            if plain and not ABOUT_SECRETS.search(within) and os.path.isfile(path):
                if not os.path.islink(path) and os.path.getsize(path) <= MOST:
                    print(path)
