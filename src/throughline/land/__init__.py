"""Land: keep what a system sent exactly as received, and know each source record's current line.

Reading order: `landing` keeps the files, `arrivals` looks at a page's records, `writing` brings a
page into the store in one transaction, `stream` reads a whole stream, `orphans` tidies up.
"""

from throughline.land.landing import LandedFile, Landing
from throughline.land.orphans import collect_orphans
from throughline.land.stream import land_stream

__all__ = [
    "LandedFile",
    "Landing",
    "collect_orphans",
    "land_stream",
]
