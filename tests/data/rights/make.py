"""Writes v1.json by the specification of the formats: python3 make.py > v1.json"""

import hashlib
import json
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.stdout, out = open("/dev/null", "w"), sys.stdout
sys.path.insert(0, str(Path(__file__).parent.parent / "consent"))

from make import mac, many, maybe, moment, text  # noqa: E402

sys.stdout = out

TENANT, SUBJECT = "acme", "jo@mail.test"
KEY = bytes(range(32))
RECEIVED = 1_800_000_000 * 10**9
DAY = 86_400 * 10**9
ID, OTHER = (hashlib.sha256(name).digest()[:16] for name in [b"request", b"other"])
PERSON = mac(KEY, b"confidant/rights/subject@v1", TENANT.encode(), SUBJECT.encode())


def evidence(day):
    return moment(RECEIVED + day * DAY) + hashlib.sha256(b"evidence").digest()


def step(day, code, rest=b""):
    return moment(RECEIVED + day * DAY) + bytes([code]) + rest


def kept(category, clause, until):
    return text(category) + text(clause) + maybe(until and moment(until))


def sealed(collection, path, body):
    parts = [TENANT.encode(), f"confidant.rights.{collection}".encode(), path, body]
    seal = mac(KEY, b"confidant/rights/record@v1", *parts)
    return record(collection, path, body + seal)


def record(collection, path, value):
    return dict(collection=f"confidant.rights.{collection}", path=path.hex(), value=value.hex())


def request(kind=5, state=6, agent="AGENT_ONE", stores=(("backup", 1), ("primary", 1)), steps=None):
    steps = STEPS if steps is None else steps
    return (
        b"\1" + PERSON + bytes([kind]) + moment(RECEIVED) + maybe(agent and text(agent))
        + maybe(text("DE")) + maybe(evidence(0)) + maybe(evidence(0) if agent else None)
        + maybe(None) + maybe(None) + text("drp") + bytes([state])
        + many([text(name) + bytes([done]) for name, done in stores]) + many(steps)
    )


STEPS = [
    step(1, 1),
    step(1, 9),
    step(2, 10),
    step(3, 11, text("primary") + b"\0" + struct.pack(">Q", 7) + evidence(3)
         + many([kept("billing", "CC-40", RECEIVED + 3000 * DAY), kept("notes", "case-7", None)])),
    step(4, 12, text("more-time")),
    step(5, 11, text("backup") + b"\2" + moment(RECEIVED + 40 * DAY) + evidence(5) + many([])),
    step(6, 13, hashlib.sha256(b"answer").digest()),
]
ACCESS = (
    b"\1" + PERSON + b"\1" + moment(RECEIVED) + maybe(None) + maybe(None) + maybe(None)
    + maybe(None) + maybe(maybe(moment(RECEIVED - 30 * DAY)) + maybe(None)) + maybe(None)
    + text("form") + b"\7" + many([]) + many([step(1, 14, text("IC-71") + b"\2")])
)
FIELD = PERSON + b"profile.name"
VALUE = mac(KEY, b"confidant/rights/value@v1", TENANT.encode(), FIELD, b"Jo Doe")
CORRECTION = b"\1" + text("data-subject") + moment(RECEIVED) + maybe(ID) + VALUE


def rejects():
    good = request()
    yield "no MAC", record("request", ID, good)
    yield "the MAC of another place", dict(sealed("request", OTHER, good), path=ID.hex())
    yield "another version", sealed("request", ID, b"\2" + good[1:])
    yield "a kind that is unknown", sealed("request", ID, request(kind=11))
    yield "a state that is unknown", sealed("request", ID, request(state=10))
    yield "stores out of order", sealed("request", ID, request(stores=[("primary", 1), ("backup", 1)]))
    yield "a report that is not there", sealed("request", ID, request(steps=STEPS[:3]))
    yield "a store that was not asked", sealed("request", ID, request(stores=[("primary", 1)]))
    yield "a step that is unknown", sealed("request", ID, request(steps=STEPS + [step(7, 17)]))
    yield "more behind the end", sealed("request", ID, good + b"\0")


print(json.dumps(dict(
    tenant=TENANT,
    subject=SUBJECT,
    key=KEY.hex(),
    records=[
        sealed("request", ID, request()),
        sealed("request", OTHER, ACCESS),
        record("subject", PERSON + ID, b"\1"),
        record("subject", PERSON + OTHER, b"\1"),
        sealed("correction", FIELD, CORRECTION),
    ],
    request=ID.hex(),
    refused=OTHER.hex(),
    received=RECEIVED,
    reject=[dict(name=name, record=one) for name, one in rejects()],
), indent=1))
