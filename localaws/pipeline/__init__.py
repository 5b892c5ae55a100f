"""The pipeline runner: what AWS does between the push of an image and the service that runs it.

A push becomes an event (`events`), the event starts pipelines (`patterns`, `inputs`), a pipeline goes through its
stages (`execution`, `gates`) and their actions (`actions`: `source`, `build`, `deploy`), a deployment starts tasks
(`deployments`, `tasks`). A secret's new version becomes an event too (`labels`), and an event starts state machines as
well (`statemachine`). Each acts in the role it was given (`roles`): before a call is made for a role, IAM is asked what
the call asks for (`requests`), and decides (`iam`) by the policies that are deployed at that moment (`policies`).

Whatever acts for a role knows the system through the AWS API alone. Only what answers for that API (`api` and
`codepipeline`, with `runner` behind them), what ECS makes of a service (`deployments`) and the watch over secrets
(`labels`) reach into moto.
"""

from threading import Lock

from botocore.credentials import ReadOnlyCredentials


def install(endpoint: str, turn: Lock, key: ReadOnlyCredentials) -> None:
    """Run the pipelines of the moto server in this process; call it once, before the server's first request.

    What it changes of moto's state by itself it changes in its `turn`, as requests do. Its own requests are signed with
    `key`.
    """
    from . import api, runner  # moto is the server's: whoever only waits for a pipeline need not load it

    api.install(runner.Runner(endpoint, turn, key))
