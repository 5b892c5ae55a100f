"""The commands of the program `ops`. Each command has a module with its name, its arguments and its answer."""
