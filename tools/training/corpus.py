#!/usr/bin/env python3
"""Prints the files of clean text under some roots, one a line, in a fixed order.

Usage: corpus.py learn|held-back ROOT... > corpus.list

The packages that the roots hold are parted by a digest of their names: from a
quarter of them nothing is learnt, so that it shows what the classifier does to
text that it has not seen.

Roots that are worth it: the sources of crates in the local registry, Python's
standard library and packages, /usr/share/doc. Code, configuration and
documentation of at most 1 MB are taken; tests, fixtures and whatever is about
secrets itself are left out, since their values are meant to look real.
"""
import hashlib
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



def digest(text):
    return int(hashlib.md5(text.encode()).hexdigest(), 16)


def package(path):
    """The package that a file belongs to; some are so large that they are parted."""
    for place in (r"registry/src/[^/]+/([^/]+)/", r"site-packages/([^/]+)", r"share/doc/([^/]+)"):
        found = re.search(place, path)
        if found:
            large = found[1] in ("botocore", "awscli")
            return found[1] + path[-12:] if large else found[1]
    return path


held_back = sys.argv[1] == "held-back"
for root in sys.argv[2:]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            within = os.path.relpath(path, root)
            kind = os.path.splitext(name)[1]
            plain = kind in KINDS or (not kind and "/doc/" in path)
            if plain and not ABOUT_SECRETS.search(within) and os.path.isfile(path):
                if os.path.islink(path) or os.path.getsize(path) > MOST:
                    continue
                # One crate of generated code would be a tenth of everything.
                if re.search(r"aws-sdk-ec2|rustpython", path) and digest(path) % 8:
                    continue
                if (digest(package(path)) % 4 == 0) == held_back:
                    print(path)
