"""Keypads: a matrix on lines, or a USB device."""
