"""Cues that a live person stands there, one file each."""
