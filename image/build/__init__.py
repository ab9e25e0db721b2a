"""The executor: from a flavour (`image/<name>.toml`) to a card, without privileges, the same bytes each time."""
