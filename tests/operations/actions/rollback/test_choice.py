"""Tests of how `--to` names an image: on the shared local AWS, without a deployment."""

from pathlib import Path

import pytest

from operations.actions.rollback.choice import Choice, choose
from operations.actions.rollback.situation import Situation
from operations.commands.reading import Reading
from operations.system.deployed import DeployedEnvironment
from rehearsal.images.image import push_image
from tests.operations.actions.rollback.test_situation import situation
from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import TASK_DEFINITION, clients
from tests.support.ops.deliveries import content, shared
from tests.support.ops.user import User
from tools.outside import OutsideError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dev() -> Deployed:
    return shared()


@pytest.fixture
def environment(
    dev: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> DeployedEnvironment:
    User.of("rollback", tmp_path, monkeypatch, capsys, dev.name)
    return Reading.begin("dev", "test").deployed


KNOWN = situation("A B C")


def register(dev: Deployed, image: str) -> str:
    """Register a revision, and return its number."""
    settings = TASK_DEFINITION | {"containerDefinitions": [{"name": "app", "image": image}]}
    registered = clients().client("ecs").register_task_definition(family=dev.name, **settings)["taskDefinition"]
    return str(registered["revision"])


def chosen(environment: DeployedEnvironment, wanted: str | None, known: Situation = KNOWN) -> Choice:
    return choose(environment, known, wanted)


def test_without_a_name_it_is_the_image_that_ran_before(environment: DeployedEnvironment) -> None:
    assert chosen(environment, None) == Choice("B", "the image that ran healthily before")


def test_an_environment_without_an_earlier_image_needs_a_name(environment: DeployedEnvironment) -> None:
    with pytest.raises(OutsideError, match=r"no execution has deployed another image before C; name an image with"):
        chosen(environment, None, situation("C"))
    with pytest.raises(OutsideError, match=r"before C; these images ran healthily: B; name an image with --to"):
        chosen(environment, None, situation("C B C"))


def test_an_image_has_many_names(dev: Deployed, environment: DeployedEnvironment) -> None:
    pushed = push_image(clients().client("ecr"), dev.name, "v1", content())
    number = register(dev, f"{dev.repository_uri}@{pushed}")
    hexadecimal = pushed.removeprefix("sha256:")

    names = [pushed, hexadecimal, pushed[:19], hexadecimal[:12], "v1", number, f"{dev.name}:{number}", f"0{number}"]

    assert [chosen(environment, name).digest for name in names] == [pushed] * len(names)
    assert chosen(environment, "v1").source == "the tag v1"
    assert chosen(environment, number).source == f"the image of {dev.name}:{number}"


def test_a_whole_digest_needs_no_image_to_be_found(environment: DeployedEnvironment) -> None:
    gone = f"sha256:{'5' * 64}"

    assert chosen(environment, gone).digest == gone
    with pytest.raises(OutsideError, match="is neither a tag nor the beginning of a digest in the repository"):
        chosen(environment, gone[:30])


def test_a_tag_that_looks_like_a_digest_is_found(dev: Deployed, environment: DeployedEnvironment) -> None:
    """Many teams tag images with the commit."""
    pushed = push_image(clients().client("ecr"), dev.name, "0123456789ab", content())

    assert chosen(environment, "0123456789ab") == Choice(pushed, "the tag 0123456789ab")


def test_a_name_with_several_meanings_is_refused(dev: Deployed, environment: DeployedEnvironment) -> None:
    number = register(dev, f"{dev.repository_uri}@sha256:{'6' * 64}")
    pushed = push_image(clients().client("ecr"), dev.name, number, content())

    with pytest.raises(OutsideError) as refused:
        chosen(environment, number)

    assert str(refused.value) == (
        f"--to: '{number}' means several images: {pushed} (the tag {number}), sha256:{'6' * 64} "
        f"(the image of {dev.name}:{number})"
    )
    assert chosen(environment, f"{dev.name}:{number}").digest == f"sha256:{'6' * 64}"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("none", "'none' is neither a tag nor the beginning of a digest in the repository rolls-dev, nor a revision"),
        ("99999", "'99999' is neither a tag nor"),
        ("other:1", "the revision must belong to the family rolls-dev, got 'other:1'"),
        ("a b", "'a b' is neither a tag nor"),
        ("sha256:12", "'sha256:12' is neither a tag nor"),
        ("", "'' is neither a tag nor"),
        ("rolls-dev:1", "the image of rolls-dev:1, shop:first, is not in the environment's repository"),
    ],
)
def test_a_name_without_an_image_is_refused(wanted: str, message: str, environment: DeployedEnvironment) -> None:
    with pytest.raises(OutsideError) as refused:
        chosen(environment, wanted)

    assert str(refused.value).startswith(f"--to: {message}")


def test_a_revision_that_names_a_tag_is_refused(dev: Deployed, environment: DeployedEnvironment) -> None:
    number = register(dev, f"{dev.repository_uri}:latest")

    with pytest.raises(OutsideError, match=f"rolls-dev:{number} names its image by the tag latest, which may have"):
        chosen(environment, number)
