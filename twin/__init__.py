"""The twin: logs messages, decides, replies."""

import os

# Read once, when tqdm is imported. Our own commands show progress their own way.
os.environ.setdefault("TQDM_DISABLE", "1")
