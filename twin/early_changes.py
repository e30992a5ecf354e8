"""Changes and recalls that a platform tells before their message."""

from collections import OrderedDict

from twin.connectors.base import MessageEdited, MessageRecalled, MessageReceived

_MOST = 500

_Key = tuple[str, str, str]


class EarlyChanges:
    """In memory: of a chat that is off nothing is logged, and its words may not be kept either."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, MessageEdited | MessageRecalled] = OrderedDict()

    def keep(self, platform: str, event: MessageEdited | MessageRecalled) -> None:
        """Its message is not known yet. What is taken back stays so, whatever else is told."""
        key = (platform, event.chat_external_id, event.external_id)
        if not isinstance(self._kept.get(key), MessageRecalled):
            self._kept[key] = event
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def take(
        self, platform: str, message: MessageReceived
    ) -> MessageEdited | MessageRecalled | None:
        """What was told of the message before it came."""
        key = (platform, message.chat_external_id, message.external_id or "")
        return self._kept.pop(key, None)
