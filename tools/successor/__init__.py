"""CDK Terrain, the successor of cdktf."""

import tools.outside  # noqa: F401  # first, because the other imports can be interrupted
