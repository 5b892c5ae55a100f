"""An AWS on loopback for rehearsals, a moto server, the fixes it needs and what AWS does by itself; and the rehearsal.

None of it imports a stack or a construct: the rehearsal knows the deployed system by the outputs of its stacks and
through the AWS API, all else through that alone, as AWS would.
"""
