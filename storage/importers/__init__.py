"""Chat exports, one file per format. A new format is a new file and a line in `detect.py`."""
