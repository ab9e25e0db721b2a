"""Makes presentation attacks from clips of people: prints and replays, photographed anew by a modelled camera."""
