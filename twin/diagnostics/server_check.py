"""Check the server of [engine]: whether it answers, and whether as the twin."""

import asyncio

from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.errors import TwinError
from twin.config.schema import Config
from twin.diagnostics.findings import Check, problem

NAME = "server"


def check_server(config: Config, db: Database) -> Check:
    """Asks it for one token, with the live adapter. Not to be called in an event loop."""
    if not config.engine.server:
        return Check(NAME, "ok", "none: this program answers")
    from twin.engine.server.trial import try_server  # its clients take a while to import

    server, live = config.engine.server, live_adapter(db)
    name, path = (live.name, config.path_of(live.path)) if live else (None, None)
    try:
        tried = asyncio.run(try_server(config, name, path))
    except TwinError as error:
        return problem("server_fails", error=error)
    if tried.is_same_base is False:
        return problem("server_of_other_base", server=server, base=config.model.base)
    if tried.refusal:
        return problem("server_without_adapter", error=tried.refusal)
    model = f", model {tried.model}" if tried.model else ""
    prompts = "as tokens" if tried.is_same_base else "in the server's own template"
    adapter = f", with the adapter {name}" if name else ""
    return Check(NAME, "ok", f"{server}: {tried.kind}{model}, prompts {prompts}{adapter}")
