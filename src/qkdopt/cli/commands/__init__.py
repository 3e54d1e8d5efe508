"""One module per command; heavy libraries load inside the commands that need them."""
