"""An AWS on loopback for rehearsals: a moto server, the fixes it needs, and what AWS does by itself.

It imports nothing of the project: it knows the deployed system through the AWS API only, as AWS would.
"""
