"""The end of a deployment: atomic, under the lock, and also after an error of the local AWS."""

import threading
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.credentials import ReadOnlyCredentials
from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.models import Service

from localaws.clock import Clock
from localaws.ecs import deployments, service_events, tasks
from localaws.ecs.failing_containers import FailingContainers
from localaws.ecs.scheduler import Scheduler
from localaws.iam.roles import Aws
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION

if TYPE_CHECKING:
    from localaws.iam.evaluation import Decide


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Backend:
    """Return an ECS in which every task starts."""
    monkeypatch.setattr(tasks, "start", lambda *_, **__: {})
    return Backend(REGION, ACCOUNT)


def begin(backend: Backend, lock: threading.RLock) -> tuple[Service, threading.Thread]:
    """Begin the first deployment of a service, and return the service and the thread that ends the deployment."""
    container: dict[str, Any] = {"name": "app", "image": "app", "memory": 8}
    backend.create_cluster("cluster")
    backend.register_task_definition("app", [container])
    service: Any = backend.create_service("cluster", "web", 2, "app")
    service.deployment_configuration = {"deploymentCircuitBreaker": {"enable": True}}
    no_iam = cast("Decide", None)  # the container has no role
    aws = Aws("http://127.0.0.1:9", ReadOnlyCredentials("local", "-", None), REGION, no_iam)
    deployments.begin(Scheduler(aws, lock, Clock(), backend, lambda _: None, FailingContainers(), {}), service)
    [thread] = [each for each in threading.enumerate() if each.name == f"deployment {service.deployments[0]['id']}"]
    return service, thread


def test_a_deployment_ends_only_under_the_lock(backend: Backend) -> None:
    lock = threading.RLock()
    with lock:
        service, thread = begin(backend, lock)
        begun, before = service.deployments, [dict(each) for each in service.deployments]
        thread.join(timeout=0.2)
        assert (service.deployments, service.running_count) == (before, 0)

    thread.join()
    [ended] = service.deployments
    assert (ended["rolloutState"], ended["runningCount"], service.running_count) == ("COMPLETED", 2, 2)
    assert begun[0]["rolloutState"] == "IN_PROGRESS"


def test_a_deployment_ends_when_the_local_aws_fails(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_events, "started", None)

    lock = threading.RLock()
    with lock:
        service, thread = begin(backend, lock)

    thread.join()
    [failed] = service.deployments
    assert failed["rolloutState"] == "FAILED"
    assert "The local AWS failed: TypeError" in str(failed["rolloutStateReason"])
