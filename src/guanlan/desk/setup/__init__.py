"""Bodies from packs: a real one that begins empty, and the fictional county of the demo."""
