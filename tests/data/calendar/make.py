"""Makes cases.json: ends of periods, by Python's calendar and zone rules.

It needs Python 3.9 or later with zone rules (`pip install tzdata` where the system has
none). It shares no code and no rules with the crate.
"""

import calendar
import json
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

UTC = timezone.utc


def readings(local, zone):
    """The earlier and the later instant at which clocks show this, as if both offsets
    around a gap were in force."""
    both = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(both), max(both)


def end(start, months, days, seconds, zone, forward):
    at = start
    if months or days:
        local = start.astimezone(zone).replace(tzinfo=None)
        month = local.year * 12 + local.month - 1 + months
        year, month = divmod(month, 12)
        month += 1
        length = calendar.monthrange(year, month)[1]
        if local.day <= length:
            local = local.replace(year=year, month=month, day=local.day)
        else:
            local = local.replace(year=year, month=month, day=length)
            if forward:
                local += timedelta(days=1)
        local += timedelta(days=days)
        at = readings(local, zone)[1 if forward else 0]
    return at + timedelta(seconds=seconds)


def text(months, days, seconds):
    period = "P"
    if months >= 12:
        period += f"{months // 12}Y"
    if months % 12:
        period += f"{months % 12}M"
    if days:
        period += f"{days}D"
    if seconds:
        period += f"T{seconds}S"
    return period


def show(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


CASES = [
    # Leap days.
    ("UTC", "2024-02-29T10:00:00Z", 12, 0, 0),
    ("UTC", "2024-02-29T10:00:00Z", 24, 0, 0),
    ("UTC", "2024-02-29T10:00:00Z", 48, 0, 0),
    ("UTC", "2024-02-29T10:00:00Z", 84, 0, 0),
    ("UTC", "2024-02-29T00:00:00Z", 13, 0, 0),
    ("UTC", "2023-02-28T00:00:00Z", 12, 0, 0),
    ("UTC", "2023-02-28T23:59:59Z", 12, 1, 0),
    ("UTC", "2024-01-31T00:00:00Z", 1, 0, 0),
    ("UTC", "2023-01-31T00:00:00Z", 1, 0, 0),
    ("UTC", "2023-01-30T00:00:00Z", 1, 0, 0),
    ("UTC", "2023-01-29T00:00:00Z", 1, 0, 0),
    ("UTC", "2024-01-29T00:00:00Z", 1, 0, 0),
    ("UTC", "1896-02-29T00:00:00Z", 48, 0, 0),
    ("UTC", "2096-02-29T00:00:00Z", 48, 0, 0),
    ("UTC", "1996-02-29T00:00:00Z", 48, 0, 0),
    # Ends of months.
    ("UTC", "2026-01-31T00:00:00Z", 2, 0, 0),
    ("UTC", "2026-01-31T00:00:00Z", 3, 0, 0),
    ("UTC", "2026-03-31T12:00:00Z", 1, 0, 0),
    ("UTC", "2026-05-31T12:00:00Z", 1, 0, 0),
    ("UTC", "2026-08-31T12:00:00Z", 1, 0, 0),
    ("UTC", "2026-10-31T23:59:59Z", 1, 0, 0),
    ("UTC", "2026-12-31T23:59:59Z", 2, 0, 0),
    ("UTC", "2026-12-31T00:00:00Z", 6, 0, 0),
    ("UTC", "2026-04-30T00:00:00Z", 1, 0, 0),
    ("UTC", "2026-01-31T00:00:00Z", 1, 1, 0),
    ("UTC", "2026-01-31T00:00:00Z", 1, 30, 0),
    ("UTC", "2026-10-31T00:00:00Z", 1, 0, 86400),
    # Seven years across leap years, and what is sometimes taken for them.
    ("UTC", "2020-01-01T00:00:00Z", 84, 0, 0),
    ("UTC", "2020-02-29T00:00:00Z", 84, 0, 0),
    ("UTC", "2020-03-01T00:00:00Z", 84, 0, 0),
    ("UTC", "2021-12-31T00:00:00Z", 84, 0, 0),
    ("UTC", "2022-02-28T00:00:00Z", 84, 0, 0),
    ("UTC", "2020-01-01T00:00:00Z", 0, 2555, 0),
    ("UTC", "2024-02-29T00:00:00Z", 0, 2555, 0),
    ("UTC", "2024-02-29T00:00:00Z", 0, 365, 0),
    ("UTC", "2023-03-01T00:00:00Z", 0, 366, 0),
    ("UTC", "2026-06-01T00:00:00Z", 0, 0, 7776000),
    # Clocks that go forward in the night: a time that is never shown.
    ("Europe/Berlin", "2026-03-28T01:30:00Z", 0, 1, 0),
    ("Europe/Berlin", "2026-03-28T01:00:00Z", 0, 1, 0),
    ("Europe/Berlin", "2026-03-28T00:59:59Z", 0, 1, 0),
    ("Europe/Berlin", "2026-03-28T02:00:00Z", 0, 1, 0),
    ("Europe/Berlin", "2026-02-28T01:30:00Z", 1, 1, 0),
    ("Europe/Berlin", "2025-03-29T01:30:00Z", 12, 0, 0),
    ("America/New_York", "2026-03-07T07:30:00Z", 0, 1, 0),
    ("America/New_York", "2019-03-08T07:15:00Z", 84, 0, 0),
    ("America/New_York", "2026-03-07T06:59:59Z", 0, 1, 0),
    ("Australia/Lord_Howe", "2026-10-03T15:40:00Z", 0, 1, 0),
    ("Australia/Lord_Howe", "2026-10-02T15:40:00Z", 0, 1, 0),
    ("America/Santiago", "2026-09-05T04:30:00Z", 0, 1, 0),
    ("Africa/Cairo", "2026-04-22T22:30:00Z", 0, 1, 0),
    # Clocks that go back: a time that is shown twice.
    ("Europe/Berlin", "2026-10-24T00:30:00Z", 0, 1, 0),
    ("Europe/Berlin", "2026-10-24T00:00:00Z", 0, 1, 0),
    ("Europe/Berlin", "2026-10-24T01:00:00Z", 0, 1, 0),
    ("Europe/Berlin", "2026-09-25T00:30:00Z", 1, 0, 0),
    ("Europe/Berlin", "2019-10-25T00:30:00Z", 84, 0, 0),
    ("America/New_York", "2026-10-31T05:30:00Z", 0, 1, 0),
    ("America/New_York", "2025-11-01T05:30:00Z", 12, 0, 0),
    ("Australia/Lord_Howe", "2026-04-03T14:50:00Z", 0, 1, 0),
    ("Atlantic/Azores", "2026-10-24T00:30:00Z", 0, 1, 0),
    # From a time that is itself shown twice: the instant says which it is.
    ("Europe/Berlin", "2026-10-25T00:30:00Z", 0, 1, 0),
    ("Europe/Berlin", "2026-10-25T01:30:00Z", 0, 1, 0),
    ("Europe/Berlin", "2026-10-25T00:30:00Z", 12, 0, 0),
    # Days over a change of the clocks are not 24 hours.
    ("Europe/Berlin", "2026-03-01T12:00:00Z", 0, 30, 0),
    ("Europe/Berlin", "2026-10-01T12:00:00Z", 0, 30, 0),
    ("Europe/Berlin", "2026-03-28T12:00:00Z", 0, 0, 86400),
    ("America/New_York", "2026-01-15T17:00:00Z", 6, 0, 0),
    ("Europe/Berlin", "2026-03-28T12:00:00Z", 0, 1, 3600),
    # The day of the zone is not that of UTC.
    ("Asia/Tokyo", "2026-01-30T16:00:00Z", 1, 0, 0),
    ("America/Los_Angeles", "2026-02-01T04:00:00Z", 1, 0, 0),
    ("Pacific/Auckland", "2024-02-28T12:00:00Z", 12, 0, 0),
    ("Pacific/Kiritimati", "2024-02-28T11:00:00Z", 12, 0, 0),
    ("Asia/Kolkata", "2026-01-30T19:00:00Z", 1, 0, 0),
    ("Asia/Kathmandu", "2026-01-30T18:20:00Z", 1, 0, 0),
    # A day that a zone left out.
    ("Pacific/Apia", "2011-12-29T20:00:00Z", 0, 1, 0),
    ("Pacific/Apia", "2011-11-30T20:00:00Z", 1, 0, 0),
    # Zones without summer time, and one that left it.
    ("Asia/Tokyo", "2026-03-28T17:30:00Z", 0, 1, 0),
    ("Europe/Istanbul", "2026-03-28T00:30:00Z", 0, 1, 0),
    ("Europe/Moscow", "2026-10-24T00:30:00Z", 12, 0, 0),
    # Far away.
    ("Europe/Berlin", "2100-02-28T12:00:00Z", 48, 0, 0),
    ("Europe/Berlin", "2026-10-24T00:30:00Z", 0, 364, 0),
    ("UTC", "9990-02-28T00:00:00Z", 84, 0, 0),
]

rows = []
for zone, start, months, days, seconds in CASES:
    begin = datetime.strptime(start, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    ends = [end(begin, months, days, seconds, ZoneInfo(zone), forward) for forward in (False, True)]
    rows.append([zone, start, text(months, days, seconds), *map(show, ends)])
print("[\n" + ",\n".join("  " + json.dumps(row) for row in rows) + "\n]")
