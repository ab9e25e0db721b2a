"""What a device is made of: units, boot settings, and the SD-card image with its executor (`image.build`)."""
