"""The HTTP API for downstream systems: the feed by pulling, and golden records."""

from throughline.api.app import create_app
from throughline.api.keys import api_keys, create_api_key, end_api_key
from throughline.api.serving import serve

__all__ = ["api_keys", "create_api_key", "create_app", "end_api_key", "serve"]
