"""How the project is run. Nothing in here declares resources."""
