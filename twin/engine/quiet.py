"""Keeping transformers off our terminal."""

import warnings

import transformers


def quiet() -> None:
    """No progress bars and no advice."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    # Said by the libraries to each other.
    warnings.filterwarnings("ignore", ".*is_gradient_checkpointing.*", FutureWarning)
