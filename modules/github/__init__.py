"""The roles of GitHub's workflows."""
