"""The operator role under its own session: every command that acts works, and each permission is needed.

The policies are those of the synthesized stack. The system has the names of the stacks, so a wrong ARN is a denial.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.support.images.deployed import Deployed, deployed
from tests.support.localaws.aws_pipeline import clients
from tests.support.ops.people import Person, Words, documented, missing, person

pytestmark = pytest.mark.slow

APP = "operator"
COMMANDS: list[Words] = [
    ("scale", "2"),
    ("stop-task", "{task}"),
    ("disable-deploys", "--reason", "a freeze"),
    ("enable-deploys",),
]
"""The commands that change the environment. `{task}` is the id of the newest task."""


def disable(dev: Deployed) -> None:
    """Disable the transition into the stage that deploys."""
    stage = {"pipelineName": dev.name, "stageName": "Deploy", "transitionType": "Inbound", "reason": "a freeze"}
    clients().client("codepipeline").disable_stage_transition(**stage)


BEFORE: dict[str, Callable[[Deployed], None]] = {"enable-deploys": disable}
"""What a command needs, besides a service with one task and a transition that is enabled."""


@pytest.fixture(scope="module")
def dev() -> Deployed:
    made = deployed(f"{APP}-dev")
    made.deliver(b"one")
    return made


@pytest.fixture(scope="module")
def operator(dev: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """A person with a session of the operator role."""
    assert dev.name == f"{APP}-dev"
    with person("operator", APP, tmp_path_factory.mktemp("operator")) as made:
        yield made


def ready(dev: Deployed, words: Words) -> Words:
    """Prepare the system for a command, and return the command with its values."""
    ecs, stage = clients().client("ecs"), {"stageName": "Deploy", "transitionType": "Inbound"}
    ecs.update_service(cluster=dev.name, service=dev.name, desiredCount=1)
    clients().client("codepipeline").enable_stage_transition(pipelineName=dev.name, **stage)
    if prepare := BEFORE.get(words[0]):
        prepare(dev)
    [task] = ecs.list_tasks(cluster=dev.name, serviceName=dev.name)["taskArns"]
    return tuple(word.format(task=task.rpartition("/")[2]) for word in words)


def test_every_command_works_and_each_permission_is_needed(
    operator: Person, dev: Deployed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checked: set[str] = set()
    for words in COMMANDS:
        filled = ready(dev, words)
        code, said = operator.run(filled, monkeypatch, capsys)
        assert (code, missing(said)) == (0, set()), (words, said)
        for action in sorted(operator.used[filled] - checked):
            operator.allow(without=action)
            code, said = operator.run(ready(dev, words), monkeypatch, capsys)
            assert (code, missing(said)) == (1, {action}), (words, action, said)
            checked.add(action)
        operator.allow()

    assert checked - operator.actions("viewer") == operator.actions("operator") - operator.actions("viewer")


def test_the_policy_has_the_documented_actions(operator: Person) -> None:
    changes = operator.actions("operator") - operator.actions("viewer")

    assert documented("## Change a running system") == changes
