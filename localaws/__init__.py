"""A local AWS: a moto server on loopback, and a folder for each AWS service with the behavior that moto lacks.

The folder of a service has the name of moto's backend. `fixes.py` and `refusals.py` correct moto's answers, and
`api.py` has the operations that moto lacks or only imitates. The other files do what the service does after a request:

- `ecr` sends an event when an image is pushed or deleted, and `secretsmanager` when a secret gets a new version.
- `events` starts pipelines (`codepipeline`) and state machines (`stepfunctions`) when an event matches a rule.
- `codebuild` runs the commands of a build, and `ecs` starts the tasks of a deployment.
- `iam` authorizes each call of a role by the policies at the time of the call.

Code that acts for a role uses only the AWS API. Apart from fixes, refusals and `admission`, three kinds of code use
moto's state directly: the code behind an API (each `api.py`, and `runner`), the deployments of ECS (`ecs.deployments`),
and the events of secrets (`secretsmanager.events`).
"""
