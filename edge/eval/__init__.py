"""Measuring the terminal on folders of pictures and clips (extra `eval`)."""
