"""Join what the owner's own bridges invite to; any other invitation is the owner's decision."""

import logging
from collections.abc import Collection

from nio import AsyncClient, InviteMemberEvent, SyncResponse
from nio.responses import InviteInfo

from storage.texts import Text
from twin.connectors.matrix.bridges import is_of_bridge
from twin.connectors.matrix.client import LoginEndedError, MatrixError, TooManyError, checked

log = logging.getLogger(__name__)


async def join_own(client: AsyncClient, answer: SyncResponse, bots: Collection[str]) -> None:
    """`bots`: of the bridges that the owner named, since anybody may claim to be one.

    Raises MatrixError where it is to be tried again.
    """
    for room_id, invitation in answer.rooms.invite.items():
        if not is_of_bridge(_inviter(invitation, client.user_id) or "", bots):
            continue
        try:
            checked(await client.join(room_id), Text("joining a room of a bridge"))
        except (LoginEndedError, TooManyError):
            raise
        except MatrixError as error:  # it may have been taken back
            log.warning("%s", error)


def _inviter(invitation: InviteInfo, own: str) -> str | None:
    for event in invitation.invite_state:
        is_own = isinstance(event, InviteMemberEvent) and event.state_key == own
        if is_own and event.membership == "invite":
            return str(event.sender)
    return None
