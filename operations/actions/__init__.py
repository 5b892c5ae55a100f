"""The commands of the program `ops` that change a deployed environment. Each command has a module with its name."""
