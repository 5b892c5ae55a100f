"""The PostgreSQL versions of database instances."""

from collections.abc import Callable

from moto.rds.models import DBInstance

from localaws.json_types import JsonObject

MINOR_VERSIONS = {"16": "16.10", "17": "17.6", "18": "18.1"}


def after_request(running: str, requested: str) -> str:
    """Return the version of an instance after a request for a version.

    If a request names the major version that runs, RDS changes the minor version only to a higher one.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    """
    default = MINOR_VERSIONS.get(requested, requested)
    return max(running, default, key=_minor) if running.partition(".")[0] == requested else default


def _minor(version: str) -> int:
    return int(version.partition(".")[2] or 0)


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
            engine_version = after_request(self.engine_version, engine_version)
        update(self, engine_version=engine_version, **changes)

    DBInstance.__init__, DBInstance.update = create_with_minor_version, update_with_minor_version


def name_option_groups_after_major_versions() -> None:
    """Put an instance into the default option group of its major version, such as `default:postgres-18`.

    In moto, the name of this group also contains the minor version that the request named, and an upgrade keeps it.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithOptionGroups.html
    """
    named = DBInstance.option_group_memberships

    def option_group_memberships(self: DBInstance) -> list[JsonObject]:
        if self.engine != "postgres" or self.option_group_supplied:
            groups: list[JsonObject] = named.fget(self)
            return groups
        return [{"OptionGroupName": f"default:postgres-{self.engine_version.partition('.')[0]}", "Status": "in-sync"}]

    DBInstance.option_group_memberships = property(option_group_memberships)


FIXES = (resolve_major_versions, name_option_groups_after_major_versions)
