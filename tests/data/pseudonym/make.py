"""Writes v1.json by the specification of the formats: python3 make.py > v1.json

Needs the package `cryptography`, and what the vectors of envelopes are made with.
"""

import calendar
import hashlib
import hmac
import ipaddress
import json
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent.parent / "envelope"))

import make as seal

KEYS, HORIZON = "confidant.pseudonym.key", "confidant.pseudonym.horizon"
SUBJECTS = "confidant.pseudonym.subject"
TENANT = "acme"
KEY, PLACES = seal.secret("pseudonym key"), seal.secret("pseudonym places")


def derive(key, kind, purpose, *parts):
    parts = [b"confidant/pseudonym@v1", kind.encode(), purpose.encode(), *parts]
    text = b"".join(struct.pack(">Q", len(part)) + part for part in parts)
    return hmac.new(key, text, hashlib.sha256).digest()


def packed(text):
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def ip(key, purpose, text):
    return derive(key, "ip", purpose, packed(text).packed)


def network(key, purpose, text, v4, v6):
    address = packed(text)
    bits = v4 if address.version == 4 else v6
    cut = ipaddress.ip_network((address, bits), strict=False).network_address
    return derive(key, "ip-network", purpose, cut.packed, bytes([bits]))


def derived():
    made = []
    for purpose in ["abuse", "analytics.trends"]:
        for tenant, subject in [("", "jo@mail.test"), ("acme", "jo@mail.test"), ("a", "Jürgen")]:
            value = derive(KEY, "subject", purpose, tenant.encode(), subject.encode())
            made.append(dict(kind="subject", purpose=purpose, tenant=tenant, id=subject, pseudonym=value.hex()))
        value = derive(KEY, "session", purpose, b"s-81")
        made.append(dict(kind="session", purpose=purpose, id="s-81", pseudonym=value.hex()))
        value = derive(KEY, "value", purpose, b"device", b"\x00\xff")
        made.append(dict(kind="value", purpose=purpose, of="device", value="00ff", pseudonym=value.hex()))
        for text in ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8:1:2::7", "0.0.0.0", "::1"]:
            made.append(dict(kind="ip", purpose=purpose, address=text, pseudonym=ip(KEY, purpose, text).hex()))
            for v4, v6 in [(24, 48), (0, 0), (32, 128), (17, 61)]:
                value = network(KEY, purpose, text, v4, v6).hex()
                made.append(dict(kind="ip-network", purpose=purpose, address=text, v4=v4, v6=v6, pseudonym=value))
    return made


def place(purpose, period, number):
    return f"{purpose}\0{period}\0".encode() + struct.pack(">I", number)


def sealed(collection, path, key):
    context = dict(tenant=TENANT, name=collection, version=0, kind="confidant.pseudonym", extras={"path": path.hex()})
    return b"\1\1" + seal.seal(context, seal.secret("data key of " + collection + path.hex()), key)


def months(year, month):
    return (year - 1970) * 12 + month - 1


def record(collection, path, value):
    return dict(collection=collection, path=path.hex(), value=value.hex())


def main():
    day = calendar.timegm((2026, 5, 1, 0, 0, 0)) // 86_400
    plain, month = seal.secret("day key"), seal.secret("month key")
    daily, monthly = place("abuse", "P1D", day), place("abuse", "P1M", months(2026, 5))
    before = calendar.timegm((2026, 4, 1, 0, 0, 0)) * 10**9
    jo = seal.secret("key of jo")
    at = derive(PLACES, "subject", "confidant.place", TENANT.encode(), b"jo@mail.test")
    records = [
        record(KEYS, daily, b"\1\0" + plain),
        record(KEYS, monthly, sealed(KEYS, monthly, month)),
        record(HORIZON, b"abuse", b"\1" + before.to_bytes(16, "big", signed=True)),
        record(SUBJECTS, at, b"\1\0" + jo),
    ]
    whole = dict(
        key=KEY.hex(),
        places=PLACES.hex(),
        tenant=TENANT,
        sealing_key=seal.KEYS[b"1"].hex(),
        derive=derived(),
        records=records,
        rotating=[
            dict(purpose="abuse", period="P1D", at="2026-05-01T23:59:59Z", sealed=False,
                 session="s-81", pseudonym=derive(plain, "session", "abuse", b"s-81").hex()),
            dict(purpose="abuse", period="P1M", at="2026-05-31T12:00:00Z", sealed=True,
                 session="s-81", pseudonym=derive(month, "session", "abuse", b"s-81").hex()),
        ],
        destroyed=[
            dict(purpose="abuse", period="P1M", at="2026-03-31T23:59:59Z"),
            dict(purpose="abuse", period="P1D", at="2026-03-31T23:59:59Z"),
        ],
        subject=dict(id="jo@mail.test", purpose="consent",
                     pseudonym=derive(jo, "subject", "consent", TENANT.encode(), b"jo@mail.test").hex()),
    )
    print(json.dumps(whole, indent=1))


main()
