"""The listening test: one HTML page, its answers, what they say."""
