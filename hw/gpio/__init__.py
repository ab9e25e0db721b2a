"""Locks and inputs on GPIO lines."""
