"""The kinds of causes: a module for each subject. Each module finds its causes in the evidence."""
