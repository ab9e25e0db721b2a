"""Composition roots: the only place that names concrete classes. Built bottom-up, closed in reverse."""
