-- Let the server share a large query among its workers, which it thinks too dear by itself.
-- Parameters: none.
SELECT set_config('parallel_tuple_cost', '0', true), set_config('parallel_setup_cost', '100', true),
    set_config('max_parallel_workers_per_gather', '1', true)
