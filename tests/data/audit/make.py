"""Writes v1.json by the specification of the formats: python3 make.py > v1.json

Needs the package `cryptography`.
"""

import base64
import hashlib
import json
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORIGIN = "acme.example/audit"
FIRST_MOMENT = -62_167_219_200
LAST_MOMENT = 253_402_207_200
MOST = 2**64 - 1
ENTRY, CHECKPOINT = 1, 2


class Key:
    def __init__(self, seed, name=ORIGIN):
        self.name = name
        self.seed = hashlib.sha256(seed.encode()).digest()
        self.private = Ed25519PrivateKey.from_private_bytes(self.seed)
        public = b"\x01" + self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
        self.text = f"{name}+{self.id.hex()}+{base64.b64encode(public).decode()}"

    def line(self, text):
        signature = base64.b64encode(self.id + self.private.sign(text.encode())).decode()
        return f"— {self.name} {signature}\n"


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def root(leaves):
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:split]) + root(leaves[split:])).digest()


def note(key, leaves, origin=ORIGIN):
    text = f"{origin}\n{len(leaves)}\n{base64.b64encode(root(leaves)).decode()}\n"
    return (text + "\n" + key.line(text)).encode()


def field(tag, value):
    return bytes([tag]) + struct.pack(">H", len(value)) + value


def entry(action, seconds, behind=0, fields=b"", nanoseconds=0):
    head = struct.pack(">BBqIQ", 1, 3, seconds, nanoseconds, behind)
    return head + field(1, b"\0" + action.encode()) + fields


def check(kind, body):
    return hashlib.sha256(bytes([0 if kind == ENTRY else kind]) + body).digest()[:4]


def frame(kind, index, body):
    mark = int.from_bytes(check(kind, body), "big") ^ (index & 0xFFFFFFFF)
    return bytes([kind]) + struct.pack(">H", len(body)) + body + struct.pack(">I", mark)


def header(key, seconds=FIRST_MOMENT):
    first = note(key, [])
    head = b"confidant audit segment 1\n" + struct.pack(">QqIB", 0, seconds, 0, 0)
    head += struct.pack(">H", len(first)) + first
    return head + check(2, head)


class Log:
    def __init__(self, key, seconds=FIRST_MOMENT):
        self.key, self.leaves, self.bytes = key, [], header(key, seconds)

    def entry(self, body):
        self.bytes += frame(ENTRY, len(self.leaves), body)
        self.leaves.append(leaf_hash(body))
        return self

    def checkpoint(self, key=None, origin=ORIGIN):
        body = note(key or self.key, self.leaves, origin)
        self.bytes += frame(CHECKPOINT, len(self.leaves), body)
        return self

    def hand_over(self, new, seconds, signers=None):
        size = f"{len(self.leaves)}\n{base64.b64encode(root(self.leaves)).decode()}"
        text = f"confidant/audit/rotate-key@v1\n{ORIGIN}\n{size}\n{new.text}\n"
        lines = "".join(key.line(text) for key in signers or [self.key, new])
        statement = field(11, (text + "\n" + lines).encode())
        self.key = new
        return self.entry(entry("audit.rotate-key", seconds, fields=statement))


def main():
    first, second, stranger = Key("first key"), Key("second key"), Key("another key")
    cases = []

    def case(name, segment, verdict, size, opens, torn=0, torn_entries=0, keys=(first,), by=None):
        """`opens`: how many entries a program finds, or the kind of its error."""
        cut = None
        if torn and isinstance(opens, int):
            tail = segment.rstrip(b"\0")
            digest = hashlib.sha256(tail[len(tail) - torn :]).hexdigest()
            cut = f"{size:020}-{digest[:16]}.cut"
        cases.append(
            {
                "name": name,
                "segment": segment.hex(),
                "keys": [key.text for key in keys],
                "seed": (by or first).seed.hex(),
                "verdict": verdict,
                "size": size,
                "torn_bytes": torn,
                "torn_entries": torn_entries,
                "opens": opens,
                "cut": cut,
            }
        )

    def log(count=2):
        made = Log(first)
        for number in range(count):
            made.entry(entry(f"entry.{number}", 1_700_000_000 + number)).checkpoint()
        return made

    whole = log().bytes
    case("whole", whole, "intact", 2, 2)
    case("zeros behind the end", whole + bytes(700), "intact", 2, 2)

    # Behind the last checkpoint.
    more = frame(ENTRY, 2, entry("forged", 1_700_000_009))
    case("an entry that nobody signed", whole + more, "intact", 2, 2, len(more), 1)
    case("rubbish", whole + b"\xee" * 90, "intact", 2, 2, 90)
    half = more[: len(more) // 2]
    case("half an entry", whole + half, "intact", 2, 2, len(half.rstrip(b"\0")))
    forged = log().entry(entry("forged", 1_700_000_009)).checkpoint(stranger).bytes
    case("a batch by another key", forged, "altered 2", 2, "Integrity")
    case("a frame of kind 3", whole + frame(3, 2, b"later"), None, 2, "Refused")

    # Broken, with a checkpoint behind the break.
    at = len(log(1).bytes)
    bit = bytearray(whole)
    bit[at + 20] ^= 1
    case("a bit of the last entry", bytes(bit), "altered 1", 1, "Integrity")
    bit = bytearray(whole)
    bit[-30] ^= 1
    case("a bit of the last checkpoint", bytes(bit), "altered 1", 1, "Integrity")
    long = "x" * 250
    fields = b"".join(field(tag, b"\0" + long.encode()) for tag in range(2, 9))
    batch = log(1).entry(entry("long", 1_700_000_001, fields=fields)).checkpoint().bytes
    sector = (at // 512 + 1) * 512
    hole = batch[:sector] + bytes(512) + batch[sector + 512 :]
    case("a sector that was not written", hole, "intact", 1, 1, len(hole) - at)
    less = batch[: sector + 8] + bytes(400) + batch[sector + 408 :]
    case("less than a sector", less, "altered 1", 1, "Integrity")

    # Signed, and not as a log writes it.
    def odd(body):
        return log(1).entry(body).checkpoint().bytes

    case("a time that runs backwards", odd(entry("x", 1)), "malformed 1", 1, 2)
    case("an empty entry", odd(b""), "malformed 1", 1, "Integrity")
    trailing = entry("x", 1_700_000_001) + b"\0"
    case("a trailing byte", odd(trailing), "malformed 1", 1, "Integrity")
    other = log(1).entry(entry("x", 1_700_000_001)).checkpoint(origin="other.example/audit")
    case("another origin", other.bytes, "malformed 1", 1, "Integrity")
    dated = Log(first, seconds=5).bytes
    case("another time in the first header", dated, "altered 0", 0, "Integrity")
    leap = log(1).entry(entry("far", LAST_MOMENT, nanoseconds=999_999_999)).checkpoint()
    leap.entry(entry("back", 1_700_000_060, behind=MOST)).checkpoint()
    case("a clock out of all bounds", leap.bytes, "intact", 3, 3)

    # Another key.
    case("a key that signed nothing", whole, "other key", 0, "Integrity", keys=[stranger], by=stranger)
    handed = log(1).hand_over(second, 1_700_000_001).checkpoint()
    handed = handed.entry(entry("after", 1_700_000_002)).checkpoint().bytes
    for name, keys in [("first", [first]), ("last", [second]), ("both", [first, second])]:
        case(f"handed over, the {name} of the keys", handed, "intact", 3, 3, keys=keys, by=second)
    case("handed over, the old key opens", handed, "intact", 3, "Integrity")
    one = log(1).hand_over(second, 1_700_000_001, signers=[second]).checkpoint().bytes
    case("handed over by the new key alone", one, "altered 1", 1, 2, by=second)
    silent = log(1)
    silent.key = second
    silent = silent.entry(entry("x", 1_700_000_001)).checkpoint().bytes
    case("another key without a hand-over", silent, "altered 1", 1, 2, by=second)

    json.dump({"origin": ORIGIN, "cases": cases}, fp=sys.stdout, indent=1)
    print()


main()
