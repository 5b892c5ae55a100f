"""An AWS on loopback: a moto server, with what AWS does and moto does not, in a folder for each AWS service.

The folders are named as moto names its backends. In each, `fixes.py` mends what moto answers otherwise than AWS,
`api.py` answers where moto has no answer, and the other files do what the service does by itself, between the push of
an image and the service that runs it: a push becomes an event (`ecr`), the event starts pipelines (`events`), a
pipeline goes through its stages and their actions (`codepipeline`), a build runs (`codebuild`), a deployment starts
tasks (`ecs`). A secret's new version becomes an event too (`secretsmanager`), and starts a state machine
(`stepfunctions`). Each acts in the role it was given: before a call is made for a role, IAM is asked, and decides by
the policies that are deployed at that moment (`iam`).

Whatever acts for a role knows the system through the AWS API alone. Only what answers for that API (each `api.py`, with
`runner` behind them), what ECS makes of a service (`ecs.deployments`) and the watch over secrets
(`secretsmanager.events`) reach into moto.
"""
