-- How far a sink was sent and confirmed.
-- Parameters: sink.
SELECT epoch, position FROM sink_position WHERE sink = %(sink)s
