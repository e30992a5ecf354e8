"""Where friends write from: one file per platform, all behind one protocol."""
