"""Text, music, speech."""
