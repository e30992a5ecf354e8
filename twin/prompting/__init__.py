"""Build the prompt the model is given."""
