"""Style sheets and scripts of the dashboard."""

from pathlib import Path

STATIC = Path(__file__).parent
