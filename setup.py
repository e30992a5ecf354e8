"""Puts config.toml into what is installed, which has no repository beside it."""

from pathlib import Path
from shutil import copyfile

from setuptools import setup
from setuptools.command.build_py import build_py


class WithSettings(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "twin", "config", "shipped.toml")
            copyfile(Path(__file__).with_name("config.toml"), target)


setup(cmdclass={"build_py": WithSettings})
