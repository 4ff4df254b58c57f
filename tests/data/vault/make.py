"""Writes v1.json by the specification of the formats: python3 make.py > v1.json

Needs the package `cryptography`, and what the vectors of envelopes are made with.
"""

import hashlib
import json
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent.parent / "envelope"))

import make as seal

SECRETS, VERSIONS = "confidant.vault.secret", "confidant.vault.version"
TENANT, NAME = "acme", "github-token"
CREATED = 1_700_000_000_123_456_789
LATER = 4_000_000_000 * 10**9
ID = seal.secret("secret id")[:16]
TENANT_KEY, KEY_ID = seal.secret("tenant key"), seal.secret("tenant key id")[:16]


def moment(nanoseconds):
    return nanoseconds.to_bytes(16, "big", signed=True)


def maybe(nanoseconds):
    return b"\0" if nanoseconds is None else b"\1" + moment(nanoseconds)


def text(value):
    return struct.pack(">H", len(value.encode())) + value.encode()


def many(values):
    return struct.pack(">H", len(values)) + b"".join(map(text, values))


def terms(kind, expires, purposes, scopes):
    return text(kind) + maybe(expires) + many(purposes) + many(scopes)


def tag(content, sequence, name=NAME, tenant=TENANT, secret=ID, key=TENANT_KEY, number=1):
    digest = hashlib.sha256(content).digest()
    extras = {"id": secret.hex(), "record": digest.hex()}
    context = dict(tenant=tenant, name=name, version=sequence, kind="confidant.vault.head", extras=extras)
    tagged = seal.expand(key, b"confidant:v1:tag" + seal.digest(context))
    return content + struct.pack(">I", number) + tagged


def content(latest, sequence=2, gone=(), disabled=0, expires=None, connection="", labels=()):
    runs = struct.pack(">H", len(gone)) + b"".join(struct.pack(">QQ", *run) for run in gone)
    pairs = b"".join(text(key) + text(value) for key, value in labels)
    front = b"\1" + ID + struct.pack(">Q", sequence) + moment(CREATED)
    front += struct.pack(">Q", latest) + runs + bytes([disabled])
    return front + maybe(expires) + text(connection) + struct.pack(">H", len(labels)) + pairs


def head(latest, sequence=2, **rest):
    return tag(content(latest, sequence, **rest), sequence)


def version(number, bound, plaintext, name=NAME, secret=ID, created=CREATED, shown=NAME):
    terms = hashlib.sha256(moment(created) + bound).digest()
    extras = {"id": secret.hex(), "terms": terms.hex()}
    context = dict(tenant=TENANT, name=name, version=number, kind="confidant.vault", extras=extras)
    digest = seal.digest(context)
    data_key = seal.secret(f"data key of version {number}")
    key_id = b"tenant:" + KEY_ID.hex().encode()
    wrapped = seal.wrap(TENANT_KEY, key_id, b"1", data_key, digest)
    sealed = seal.envelope(key_id, b"1", wrapped, seal.body(data_key, digest, plaintext))
    return b"\1" + text(shown) + moment(CREATED) + bound + sealed


def record(collection, path, value):
    return dict(collection=collection, path=path.hex(), value=value.hex())


def secret(value):
    return record(SECRETS, NAME.encode(), value)


def numbered(number, value):
    return record(VERSIONS, ID + struct.pack(">Q", number), value)


def tenant_key():
    content = KEY_ID + struct.pack(">I", 1) + TENANT_KEY
    bound = seal.context(TENANT, "key")
    sealed = seal.seal(bound, seal.secret("data key record"), content, domain=seal.TENANT_KEY)
    return record("confidant.tenant-key", b"key", sealed)


LABELS = [("environment", "production"), ("team", "web")]
SCOPES = ["github:acme/api", "github:acme/website"]
BOUND = terms("oauth-token", LATER, ["git", "repository-work"], SCOPES)
PLAIN = terms("", None, ["deploy"], [])


def rejects():
    good = version(2, BOUND, b"second")
    plain = content(2)
    swapped = terms("oauth-token", LATER, ["git", "repository-work"], SCOPES[::-1])
    yield "fail_other_purpose", "open", numbered(2, good.replace(b"repository-work", b"repository-WORK"))
    yield "fail_other_scope", "open", numbered(2, good.replace(b"acme/website", b"acme/wEbsite"))
    yield "fail_other_kind", "open", numbered(2, good.replace(b"oauth", b"Oauth"))
    yield "fail_other_expiry", "open", numbered(2, good.replace(moment(LATER), moment(LATER + 1)))
    yield "fail_other_creation", "open", numbered(2, good.replace(moment(CREATED), moment(CREATED + 1)))
    yield "fail_past_expiry", "open", numbered(2, good.replace(moment(LATER), moment(CREATED)))
    yield "fail_no_purpose", "open", numbered(2, good.replace(many(["git", "repository-work"]), many([])))
    yield "fail_other_version", "open", numbered(2, version(1, BOUND, b"first"))
    yield "fail_other_name", "open", numbered(2, version(2, BOUND, b"second", name="other"))
    yield "fail_other_secret", "open", numbered(2, version(2, BOUND, b"second", secret=bytes(16)))
    yield "fail_other_name_shown", "integrity", numbered(2, version(2, BOUND, b"second", shown="other"))
    yield "fail_truncated", "open", numbered(2, good[:-1])
    yield "fail_extended", "open", numbered(2, good + b"\0")
    yield "fail_format", "integrity", numbered(2, b"\2" + good[1:])
    yield "fail_scopes_out_of_order", "integrity", numbered(2, version(2, swapped, b"second"))
    yield "fail_scope_twice", "integrity", numbered(2, version(2, terms("", None, ["git"], SCOPES[:1] * 2), b""))
    yield "fail_no_flag", "integrity", numbered(2, b"\1" + text(NAME) + moment(CREATED) + text("") + b"\2" + good)
    yield "fail_secret_format", "integrity", secret(tag(b"\2" + plain[1:], 2))
    yield "fail_secret_extended", "integrity", secret(head(2) + b"\0")
    yield "fail_secret_truncated", "integrity", secret(head(2)[:-1])
    yield "fail_secret_without_version", "integrity", secret(head(0))
    yield "fail_secret_without_number", "integrity", secret(head(2, sequence=0))
    yield "fail_secret_flag", "integrity", secret(head(2, disabled=2))
    yield "fail_secret_latest_shredded", "integrity", secret(head(2, gone=[(2, 2)]))
    yield "fail_secret_version_0_shredded", "integrity", secret(head(2, gone=[(0, 1)]))
    yield "fail_secret_runs_touch", "integrity", secret(head(4, gone=[(1, 1), (2, 2)]))
    yield "fail_labels_out_of_order", "integrity", secret(head(2, labels=LABELS[::-1]))
    yield "fail_label_twice", "integrity", secret(head(2, labels=LABELS[:1] * 2))
    yield "fail_secret_untagged", "integrity", secret(plain)
    yield "fail_secret_tag", "integrity", secret(head(2)[:-1] + bytes([head(2)[-1] ^ 1]))
    yield "fail_secret_other_name", "integrity", secret(tag(plain, 2, name="other"))
    yield "fail_secret_other_tenant", "integrity", secret(tag(plain, 2, tenant="globex"))
    yield "fail_secret_other_number", "integrity", secret(tag(plain, 3))
    yield "fail_secret_other_id", "integrity", secret(tag(plain, 2, secret=bytes(16)))
    yield "fail_secret_other_key", "integrity", secret(tag(plain, 2, key=bytes(32)))
    yield "fail_secret_other_key_version", "integrity", secret(tag(plain, 2, number=2))
    yield "fail_disabled", "refused", secret(head(2, disabled=1))
    yield "fail_expired", "refused", secret(head(2, expires=CREATED))
    yield "fail_version_missing", "integrity", secret(head(3))


def main():
    vectors = dict(
        key_id=seal.ID.decode(),
        key_version="1",
        key=seal.KEYS[b"1"].hex(),
        tenant=TENANT,
        name=NAME,
        reference=ID.hex(),
        created=CREATED,
        connection="github",
        labels=dict(LABELS),
        shredded=secret(head(2, sequence=8, gone=[(1, 1)], connection="github", labels=LABELS)),
        records=[
            tenant_key(),
            secret(head(2, sequence=7, connection="github", labels=LABELS)),
            numbered(1, version(1, PLAIN, b"first")),
            numbered(2, version(2, BOUND, b"second")),
        ],
        use=[
            dict(version=1, purpose="deploy", scope=None, plaintext="first"),
            dict(version=2, purpose="git", scope=SCOPES[0], plaintext="second"),
            dict(version=2, purpose="repository-work", scope=SCOPES[1], plaintext="second"),
        ],
        reject=[dict(name=name, kind=kind, record=changed) for name, kind, changed in rejects()],
    )
    json.dump(vectors, sys.stdout, indent=1)
    print()


main()
