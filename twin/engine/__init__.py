"""Load models and generate replies. OpenVINO's telemetry is disabled.

Importing OpenVINO would report to Google Analytics through the package openvino_telemetry. Where
that package can't be imported, OpenVINO falls back to an empty one of its own.
"""

import sys

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
