"""Writes v1.json by the specification of the formats: python3 make.py > v1.json"""

import hashlib
import hmac
import json
import struct

TENANT, SUBJECT = "acme", "jo@mail.test"
KEY = bytes(range(32))
SALT, CHAIN = hashlib.sha256(b"salt").digest(), hashlib.sha256(b"chain").digest()[:16]
GIVEN, LATER = 1_700_000_000 * 10**9, 1_700_100_000 * 10**9 + 5
AHEAD = LATER + 5 * 10**9


def mac(key, *parts):
    whole = b"".join(struct.pack(">Q", len(part)) + part for part in parts)
    return hmac.new(key, whole, hashlib.sha256).digest()


def moment(nanoseconds):
    return nanoseconds.to_bytes(16, "big", signed=True)


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">H", len(value)) + value


def maybe(value):
    return b"\0" if value is None else b"\1" + value


def many(values):
    return struct.pack(">H", len(values)) + b"".join(values)


def uuid(name):
    raw = bytearray(hashlib.sha256(name.encode()).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def receipt(name, event, purposes, at, method, notice=None, expires=None, actor=0,
            jurisdiction=None, route=None, signal=None, reason=None, conflicts=(),
            received=None, behind=0):
    return (
        b"\1" + uuid(name) + bytes([event])
        + many([text(purpose) for purpose in purposes])
        + maybe(notice and text(notice[0]) + text(notice[1]) + notice[2])
        + moment(at) + moment(received or at + 1) + struct.pack(">Q", behind) + maybe(expires and moment(expires))
        + text(method) + bytes([actor])
        + maybe(jurisdiction and text(jurisdiction))
        + maybe(route and text(route)) + maybe(signal and text(signal))
        + maybe(reason and text(reason))
        + many([text(purpose) + uuid(consent) + text(clause) for purpose, consent, clause in conflicts])
    )


PLACE = mac(KEY, b"confidant/consent/place@v1", TENANT.encode(), SUBJECT.encode())
SUBJECT_KEY = mac(KEY, b"confidant/consent/subject@v1", TENANT.encode(), PLACE, SALT)
NOTICE = ("2026-04-22", "en", hashlib.sha256(b"the text of the notice").digest())
BODIES = [
    receipt("first", 4, ["ads", "training"], GIVEN, "form.checkbox", notice=NOTICE,
            expires=GIVEN + 365 * 86_400 * 10**9, jurisdiction="US-CA",
            route="https://acme.test/privacy"),
    receipt("second", 32, ["ads"], LATER, "header.sec-gpc", actor=3, signal=b"1",
            conflicts=[("ads", "first", "C-7")]),
    receipt("third", 9, ["training"], LATER + 10**9, "settings", received=AHEAD),
    receipt("fourth", 17, ["security"], LATER + 2 * 10**9, "review", actor=2,
            reason="a claim is pending", received=AHEAD, behind=1),
]


def record(collection, path, value):
    return dict(collection=f"confidant.consent.{collection}", path=path.hex(), value=value.hex())


def chain(bodies, count=None):
    records, last = [], bytes(32)
    for index, body in enumerate(bodies):
        number = struct.pack(">Q", index + 1)
        last = mac(SUBJECT_KEY, b"confidant/consent/receipt@v1", CHAIN, number, last, body)
        records.append(record("receipt", CHAIN + number, body + last))
    number = struct.pack(">Q", len(bodies) if count is None else count)
    begun = moment(GIVEN)
    head = mac(SUBJECT_KEY, b"confidant/consent/head@v1", CHAIN, begun, number, last)
    return [record("subject", PLACE, b"\1" + SALT + CHAIN + begun + number + last + head)] + records


def rejects():
    good = chain(BODIES)
    yield "another version of the format", dict(good[1], value="02" + good[1]["value"][2:])
    yield "a receipt in the place of another", dict(good[2], value=good[3]["value"])
    yield "a count without its receipts", chain(BODIES, count=5)[0]
    yield "a record without its MAC", dict(good[0], value=good[0]["value"][:-64])
    unsorted = receipt("first", 32, ["training", "ads"], GIVEN, "form")
    yield "purposes out of order", chain([unsorted])[1]
    yield "a consent without a notice", chain([receipt("first", 4, ["ads"], GIVEN, "form", route="x")])[1]
    yield "an event that is unknown", chain([receipt("first", 10, ["ads"], GIVEN, "form")])[1]


EXPORT = b"\1" + text("training") + moment(GIVEN) + maybe(moment(LATER) + hashlib.sha256(b"set").digest())
EXPORT += mac(KEY, b"confidant/consent/export@v1", TENANT.encode(), b"set-1", EXPORT)
PERSON = mac(SUBJECT_KEY, b"confidant/consent/lineage@v1")
PLACED = b"\1" + maybe(uuid("first"))
PLACED += mac(SUBJECT_KEY, b"confidant/consent/admitted@v1", b"set-1", PLACED)
print(json.dumps(dict(
    tenant=TENANT,
    subject=SUBJECT,
    key=KEY.hex(),
    records=chain(BODIES) + [
        record("export", b"set-1", EXPORT),
        record("lineage", PERSON + b"set-1", PLACED),
    ],
    receipts=[uuid(name).hex() for name in ["first", "second", "third", "fourth"]],
    given=GIVEN,
    log_subject=mac(SUBJECT_KEY, b"confidant/consent/log@v1", b"subject").hex(),
    log_first=mac(SUBJECT_KEY, b"confidant/consent/log@v1", b"receipt", uuid("first")).hex(),
    reject=[dict(name=name, record=one) for name, one in rejects()],
), indent=1))
