"""All commands but those that run the bot."""

import typer

from training.cli.consent import consent_app
from training.cli.dataset import dataset_app, training_app
from training.cli.forget import forget_app
from training.cli.runs import runs_app
from training.cli.setup import setup_app
from training.cli.status import status_app
from twin.cli.access import keys_app, password_app
from twin.cli.adapters import adapters_app
from twin.cli.backup import backup_app
from twin.cli.bases import bases_app
from twin.cli.blind import blind_app
from twin.cli.chat import chat_app
from twin.cli.chats import chats_app, drafts_app, friends_app
from twin.cli.columns import columns_app
from twin.cli.export import export_app
from twin.cli.history import history_app
from twin.cli.ilink import ilink_app
from twin.cli.imports import import_app
from twin.cli.matrix import matrix_app
from twin.cli.media import media_app
from twin.cli.memory import memory_app
from twin.cli.people import people_app
from twin.cli.service import service_app
from twin.cli.speech import speech_app
from twin.cli.telegram import telegram_app


def add_commands(app: typer.Typer) -> None:
    """Those of one group follow its name, as in `bot.py chats list`."""
    app.add_typer(setup_app)
    app.add_typer(import_app)
    app.add_typer(history_app)
    app.add_typer(backup_app)
    app.add_typer(export_app)
    app.add_typer(chat_app)
    app.add_typer(training_app)
    app.add_typer(dataset_app, name="dataset")
    app.add_typer(adapters_app, name="adapters")
    app.add_typer(bases_app, name="bases")
    app.add_typer(blind_app)
    app.add_typer(columns_app, name="columns")
    app.add_typer(ilink_app, name="ilink")
    app.add_typer(keys_app, name="keys")
    app.add_typer(runs_app, name="runs")
    chats_app.add_typer(consent_app)
    chats_app.add_typer(forget_app)
    app.add_typer(chats_app, name="chats")
    app.add_typer(drafts_app, name="drafts")
    app.add_typer(people_app, name="people")
    app.add_typer(friends_app)
    app.add_typer(matrix_app, name="matrix")
    app.add_typer(media_app, name="media")
    app.add_typer(memory_app, name="memory")
    app.add_typer(password_app)
    app.add_typer(status_app)
    app.add_typer(service_app, name="service")
    app.add_typer(speech_app, name="speech")
    app.add_typer(telegram_app, name="telegram")
