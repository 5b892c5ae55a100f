"""Systems of the local AWS with the rule, the target and the tag that the application declares."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from modules.delivery.push_trigger import PushTrigger
from modules.environment import Environment
from modules.repository import Repository
from settings import PipelineSettings
from stacks.stack import AwsStack
from tests.support.localaws.aws_pipeline import System, clients
from tests.support.synthesized import DEV, scratch


def watching(name: str, folder: Path, **settings: Any) -> System:
    """Create a system with the rule and the target of these settings, and wait for the end of its first execution."""
    watching, name = PipelineSettings.model_validate(settings), f"watched-{name}"

    def declare(stack: AwsStack) -> None:
        environment = Environment.of(DEV)
        repository = Repository(stack, "repository", environment=environment, settings=watching)
        PushTrigger(
            stack,
            "trigger",
            environment=environment,
            repository=repository,
            pipeline_arn="arn:aws:codepipeline:eu-central-1:123456789012:shop",
            settings=watching,
        )

    declared = scratch(folder, declare)
    pattern = declared.resource("aws_cloudwatch_event_rule")["event_pattern"]
    transformer = declared.resource("aws_cloudwatch_event_target")["input_transformer"]
    made = System(
        clients(),
        name,
        service_name=name,
        pattern=json.loads(pattern.replace("${aws_ecr_repository.repository.name}", name)),
        target={
            "InputTransformer": {
                "InputPathsMap": transformer["input_paths"],
                "InputTemplate": transformer["input_template"],
            }
        },
        mode=watching.execution_mode,
        by_digest=True,
        image_tag=watching.default_tag,
    ).create()
    made.over(made.executions()[0]["pipelineExecutionId"])
    return made


@contextmanager
def nothing_matched(shop: System) -> Iterator[None]:
    """Disable the rule inside of the context."""
    clients().client("events").disable_rule(Name=shop.name)
    yield
    clients().client("events").enable_rule(Name=shop.name)
