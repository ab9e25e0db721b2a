"""The enrolled people: who they are, their templates, and who of them is most like a probe."""
