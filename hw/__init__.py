"""The hardware: cameras, locks and inputs behind protocols of one to three methods. Never sees `edge`."""
