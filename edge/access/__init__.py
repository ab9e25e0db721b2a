"""Who may pass: pure rules, a clock and a lock are only ever told to them."""
