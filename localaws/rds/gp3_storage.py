"""The limits of gp3 storage, which depend on its size."""

from collections.abc import Callable

from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance

FIXED_BELOW_GIB = 400
FIXED_IOPS, FIXED_THROUGHPUT_MIB_S = 3_000, 125
LEAST_IOPS, LEAST_THROUGHPUT_MIB_S = 12_000, 500


def apply_gp3_limits() -> None:
    """Apply the limits of RDS to the size, IOPS and throughput of gp3 storage.

    moto accepts and returns any values. Below 400 GiB, IOPS and throughput are fixed, and RDS refuses a request that
    sets them. From 400 GiB on, IOPS and throughput have minimum values. Storage cannot shrink, and RDS rounds an
    increase of less than 10 % up to 10 %.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    https://github.com/hashicorp/terraform-provider-aws/issues/28382
    """
    create: Callable[..., None] = DBInstance.__init__
    update: Callable[..., None] = DBInstance.update

    def create_with_storage(
        self: DBInstance,
        *args: object,
        iops: int | None = None,
        storage_throughput: int | None = None,
        **settings: object,
    ) -> None:
        create(self, *args, iops=iops, storage_throughput=storage_throughput, **settings)
        if self.storage_type == "gp3":
            performance = _performance(self.engine, self.allocated_storage, iops, storage_throughput)
            self.iops, self.storage_throughput = performance

    def update_storage(
        self: DBInstance,
        *,
        allocated_storage: int | None = None,
        iops: int | None = None,
        storage_throughput: int | None = None,
        **changes: object,
    ) -> None:
        if self.storage_type == "gp3":
            size = _new_size(self.allocated_storage, allocated_storage)
            if self.allocated_storage >= FIXED_BELOW_GIB:
                iops, storage_throughput = iops or self.iops, storage_throughput or self.storage_throughput
            iops, storage_throughput = _performance(self.engine, size, iops, storage_throughput)
            allocated_storage = size
        update(self, allocated_storage=allocated_storage, iops=iops, storage_throughput=storage_throughput, **changes)

    DBInstance.__init__, DBInstance.update = create_with_storage, update_storage


def _new_size(current_gib: int, requested_gib: int | None) -> int:
    """Return the storage size in GiB after an update."""
    if requested_gib is None or requested_gib == current_gib:
        return current_gib
    if requested_gib < current_gib:
        raise RDSClientError(
            "InvalidParameterCombination",
            f"Storage of {current_gib} GiB cannot be reduced to {requested_gib} GiB.",
        )
    return max(requested_gib, -(-current_gib * 11 // 10))


def _performance(engine: str, size_gib: int, iops: int | None, throughput_mib_s: int | None) -> tuple[int, int]:
    """Return the IOPS and the throughput in MiB/s of gp3 storage: the requested values or the defaults."""
    if size_gib < FIXED_BELOW_GIB:
        if iops or throughput_mib_s:
            raise RDSClientError(
                "InvalidParameterCombination",
                f"You can't specify IOPS or storage throughput for engine {engine} and a storage size less than 400.",
            )
        return FIXED_IOPS, FIXED_THROUGHPUT_MIB_S
    for name, value, least in (
        ("iops", iops, LEAST_IOPS),
        ("storage throughput", throughput_mib_s, LEAST_THROUGHPUT_MIB_S),
    ):
        if value and value < least:
            raise RDSClientError(
                "InvalidParameterCombination",
                f"Invalid {name} value for engine name {engine} and storage type gp3: {value}",
            )
    return iops or LEAST_IOPS, throughput_mib_s or LEAST_THROUGHPUT_MIB_S
