-- Take the next positions of the feed; the row's lock makes writers commit in the order of positions.
-- Parameters: events (how many).
UPDATE feed_head SET position = position + %(events)s RETURNING position - %(events)s, epoch
