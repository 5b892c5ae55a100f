"""A local AWS: a moto server on loopback, and a folder for each AWS service with the behavior that moto lacks.

The folder of a service has the name of moto's backend for the service. The files `fixes.py` and `refusals.py` correct
moto's answers. `api.py` has the operations that moto lacks or only imitates. The other files do the work that follows
a request:

- `ecr` sends an event when an image is pushed or deleted.
- `secretsmanager` sends an event when a secret gets a new version.
- `events` starts pipelines (`codepipeline`) and state machines (`stepfunctions`) when an event matches a rule.
- `codebuild` runs the commands of a build.
- `ecs` starts the tasks of a deployment, and runs the commands of one-off tasks.
- `iam` authorizes each call of a role with the policies that exist at the time of the call.

Code that acts for a role calls the AWS API. Only this code reads or changes moto's state directly:

- the fixes and the refusals
- `admission`, which finds the credentials that STS issued
- `iam.policies`, which reads the policies
- each `api.py`, and `runner`
- `ecr.lifecycle_policies`, which removes images
- the deployments of ECS (`ecs.deployments` and the modules that it uses)
- the events of secrets (`secretsmanager.events`)
"""
