"""Writes v1.json by the specification of the formats: python3 make.py > v1.json

Needs the package `cryptography`.
"""

import hashlib
import json
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

NONCE = bytes(12)
VALUE = b"confidant:v1:context"
TENANT_KEY = b"confidant:v1:tenant-key"


def expand(key, info):
    return HKDFExpand(hashes.SHA256(), 32, info).derive(key)


def field(tag, value):
    return bytes([tag]) + struct.pack(">I", len(value)) + value


def encode(context, domain=VALUE):
    parts = domain
    parts += field(1, context["tenant"].encode())
    parts += field(2, context["name"].encode())
    parts += field(3, struct.pack(">Q", context["version"]))
    parts += field(4, context["kind"].encode())
    extras = context["extras"].items()
    for key, value in sorted((k.encode(), bytes.fromhex(v)) for k, v in extras):
        parts += field(5, key) + field(6, value)
    return parts


def digest(context, domain=VALUE):
    return hashlib.sha256(encode(context, domain)).digest()


def body(data_key, context, plaintext):
    key = expand(data_key, b"confidant:v1:key\x01" + context)
    commitment = expand(data_key, b"confidant:v1:commit\x01" + context)
    return commitment + AESGCM(key).encrypt(NONCE, plaintext, b"")


def wrap(key, key_id, version, data_key, context):
    bound = bytes([len(key_id)]) + key_id + bytes([len(version)]) + version + context
    salt = expand(key, b"confidant:v1:salt" + bound + data_key)[:24]
    wrap_key = expand(key, b"confidant:v1:wrap" + salt)
    return b"\x01" + salt + AESGCM(wrap_key).encrypt(NONCE, data_key, bound)


def envelope(key_id, version, wrapped, sealed):
    front = b"\x9ccf\x01\x01"
    front += bytes([len(key_id)]) + key_id + bytes([len(version)]) + version
    return front + struct.pack(">H", len(wrapped)) + wrapped + sealed


def context(tenant, name, version=0, kind="", **extras):
    extras = {key: value.encode().hex() for key, value in extras.items()}
    return dict(tenant=tenant, name=name, version=version, kind=kind, extras=extras)


def secret(name):
    return hashlib.sha256(b"confidant test vector: " + name.encode()).digest()


ID = b"local:main"
KEYS = {b"1": secret("kek 1"), b"2026-02": secret("kek 2")}


def seal(bound, data_key, plaintext, version=b"1", domain=VALUE):
    bound = digest(bound, domain)
    wrapped = wrap(KEYS[version], ID, version, data_key, bound)
    return envelope(ID, version, wrapped, body(data_key, bound, plaintext))


def opens(name, bound, plaintext, version=b"1"):
    data_key = secret("data key " + name)
    return dict(
        name=name,
        context=bound,
        context_encoding=encode(bound).hex(),
        context_digest=digest(bound).hex(),
        data_key=data_key.hex(),
        key_version=version.decode(),
        plaintext=plaintext.hex(),
        envelope=seal(bound, data_key, plaintext, version).hex(),
    )


def tenant():
    key, second, key_id = secret("tenant key"), secret("tenant key 2"), secret("tenant key id")[:16]
    bound = context("acme", "key")
    content = key_id + struct.pack(">I", 1) + key + second
    record = seal(bound, secret("data key record"), content, domain=TENANT_KEY)
    value = context("acme", "secret")
    data_key, name = secret("data key tenant value"), b"tenant:" + key_id.hex().encode()

    def sealed(version, key):
        wrapped = wrap(key, name, version, data_key, digest(value))
        return envelope(name, version, wrapped, body(data_key, digest(value), b"value"))

    return dict(
        tenant="acme",
        record_context_digest=digest(bound, TENANT_KEY).hex(),
        record_content=content.hex(),
        record=record.hex(),
        context=value,
        plaintext=b"value".hex(),
        envelopes=[sealed(b"1", key).hex(), sealed(b"2", second).hex()],
    )


def rejects():
    plain = context("acme", "github-token", 3, "api-key")
    bound, other = digest(plain), digest(context("acme", "other"))
    data_key = secret("data key plain")
    good = seal(plain, data_key, b"ghs-not-a-real-token")
    start = len(good) - 32 - 20 - 16

    def made(wrap_context, sealed):
        wrapped = wrap(KEYS[b"1"], ID, b"1", data_key, wrap_context)
        return envelope(ID, b"1", wrapped, sealed)

    commitment = body(data_key, bound, b"")[:32]
    wrong_key = expand(data_key, b"confidant:v1:key\x02" + bound)
    wrong_commitment = expand(data_key, b"confidant:v1:commit\x02" + bound)
    tail = good[start + 32 :]
    return [
        ("fail_empty", plain, b""),
        ("fail_other_tenant", context("acmf", "github-token", 3, "api-key"), good),
        ("fail_other_version", context("acme", "github-token", 2, "api-key"), good),
        ("fail_other_kind", context("acme", "github-token", 3), good),
        ("fail_magic", plain, b"\x9d" + good[1:]),
        ("fail_format", plain, good[:3] + b"\x02" + good[4:]),
        ("fail_suite", plain, good[:4] + b"\x02" + good[5:]),
        ("fail_key_version", plain, good.replace(b"\x011\x00", b"\x012\x00", 1)),
        ("fail_key_id", plain, good.replace(b"local:main", b"local:othe", 1)),
        ("fail_commitment", plain, good[:start] + bytes(32) + tail),
        ("fail_truncated", plain, good[:-1]),
        ("fail_extended", plain, good + b"\0"),
        ("fail_tag", plain, good[:-1] + bytes([good[-1] ^ 1])),
        ("fail_payload_key", plain, made(bound, commitment + AESGCM(wrong_key).encrypt(NONCE, b"x", b""))),
        ("fail_not_committed", plain, made(bound, wrong_commitment + tail)),
        ("fail_payload_of_another_context", plain, made(bound, body(data_key, other, b"x"))),
        ("fail_wrap_of_another_context", plain, made(other, body(data_key, bound, b"x"))),
    ]


def main():
    keys = [dict(id=ID.decode(), version=v.decode(), key=k.hex()) for v, k in KEYS.items()]
    extras = dict(zone="eu", environment="production")
    sealed = [
        opens("plain", context("acme", "github-token", 3, "api-key"), b"ghs-not-a-real-token"),
        opens("empty", context("", "n"), b""),
        opens("extras", context("acme", "db", **extras), b"postgres", b"2026-02"),
        opens("unicode", context("Zürich", "Schlüssel/ключ", 2**64 - 1, "🔑"), b"geheim", b"2026-02"),
        opens("block", context("acme", "block"), bytes(range(64))),
        opens("large", context("acme", "large"), bytes(range(256)) * 16),
    ]
    reject = [dict(name=n, context=c, envelope=e.hex()) for n, c, e in rejects()]
    vectors = dict(keys=keys, open=sealed, reject=reject, tenant=tenant())
    json.dump(vectors, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
