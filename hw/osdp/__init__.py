"""The terminal on an access controller's serial line, as an OSDP peripheral device (IEC 60839-11-5)."""
