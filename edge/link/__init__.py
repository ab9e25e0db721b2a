"""How the processes of one terminal talk to each other."""
