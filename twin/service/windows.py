"""The task of Windows' Task Scheduler, version 1.2 of its XML."""

import subprocess
from collections.abc import Sequence
from xml.etree import ElementTree as ET

_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"


def task(command: Sequence[str], user: str) -> str:
    """The XML: at the login of the user, with their rights, started again when it fails."""
    top = ET.Element("Task", {"version": "1.2", "xmlns": _NAMESPACE})
    _add(top, "RegistrationInfo", Description="AI twin")
    trigger = ET.SubElement(ET.SubElement(top, "Triggers"), "LogonTrigger")
    _texts(trigger, Enabled="true", UserId=user)
    principal = ET.SubElement(ET.SubElement(top, "Principals"), "Principal", {"id": "Owner"})
    _texts(principal, UserId=user, LogonType="InteractiveToken", RunLevel="LeastPrivilege")
    settings = _add(
        top,
        "Settings",
        MultipleInstancesPolicy="IgnoreNew",
        DisallowStartIfOnBatteries="false",
        StopIfGoingOnBatteries="false",
        StartWhenAvailable="true",
        ExecutionTimeLimit="PT0S",  # none
    )
    _add(settings, "RestartOnFailure", Interval="PT1M", Count="5")
    program, *arguments = command
    actions = ET.SubElement(top, "Actions", {"Context": "Owner"})
    _add(actions, "Exec", Command=program, Arguments=subprocess.list2cmdline(arguments))
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-16"?>\n' + ET.tostring(top, encoding="unicode")


def _add(parent: ET.Element, name: str, **texts: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    _texts(element, **texts)
    return element


def _texts(element: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(element, name).text = text
