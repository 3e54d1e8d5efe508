"""A schedule as an iCalendar file (RFC 5545): one event for each service."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from qkdopt.interop.services import Service
from qkdopt.plain_text import printable


def calendar_text(
    services: Sequence[Service], title: str, identity: str, revised_utc: datetime | None = None
) -> str:
    """Return the calendar; the same arguments give the same text.

    Parameters
    ----------
    title
        Name of the calendar.
    identity
        Text that distinguishes this schedule from others, such as the problem's SHA-256 and the
        strategy; part of every event's identifier, so that a second import replaces the first.
    revised_utc
        When the schedule was made: DTSTAMP of the events, in whole seconds. RFC 5545 (3.8.7.2)
        wants there, without a METHOD, the instant at which the information was last revised;
        calendars take an event for newer by it. Now by default.
    """
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//qkdopt//schedule//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", printable(title))
    stamp = (revised_utc or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    for service in services:
        event = Event()
        place = printable(" and ".join(service.stations))
        sender = f"{printable(service.satellite)} to {place}" if service.satellite else ""
        event.add("summary", f"QKD downlink: {sender or printable(service.link)}")
        event.add("dtstart", service.begin_utc)
        event.add("dtend", service.end_utc)
        event.add("dtstamp", stamp)
        event.add("location", place)
        event.add("description", f"{service.bits:,} secret bits; {printable(title)}")
        marks = f"{identity}/{service.link}/{service.begin_utc.isoformat()}"
        event.add("uid", f"{hashlib.sha256(marks.encode()).hexdigest()[:32]}@qkdopt")
        calendar.add_component(event)
    text: str = calendar.to_ical().decode()
    return text
