"""Tests of the comment of a pull request, with a server that answers as GitHub's API does."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from werkzeug.serving import make_server

from operations.diff import summary
from tests.support.synthesized import ROOT

MARKER = summary.marker("dev")
PAGE = 30


class GitHub:
    """A repository `acme/shop` with one pull request, 7.

    https://docs.github.com/en/rest/issues/comments
    """

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.app = flask.Flask("github")
        here = "/repos/acme/shop"
        self.app.add_url_rule(f"{here}/pulls/7", view_func=self._pull_request)
        self.app.add_url_rule(f"{here}/issues/7/comments", view_func=self._list)
        self.app.add_url_rule(f"{here}/issues/7/comments", view_func=self._create, methods=["POST"])
        self.app.add_url_rule(f"{here}/issues/comments/<int:number>", view_func=self._edit, methods=["PATCH"])

    def add(self, body: str, *, by: str) -> dict[str, Any]:
        """Have somebody comment: a `Bot` or a `User`."""
        number = len(self.comments)
        made = {
            "id": number,
            "body": body,
            "user": {"type": by},
            "url": f"{self.url}/repos/acme/shop/issues/comments/{number}",
            "html_url": f"https://github.com/acme/shop/pull/7#issuecomment-{number}",
        }
        self.comments.append(made)
        return made

    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.comments]

    def serve(self) -> Iterator["GitHub"]:
        server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.url = f"http://127.0.0.1:{server.port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield self
        server.shutdown()
        thread.join()

    def _pull_request(self) -> dict[str, str]:
        self.tokens.add(flask.request.headers["Authorization"])
        return {
            "url": f"{self.url}/repos/acme/shop/pulls/7",
            "issue_url": f"{self.url}/repos/acme/shop/issues/7",
        }

    def _list(self) -> flask.Response:
        page = int(flask.request.args.get("page", 1))
        response = flask.jsonify(self.comments[(page - 1) * PAGE : page * PAGE])
        if page * PAGE < len(self.comments):
            response.headers["Link"] = f'<{self.url}{flask.request.path}?page={page + 1}>; rel="next"'
        return response

    def _create(self) -> tuple[dict[str, Any], int]:
        return self.add(flask.request.get_json()["body"], by="Bot"), 201

    def _edit(self, number: int) -> dict[str, Any]:
        self.comments[number]["body"] = flask.request.get_json()["body"]
        return self.comments[number]


@pytest.fixture
def github() -> Iterator[GitHub]:
    yield from GitHub().serve()


def comment(github: GitHub, folder: Path, number: int = 7, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the program as `make comment` does, with the diff in a folder."""
    given = {
        "CDKTF_OUTPUT": str(folder),
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_TOKEN": "t0ken",
    }
    return subprocess.run(
        [sys.executable, "-m", "operations.diff.comment", "dev", str(number)],
        cwd=ROOT,
        env={**os.environ, **given, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def diff(folder: Path, text: str) -> str:
    """Leave a diff's summary where `make diff` leaves it."""
    whole = f"{MARKER}\n{text}\n"
    (folder / "diff-dev.md").write_text(whole, encoding="utf-8")
    return whole


def test_a_comment_is_written_once_and_then_kept_up_to_date(github: GitHub, tmp_path: Path) -> None:
    github.add("Looks good to me", by="User")
    first = diff(tmp_path, "## dev: 9 to add → ✓")
    process = comment(github, tmp_path)

    url = "https://github.com/acme/shop/pull/7#issuecomment-1\n"
    assert (process.returncode, process.stdout, process.stderr) == (0, url, "")
    assert github.bodies() == ["Looks good to me", first]
    assert github.tokens == {"token t0ken"}

    second = diff(tmp_path, "## dev: no changes")
    process = comment(github, tmp_path)

    assert (process.returncode, process.stdout, process.stderr) == (0, url, "")
    assert github.bodies() == ["Looks good to me", second]


def test_the_comment_is_found_on_a_later_page(github: GitHub, tmp_path: Path) -> None:
    for number in range(PAGE + 3):
        github.add(f"comment {number}", by="User")
    github.add(f"{MARKER}\nold", by="Bot")
    new = diff(tmp_path, "new")

    assert comment(github, tmp_path).returncode == 0
    assert github.bodies()[PAGE + 3 :] == [new]


def test_a_persons_comment_and_that_of_another_environment_stay(github: GitHub, tmp_path: Path) -> None:
    others = [f"{MARKER}\na person's", f"{summary.marker('production')}\nproduction's"]
    github.add(others[0], by="User")
    github.add(others[1], by="Bot")
    new = diff(tmp_path, "new")

    assert comment(github, tmp_path).returncode == 0
    assert github.bodies() == [*others, new]


def test_without_a_diff_nothing_is_written(github: GitHub, tmp_path: Path) -> None:
    process = comment(github, tmp_path)

    assert (process.returncode, process.stderr) == (
        1,
        "✗ dev: was not planned yet; run `make diff ENV=dev`, then `make comment` again\n",
    )
    assert github.bodies() == []


def test_missing_variables_are_named(github: GitHub, tmp_path: Path) -> None:
    process = comment(github, tmp_path, GITHUB_REPOSITORY="", GITHUB_TOKEN="")

    assert (process.returncode, process.stderr) == (
        1,
        "✗ GITHUB_REPOSITORY and GITHUB_TOKEN must be set, as in a GitHub Actions job\n",
    )


def test_a_refusal_by_github_is_one_message(github: GitHub, tmp_path: Path) -> None:
    diff(tmp_path, "new")
    process = comment(github, tmp_path, number=8)

    assert process.returncode == 1
    assert process.stderr.startswith("✗ pull request 8 of acme/shop was not commented on: 404")
    assert "Traceback" not in process.stderr


def test_a_github_that_cannot_be_reached_is_one_message(github: GitHub, tmp_path: Path) -> None:
    diff(tmp_path, "new")
    process = comment(github, tmp_path, GITHUB_API_URL="http://127.0.0.1:9")

    assert process.returncode == 1
    assert process.stderr.startswith("✗ pull request 7 of acme/shop was not commented on: ")
    assert "Traceback" not in process.stderr
