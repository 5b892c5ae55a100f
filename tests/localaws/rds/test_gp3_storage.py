"""The limits of gp3 storage."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from localaws.rds import gp3_storage
from tests.localaws.rds.databases import create_database
from tests.support.localaws.fixes import Client, case

REFUSED = "InvalidParameterCombination"


@case(
    gp3_storage.apply_gp3_limits,
    in_aws={
        "created below": (399, 3_000, 125),
        "created below with IOPS": REFUSED,
        "created above": (400, 12_000, 500),
        "created above with the IOPS from below": REFUSED,
        "created above with the throughput from below": REFUSED,
        "raised across with the IOPS from below": REFUSED,
        "raised across": (440, 12_000, 500),
        "raised by little": (484, 12_000, 500),
        "raised in performance": (484, 15_000, 500),
        "changed otherwise": (484, 15_000, 500),
        "reduced": REFUSED,
    },
)
def test_databases_with_little_and_much_storage(client: Client) -> object:
    rds, gp3 = client("rds"), {"StorageType": "gp3"}

    def seen(ask: Callable[[], Any]) -> object:
        try:
            instance = ask()
        except ClientError as error:
            return error.response["Error"]["Code"]
        return tuple(instance.get(name) for name in ("AllocatedStorage", "Iops", "StorageThroughput"))

    def created(name: str, size: int, **settings: int) -> object:
        return seen(lambda: create_database(client, name, AllocatedStorage=size, **gp3, **settings))

    def modified(**changes: object) -> object:
        return seen(
            lambda: rds.modify_db_instance(DBInstanceIdentifier="small", ApplyImmediately=True, **changes)["DBInstance"]
        )

    return {
        "created below": created("small", 399),
        "created below with IOPS": created("refused", 399, Iops=3_000),
        "created above": created("large", 400),
        "created above with the IOPS from below": created("refused", 400, Iops=3_000),
        "created above with the throughput from below": created("refused", 400, StorageThroughput=125),
        "raised across with the IOPS from below": modified(AllocatedStorage=440, Iops=3_000),
        "raised across": modified(AllocatedStorage=440, Iops=12_000, StorageThroughput=500),
        "raised by little": modified(AllocatedStorage=450),
        "raised in performance": modified(Iops=15_000),
        "changed otherwise": modified(MultiAZ=True),
        "reduced": modified(AllocatedStorage=400),
    }
