"""Demo data in the formats real systems write, with the truth beside it."""

from throughline.demo_data.generate import DemoDataReport, generate

__all__ = ["DemoDataReport", "generate"]
