"""Writes v1.json by the specification of the formats: python3 make.py > v1.json

Needs the package `cryptography`.
"""

import base64
import hashlib
import json
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORIGIN = "acme.example/audit"
WIDTH = 256


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Key:
    def __init__(self, seed):
        self.seed = sha(seed.encode())
        self.private = Ed25519PrivateKey.from_private_bytes(self.seed)
        public = b"\x01" + self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = sha(ORIGIN.encode(), b"\n", public)[:4]
        self.text = f"{ORIGIN}+{self.id.hex()}+{base64.b64encode(public).decode()}"

    def line(self, text):
        signature = base64.b64encode(self.id + self.private.sign(text.encode())).decode()
        return f"— {ORIGIN} {signature}\n"


def subtrees(leaves):
    """The roots of the complete subtrees, the largest first."""
    roots = []
    while leaves:
        size = 1 << len(leaves).bit_length() - 1
        roots.append(complete(leaves[:size]))
        leaves = leaves[size:]
    return roots


def complete(leaves):
    while len(leaves) > 1:
        leaves = [sha(b"\1", *leaves[at : at + 2]) for at in range(0, len(leaves), 2)]
    return leaves[0]


def root(leaves):
    roots = subtrees(leaves)
    if not roots:
        return sha()
    right = roots.pop()
    while roots:
        right = sha(b"\1", roots.pop(), right)
    return right


def entry(number, action="test", fields=b""):
    head = struct.pack(">BBqIQ", 1, 3, 1_700_000_000 + number, 0, 0)
    action = b"\0" + action.encode()
    return head + b"\1" + struct.pack(">H", len(action)) + action + fields


class Log:
    def __init__(self, key):
        self.key, self.leaves, self.records = key, [], {}

    def checkpoint(self):
        text = f"{ORIGIN}\n{len(self.leaves)}\n{base64.b64encode(root(self.leaves)).decode()}\n"
        return (text + "\n" + self.key.line(text)).encode()

    def append(self, *entries):
        first = len(self.leaves)
        self.leaves += [sha(b"\0", entry) for entry in entries]
        identity = sha(b"batch", struct.pack(">Q", first))[:16]
        note = self.checkpoint()
        for path in [path for path in self.records if path.startswith(b"h")]:
            del self.records[path]
        roots = subtrees(self.leaves)
        head = b"confidant audit head 1\n" + bytes([len(roots)]) + b"".join(roots) + note
        self.records[b"h" + identity] = head
        for index, entry in enumerate(entries, first):
            value = struct.pack(">H", len(entry)) + entry
            if index + 1 == len(self.leaves):
                value += identity + note
            self.records[b"e" + struct.pack(">Q", index)] = value
        self.tiles()

    def tiles(self):
        level, hashes = 0, self.leaves
        while len(hashes) >= WIDTH or level and hashes:
            full = len(hashes) // WIDTH
            parts = [hashes[at * WIDTH :][:WIDTH] for at in range(full + 1)]
            for at, part in enumerate(parts):
                if part and (level or len(part) == WIDTH):
                    self.records[b"t" + struct.pack(">BQ", level, at)] = b"".join(part)
            hashes = [complete(part) for part in parts[:full]]
            level += 1

    def rotate(self, new):
        known = f"{len(self.leaves)}\n{base64.b64encode(root(self.leaves)).decode()}"
        text = f"confidant/audit/rotate-key@v1\n{ORIGIN}\n{known}\n{new.text}\n"
        statement = (text + "\n" + self.key.line(text) + new.line(text)).encode()
        fields = b"\x0b" + struct.pack(">H", len(statement)) + statement
        self.key = new
        self.append(entry(len(self.leaves), "audit.rotate-key", fields))


def small():
    log = Log(OLD)
    log.append(entry(0))
    log.append(entry(1), entry(2))
    log.rotate(NEW)
    log.append(entry(4), entry(5))
    return log


def head_of(records):
    return next(path for path in records if path.startswith(b"h"))


def case(name, records, verdict, keys):
    return {
        "name": name,
        "keys": [key.text for key in keys],
        "verdict": verdict,
        "records": [[path.hex(), value.hex()] for path, value in sorted(records.items())],
    }


OLD, NEW, OTHER = Key("old"), Key("new"), Key("other")


def cases():
    log = small()
    full = log.records
    yield case("whole, by the first key", full, "Intact", [OLD])
    yield case("whole, by the last key", full, "Intact", [NEW])
    yield case("whole, by another key", full, "OtherKey", [OTHER])
    before = Log(OLD)
    before.append(entry(0))
    before.append(entry(1), entry(2))
    yield case("an earlier state", before.records, "Intact", [OLD])
    head = head_of(full)
    without = {path: value for path, value in full.items() if path != head}
    yield case("fail_no_head", without, "Altered 6", [OLD])
    back = {**without, head_of(before.records): before.records[head_of(before.records)]}
    yield case("fail_head_of_an_earlier_state", back, "Altered 3", [OLD])
    yield case("fail_two_heads", {**back, head: full[head]}, "Altered 6", [OLD])
    cut = {path: value for path, value in full.items() if path[:1] + path[-1:] != b"e\5"}
    yield case("fail_last_entry_missing", cut, "Altered 5", [OLD])
    tiled = Log(OLD)
    for first, last in [(0, 100), (100, 101), (101, 256), (256, 260), (260, 515)]:
        tiled.append(*(entry(number) for number in range(first, last)))
    yield case("two tiles and what is above them", tiled.records, "Intact", [OLD])


if __name__ == "__main__":
    seeds = [key.seed.hex() for key in (OLD, NEW)]
    vectors = {"seeds": seeds, "cases": list(cases())}
    print(json.dumps(vectors, indent=1, ensure_ascii=True))
