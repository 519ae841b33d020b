-- Remember how far a sink was sent and confirmed.
-- Parameters: sink, epoch, position.
INSERT INTO sink_position (sink, epoch, position) VALUES (%(sink)s, %(epoch)s, %(position)s)
ON CONFLICT (sink) DO UPDATE SET epoch = excluded.epoch, position = excluded.position, confirmed_at = now()
