"""Who reads the names a file sets: one rule a file, each with the source it rests on."""
