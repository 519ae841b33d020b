"""The test kit for authors of connectors: plain functions that fail with what is wrong.

    from throughline.testing import assert_conforms, context

    def test_my_connector_conforms(tmp_path):
        assert_conforms(lambda: open_connection(context(tmp_path, {"url": …}, secrets=["…"])))

Each function opens the connection anew as often as it needs to; none writes to the source.
"""

from __future__ import annotations

from throughline.testing.conformance import (
    assert_check_is_clean,
    assert_conforms,
    assert_deletions_are_complete,
    assert_keeps_secrets,
    assert_keys_name_records,
    assert_nothing_new,
    assert_pages_are_bounded,
    assert_rereads_alike,
    assert_resumes_after_each_page,
)
from throughline.testing.contexts import context, manifest_mistakes
from throughline.testing.reading import Reading, keys_of, read_all

__all__ = [
    "Reading",
    "assert_check_is_clean",
    "assert_conforms",
    "assert_deletions_are_complete",
    "assert_keeps_secrets",
    "assert_keys_name_records",
    "assert_nothing_new",
    "assert_pages_are_bounded",
    "assert_rereads_alike",
    "assert_resumes_after_each_page",
    "context",
    "keys_of",
    "manifest_mistakes",
    "read_all",
]
