"""Writes v1.json by the specification of the formats: python3 make.py > v1.json"""

import base64
import hashlib
import hmac
import json
import struct
from datetime import datetime, timezone

KEY = bytes([5]) * 32


def digest(kind, value):
    mac = hmac.new(KEY, digestmod=hashlib.sha256)
    for part in ("confidant/audit/log@v1", kind, value):
        mac.update(struct.pack(">Q", len(part.encode())) + part.encode())
    return mac.digest()


def pseudonym(subject):
    whole = base64.urlsafe_b64encode(digest("retention.subject", subject))
    return "log:" + whole.decode().rstrip("=")


def moment(day):
    at = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=timezone.utc)
    return (int(at.timestamp()) * 10**9).to_bytes(16, "big", signed=True)


def number(value):
    return struct.pack(">Q", value)


def text(value):
    return struct.pack(">I", len(value.encode())) + value.encode()


def flag(value):
    return b"\1" if value else b"\0"


def maybe(value):
    return b"\0" if value is None else b"\1" + value


def many(items):
    return struct.pack(">I", len(items)) + b"".join(items)


def selector(tenant=None, subjects=None, categories=None, start=None, end=None):
    return b"".join(
        [
            maybe(None if tenant is None else text(tenant)),
            maybe(None if subjects is None else many([text(pseudonym(s)) for s in subjects])),
            maybe(None if categories is None else many([text(c) for c in categories])),
            maybe(None if start is None else moment(start)),
            maybe(None if end is None else moment(end)),
        ]
    )


def hold(second):
    return b"".join(
        [
            b"\1",
            text("hold/1"),
            selector("acme", ["jo@mail.test", "al"], ["chat"], "2025-01-01", "2026-01-01"),
            text("litigation:2026-17"),
            text("staff:1"),
            moment("2026-04-01"),
            moment("2027-01-01"),
            flag(True),
            maybe(text("staff:4") + moment("2026-04-30")),
            many([selector(subjects=["al"]) + text("staff:2") + text(second) + moment("2026-04-20")]),
            number(3),
            many([number(2) + selector("acme") + text("staff:2") + moment("2026-04-21")]),
        ]
    )


def order():
    parts = ["acme", "jo@mail.test", None, "chat", "delete", "dsr-1"]
    return "".join("-" if part is None else f"{len(part.encode())}:{part}" for part in parts)


def done(items):
    return b"\3" + moment("2026-05-01") + number(items) + bytes(32) + flag(False)


TASKS = [
    text("backup") + number(0) + flag(True) + b"\4" + moment("2026-06-05") + bytes(32),
    *(text(name) + number(1) + flag(True) + done(3) for name in ("files", "primary", "vectors")),
]
ORDER = b"".join(
    [
        b"\1",
        text("delete"),
        moment("2026-05-01"),
        maybe(text("CC-44")),
        maybe(moment("2026-05-08")),
        number(0),
        many(TASKS),
    ]
)


def deleted(tenant, collection, path):
    whole = f"{len(tenant)}:{tenant}{len(collection)}:{collection}{path.encode().hex()}"
    return digest("retention.record", whole)


OUTBOX = b"\1" + number(7) + many(
    [
        deleted("acme", "things", "t0") + maybe(text("T-1")),
        deleted("acme", "things", "t1") + maybe(None),
    ]
)


def mac(*parts):
    mac = hmac.new(KEY, digestmod=hashlib.sha256)
    for part in (b"confidant/audit/record@v1", b"retention", *parts):
        mac.update(struct.pack(">Q", len(part)) + part)
    return mac.digest()


def record(tenant, collection, path, value):
    value += mac(tenant.encode(), collection.encode(), path, value)
    return {"tenant": tenant, "collection": collection, "path": path.hex(), "value": value.hex()}


ORDER_ID = digest("retention.order", order())
HOLD = hold("staff:3")
COUNT = b"\1" + number(5) + number(1) + mac(b"", b"confidant.retention.hold", b"hold/1", HOLD)
HOLDS, ORDERS = "confidant.retention.hold", "confidant.retention.order"
print(
    json.dumps(
        {
            "key": KEY.hex(),
            "pseudonym": pseudonym("jo@mail.test"),
            "hold": record("", HOLDS, b"hold/1", hold("staff:3")),
            "count": record("", "confidant.retention.holds", b"", COUNT),
            "order": record("acme", ORDERS, ORDER_ID, ORDER),
            "run": record("", "confidant.retention.run", b"things", b"\1" + moment("2026-05-01")),
            "outbox": record("", "confidant.retention.outbox", b"things", OUTBOX),
            "reject": [
                {**record("", HOLDS, b"hold/1", HOLD), "path": b"hold/2".hex()},
                {**record("", HOLDS, b"hold/1", HOLD), "value": HOLD.hex()},
                record("", HOLDS, b"hold/1", HOLD),
                record("", HOLDS, b"hold/1", hold("staff:2")),
                record("", HOLDS, b"hold/1", b"\2" + hold("staff:3")[1:]),
                record("", HOLDS, b"hold/1", hold("staff:3") + b"\0"),
                record("", HOLDS, b"hold/1", hold("staff:3")[:-1]),
                record("acme", ORDERS, ORDER_ID, ORDER[:-1] + b"\2"),
                record("acme", ORDERS, ORDER_ID, ORDER.replace(b"files", b"alles")),
            ],
        },
        indent=1,
    )
)
