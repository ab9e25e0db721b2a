"""The publisher's side: a TUF repository of static files, and the rules by which a release is refused."""
