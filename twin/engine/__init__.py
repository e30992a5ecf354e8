"""The model that answers. Nothing in here tells anybody that it runs.

OpenVINO reports to Google Analytics that it was imported, through a package that it depends on;
where that can't be imported, it takes an empty one of its own.
"""

import sys

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
