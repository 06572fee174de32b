"""TAB: the shells' scripts, made from the command tree, and the program's fast answers to them."""
