"""The acceptance test on site: what only somebody at the real door can prove, item by item, and its signed protocol."""
