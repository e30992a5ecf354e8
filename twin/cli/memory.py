"""Commands about memory: what stands before an answer, and how well questions find theirs."""

import typer

memory_app = typer.Typer(help="What the twin remembers of earlier, and how well it finds it.")
