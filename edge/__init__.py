"""A face-recognition door terminal: who is it and how sure, and may they pass now."""
