"""The PostgreSQL versions of database instances."""

from collections.abc import Callable

from moto.rds.models import DBInstance

MINOR_VERSIONS = {"16": "16.10", "17": "17.6", "18": "18.1"}


def resolve_major_versions() -> None:
    """Give an instance a minor version when a request names only a major version.

    moto returns the major version. RDS uses its default minor version, which changes over time. The local AWS uses a
    fixed minor version that RDS offers.

    https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-versions.html
    """
    create: Callable[..., None] = DBInstance.__init__
    update: Callable[..., None] = DBInstance.update

    def create_with_minor_version(self: DBInstance, *args: object, **settings: object) -> None:
        create(self, *args, **settings)
        if self.engine == "postgres" and hasattr(self, "engine_version"):
            self.engine_version = MINOR_VERSIONS.get(self.engine_version, self.engine_version)

    def update_with_minor_version(self: DBInstance, *, engine_version: str | None = None, **changes: object) -> None:
        if self.engine == "postgres" and engine_version:
            engine_version = MINOR_VERSIONS.get(engine_version, engine_version)
        update(self, engine_version=engine_version, **changes)

    DBInstance.__init__, DBInstance.update = create_with_minor_version, update_with_minor_version
