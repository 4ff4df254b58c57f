"""Writes v1.json by the specification of the formats: python3 make.py > v1.json

Needs the package `cryptography`, and what the vectors of envelopes are made with.
"""

import hashlib
import hmac
import json
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent.parent / "envelope"))

import make as seal
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TENANT, ID, GUARD = "acme", "c-17", "guard"
KEY = seal.secret("conversation")
CREATED, EXPIRES = 1_780_000_000, 4_000_000_000
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PLACES = dict(model=1, retrieval=2, system=4, tool=8, user=16)
ORDER = ["model", "retrieval", "system", "tool", "user"]
SYNTAXES = ["json", "schema", "text"]


def mac(what, *parts):
    text = b"confidant/guard@v1"
    for part in (what.encode(), *parts):
        text += struct.pack(">Q", len(part)) + part
    return hmac.digest(KEY, text, "sha256")


def tag(kind, value, counter=0):
    text = kind.encode() + b"\0" + value.encode() + struct.pack(">I", counter)
    return hmac.digest(mac("placeholder"), text, "sha256")[:5]


def placeholder(kind, value):
    bits = int.from_bytes(tag(kind, value), "big")
    digits = [ALPHABET[bits >> 5 * at & 31] for at in reversed(range(8))]
    return f"[{kind}-{''.join(digits)}]"


def value(kind, text, places, form=0):
    seen = sum(PLACES[place] for place in places)
    record = b"\x01" + tag(kind, text) + bytes([seen, form, len(kind)]) + kind.encode()
    return record + struct.pack(">I", len(text.encode())) + text.encode()


def plain(place, syntax, text):
    where = bytes([ORDER.index(place), SYNTAXES.index(syntax)])
    return mac("plain", GUARD.encode(), where, text.encode())[:16]


def sent(place, syntax, text, wire):
    to = mac("wire", wire.encode())[:16]
    forms = dict.fromkeys([text, wire])
    return b"".join(b"\x04" + plain(place, syntax, form) + to for form in forms)


def part(number, records):
    bound = seal.context(TENANT, ID, number, "confidant.guard.part")
    bound = seal.digest(bound)
    data_key = seal.secret(f"part {number}")
    wrapped = seal.wrap(mac("seal"), b"conversation", b"1", data_key, bound)
    return seal.envelope(b"conversation", b"1", wrapped, seal.body(data_key, bound, records))


def chained(parts):
    chain = bytes(32)
    for each in parts:
        chain = mac("chain", chain, each)
    return chain


def head(parts, created=CREATED, expires=EXPIRES):
    fixed = b"cfdguard\x01" + struct.pack(">qqQ", created, expires, len(parts)) + chained(parts)
    tagged = mac("head", TENANT.encode(), ID.encode(), fixed)
    bound = seal.context(TENANT, ID, 0, "confidant.guard.key")
    return fixed + tagged + seal.seal(bound, seal.secret("head"), KEY)


def records(head, parts):
    stored = [dict(path=f"head/{ID}".encode().hex(), value=head.hex())]
    for number, each in enumerate(parts):
        path = f"part/{ID}/".encode() + struct.pack(">Q", number)
        stored.append(dict(path=path.hex(), value=each.hex()))
    return stored


def conversation():
    email, card = "ann@acme-mail.com", "4111111111111111"
    text = f"I am {email}, card {card}"
    wire = f"I am {placeholder('EMAIL', email)}, card {placeholder('CARD', card)}"
    first = value("EMAIL", email, ["user"]) + value("CARD", card, ["user", "tool"])
    second = sent("user", "text", text, wire) + b"\x06" + struct.pack(">I", 3)
    second += b"\x02" + tag("EMAIL", email) + bytes([PLACES["system"]])
    parts = [part(0, first), part(1, second)]
    good = head(parts)

    def flipped(at):
        return good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]

    swapped = [parts[1], parts[0]]
    unknown = [part(0, b"\x07" + bytes(21))]
    cut = [part(0, first[:-1])]
    other = [part(0, first + b"\x01" + tag("EMAIL", email) + b"\x10\0\x05EMAIL\0\0\0\x01x")]
    longer = dict(path=(f"part/{ID}/".encode() + struct.pack(">Q", 2)).hex(), value=part(2, b"").hex())
    return dict(
        tenant=TENANT,
        id=ID,
        text=text,
        wire=wire,
        epoch=3,
        # What the operator's instructions hold is shown to nobody.
        shown=f"I am {placeholder('EMAIL', email)}, card {card}",
        records=records(good, parts),
        fail_head_bytes=[records(flipped(at), parts) for at in (0, 8, 16, 24, 32, 40, 72, 120)],
        fail_parts=[
            records(good, parts[:1]),
            records(good, swapped),
            records(head(unknown), unknown),
            records(head(cut), cut),
            records(head(other), other),
        ],
        # What lies behind the end of the chain is not read, and is noticed by a writer.
        fail_save=records(good, parts) + [longer],
    )


def text16(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">H", len(data)) + data


def optional(value, write):
    return b"\0" if value is None else b"\x01" + write(value)


def moment(seconds):
    return (seconds * 10**9).to_bytes(16, "big", signed=True)


def record_mac(use, *parts):
    # The key of the log is all zeros.
    made = hmac.new(bytes(32), digestmod=hashlib.sha256)
    for part in (b"confidant/audit/record@v1", use, *parts):
        made.update(struct.pack(">Q", len(part)) + part)
    return made.digest()


def copies():
    made = []
    for kind, owner, expires, name, part_of, record in [
        ("batch", b"\0", EXPIRES, "batch-1", None, b"c-17"),
        ("file", b"\x01" + text16("acme"), None, "file-1", "batch-1", None),
        ("stored_response", b"\x02", EXPIRES, None, None, b"c-18"),
    ]:
        text = b"\x02" + text16(kind) + text16("openai")
        text += text16("https://api.openai.com:443") + text16("large") + owner + moment(CREATED)
        text += optional(expires, moment) + optional(name, text16) + optional(part_of, text16)
        text += optional(None, bytes) + optional(record, text16)
        text += record_mac(b"confidant.guard.copy", b"acme", len(made).to_bytes(16, "big"), text)
        made.append(dict(kind=kind, id=name, expires=expires, value=text.hex()))
    return made


def budget():
    window, number = 3600, CREATED // 3600
    path = b"daily/" + struct.pack(">Q", number ^ 1 << 63)
    count = struct.pack(">QQQ", 2_999, 17, 4)
    count += record_mac(b"confidant.guard.budget", TENANT.encode(), path, count)
    return dict(
        name="daily",
        window=window,
        at=CREATED,
        path=path.hex(),
        value=count.hex(),
        tokens=2_999,
    )


def attestation():
    key = Ed25519PrivateKey.from_private_bytes(seal.secret("attestation"))
    row = dict(
        id="a-1",
        provider="acme-models",
        endpoint="*",
        feature="chat",
        model="large*",
        control="zero_retention",
        claim="holds",
        basis="contract",
        reviewed_on="2026-11-01T00:00:00Z",
        expires_on="2026-12-01T00:00:00Z",
        evidence=seal.secret("evidence").hex(),
    )
    lines = ["confidant/attestation@v1", *row.values(), ""]
    row["signature"] = key.sign("\n".join(lines).encode()).hex()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return dict(key=public.hex(), document=row)


def main():
    vectors = dict(
        key=dict(id=seal.ID.decode(), version="1", key=seal.KEYS[b"1"].hex()),
        conversation=conversation(),
        copies=copies(),
        budget=budget(),
        attestation=attestation(),
    )
    json.dump(vectors, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
