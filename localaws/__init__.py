"""A local AWS: a moto server on loopback, and what AWS does and moto does not, in a folder for each AWS service.

The folders have the names of moto's backends. In each, `fixes.py` and `refusals.py` correct moto's answers, and
`api.py` has the operations that moto lacks. The other files have what the service does by itself:

- a push of an image becomes an event (`ecr`), and so does a new version of a secret (`secretsmanager`);
- an event starts pipelines and state machines (`events`, `codepipeline`, `stepfunctions`);
- a build runs its commands (`codebuild`), and a deployment starts tasks (`ecs`);
- IAM authorizes each call of a role, by the policies as they are at that time (`iam`).

Code that acts for a role uses the AWS API only. Three kinds of code use moto's state: the code behind an API (each
`api.py`, with `runner`), the deployments of ECS (`ecs.deployments`), and the events of secrets
(`secretsmanager.events`).
"""
