"""Make the twin better: the log → samples → adapter → scores."""
