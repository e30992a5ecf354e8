"""Days and times in English and Chinese words."""
