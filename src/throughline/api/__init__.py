"""The HTTP API for downstream systems: the feed by pulling, and golden records."""

from throughline.api.app import create_app
from throughline.api.keys import create_api_key
from throughline.api.serving import serve

__all__ = ["create_api_key", "create_app", "serve"]
