"""Models over the air: fetched by TUF, gated on this device, run in shadow, cut over, confirmed by use, taken back."""
