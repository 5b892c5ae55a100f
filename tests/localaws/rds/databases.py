"""Database instances for the tests of RDS."""

from typing import Any

from tests.support.localaws.fixes import Client


def create_database(client: Client, name: str, **settings: object) -> Any:
    """Create a small PostgreSQL instance and return its description."""
    defaults = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    return client("rds").create_db_instance(DBInstanceIdentifier=name, **defaults | settings)["DBInstance"]
