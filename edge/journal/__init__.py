"""What happened at the door, written so that it lasts and cannot be quietly changed."""
