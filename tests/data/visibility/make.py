"""Writes v1.json by the specification of the formats: python3 make.py > v1.json"""

import hashlib
import hmac
import json
import struct

TENANT, KEY = "acme", bytes(range(32))
BOOK = hashlib.sha256(b"book").digest()[:16]
EPOCH = 1_767_225_600
NEVER = 2**63 - 1


def mac(*parts):
    whole = b"".join(struct.pack(">Q", len(part)) + part for part in parts)
    return hmac.new(KEY, whole, hashlib.sha256).digest()


def sealed(collection, number, body):
    number = struct.pack(">Q", number)
    tag = mac(b"confidant/audit/record@v1", b"visibility.facts",
              f"confidant.visibility.{collection}".encode(), TENANT.encode(), BOOK, number, body)
    return body + tag


def text(value):
    return struct.pack(">H", len(value.encode())) + value.encode()


def u32(value):
    return struct.pack(">I", value)


def time(second):
    return struct.pack(">q", NEVER if second is None else (EPOCH + second) * 10**9)


def span(begin, end):
    return time(begin) + time(end)


def maybe(value):
    return b"\0" if value is None else b"\1" + value


def many(values):
    return struct.pack(">H", len(values)) + b"".join(values)


LEVELS = {None: b"\0", "private": b"\1", "internal": b"\2", "public": b"\3"}
OF = {"principal": b"\1", "organisation": b"\2", "resource": b"\3"}


def principal(name, since):
    return b"\1" + text(name) + time(since)


def organisation(name, since):
    return b"\2" + text(name) + time(since)


def resource(name, since, container=None, owner=None, group=None, level=None, listed=0, own=0,
             secret=0, category=None, source=None, attributes=()):
    def some(value):
        return maybe(None if value is None else u32(value))
    return (b"\3" + text(name) + time(since) + some(container) + some(owner) + some(group)
            + LEVELS[level] + bytes([listed, own, secret])
            + maybe(category and text(category)) + some(source)
            + many([text(attribute) + bytes([value]) for attribute, value in attributes]))


def attribute(of, number, name, value, at):
    return (b"\4" + OF[of] + u32(number) + text(name)
            + maybe(None if value is None else bytes([value])) + time(at))


def removal(of, number, at):
    return b"\5" + OF[of] + u32(number) + time(at)


def owner(what, who, at):
    return b"\6" + u32(what) + maybe(None if who is None else u32(who)) + time(at)


def seat(who, group, begin, end):
    return b"\7" + u32(who) + u32(group) + span(begin, end)


def leaving(who, group, at):
    return b"\10" + u32(who) + u32(group) + time(at)


def membership(who, what, role, begin, end):
    return b"\11" + u32(who) + u32(what) + text(role) + span(begin, end)


def acceptance(who, what, begin, end):
    return b"\12" + u32(who) + u32(what) + span(begin, end)


def parting(who, what, at):
    return b"\13" + u32(who) + u32(what) + time(at)


def grant(name, who, reason, ticket, kind, number, categories, begin, end):
    return (b"\14" + text(name) + u32(who) + text(reason) + text(ticket) + bytes([kind])
            + u32(number) + many([text(category) for category in categories]) + span(begin, end))


def revocation(name, at):
    return b"\15" + text(name) + time(at)


def level(what, to, listed, cleared, at):
    return b"\16" + u32(what) + LEVELS[to] + bytes([listed, cleared]) + time(at)


def version(what, number, waived, at):
    nanoseconds = ((EPOCH + at) * 10**9).to_bytes(16, "big", signed=True)
    return (b"\17" + u32(what) + struct.pack(">Q", number) + bytes([1] * 32) + bytes([2] * 32)
            + text("rules-1") + u32(waived) + nanoseconds)


def record(number, statements):
    once = hashlib.sha256(b"once" + bytes([number])).digest()[:16]
    return b"\1" + once + many(statements)


PARTS = [
    [
        principal("jo", 0), principal("al", 0), principal("sre", 0), organisation("acme", 0),
        attribute("principal", 0, "locked", 0, 0), attribute("principal", 1, "locked", 0, 0),
        attribute("principal", 2, "locked", 0, 0),
        resource("site", 0, owner=0, group=0, level="private", attributes=[("suspended", 0)]),
        resource("chat", 0, container=0, own=1, category="chat.log",
                 attributes=[("suspended", 0)]),
    ],
    [
        membership(1, 0, "guest", None, 9), acceptance(1, 0, 2, 20), parting(1, 0, 6),
        seat(1, 0, 8, None), level(0, "internal", 0, 0, 10), leaving(1, 0, 14),
        grant("g-1", 2, "incident", "INC-1", 1, 0, ["chat"], 0, 30), revocation("g-1", 25),
        level(0, "public", 1, 1, 16), version(0, 1, 3, 16),
        resource("fork", 18, owner=1, level="private", source=0, attributes=[("suspended", 0)]),
        attribute("resource", 0, "suspended", 1, 22), attribute("resource", 0, "suspended", None, 24),
        owner(2, None, 26), removal("resource", 1, 28),
    ],
]
ALLOW = [
    ("jo", "edit", "site", 1), ("al", "view", "site", 3), ("al", "view", "site", 12),
    (None, "view", "site", 17), ("al", "edit", "fork", 19),
]
DENY = [
    ("al", "view", "site", 1), ("al", "view", "site", 7), ("al", "view", "site", 9),
    ("al", "view", "site", 15), (None, "view", "site", 15), (None, "view", "site", 23),
    (None, "view", "site", 25), ("jo", "view", "chat", 1), ("al", "edit", "fork", 27),
    ("sre", "view", "chat", 5), ("nobody", "view", "site", 17),
]


def stored(collection, path, value):
    return dict(collection=f"confidant.visibility.{collection}", path=path.hex(), value=value.hex())


def head(records, rewrites=0):
    body = b"\1" + BOOK + struct.pack(">QQ", records, rewrites)
    return stored("head", b"head", sealed("head", 0, body))


def fact(number, body):
    return stored("facts", struct.pack(">Q", number), sealed("facts", number, body))


BODIES = [record(number, part) for number, part in enumerate(PARTS)]


def rejected():
    def first(body):
        return fact(0, body)
    good = PARTS[0]
    yield "another version", first(b"\2" + BODIES[0][1:])
    yield "something behind the end", first(BODIES[0] + b"\0")
    yield "an end too early", first(BODIES[0][:-1])
    yield "an unknown statement", first(record(0, [b"\20" + good[0][1:]]))
    yield "a flag of two", first(record(0, [*good[:7], resource("site", 0, owner=0, listed=2)]))
    yield "an unknown level", first(record(0, [*good, b"\16" + u32(0) + b"\4\0\0" + time(1)]))
    yield "a time that is none", first(record(0, [principal("jo", None), *good[1:]]))
    yield "a role that is no name", first(record(0, [*good, membership(1, 0, "a b", 0, None)]))
    yield "a principal twice", first(record(0, [*good, principal("jo", 0)]))
    yield "somebody who is not there", first(record(0, [*good, seat(7, 0, 0, None)]))
    yield "facts out of order", first(record(0, [*good, owner(0, 1, 5), owner(0, 0, 4)]))
    yield "an owner who is not there", first(record(0, [*good, owner(0, 9, 5)]))
    yield "more records than there are", head(3)
    yield "a head that ends early", stored("head", b"head", sealed("head", 0, b"\1" + BOOK))
    yield "another version of the head", stored(
        "head", b"head", sealed("head", 0, b"\2" + BOOK + struct.pack(">QQ", 2, 0)))


def questions(all):
    return [dict(who=who, action=action, what=what, second=second)
            for who, action, what, second in all]


print(json.dumps(dict(
    key=KEY.hex(), tenant=TENANT,
    records=[head(len(BODIES)), *(fact(number, body) for number, body in enumerate(BODIES))],
    allow=questions(ALLOW), deny=questions(DENY),
    reject=[dict(name=f"fail_{name.replace(' ', '_')}", **what) for name, what in rejected()],
), indent=1))
