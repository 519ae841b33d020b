"""Read customers: find them, their golden record, their sources, their timeline. Writes nothing."""

from throughline.customers.conversations import conversations
from throughline.customers.find import Customer, Source, customer, find_customers, sources
from throughline.customers.links import Link, LinkEnd, links
from throughline.customers.timeline import TimelineEntry, timeline

__all__ = [
    "Customer",
    "Link",
    "LinkEnd",
    "Source",
    "TimelineEntry",
    "conversations",
    "customer",
    "find_customers",
    "links",
    "sources",
    "timeline",
]
