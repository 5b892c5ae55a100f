"""The instructions of a Dockerfile that an image for the rehearsal needs."""

from pathlib import Path

import pytest

from rehearsal.images.dockerfile import Dockerfile, UnsupportedError

FILE = """
# comment
FROM python:3.13-slim
  # indented comment
ENV A=1 B="two words"
ENV A=2
ADD --chmod=444 https://example.com/bundle.pem /etc/bundle.pem
WORKDIR /srv
workdir app
COPY requirements.txt ./
COPY notes ./notes
COPY run /usr/local/bin/start
RUN pip install --no-cache-dir \\
    --requirement requirements.txt
USER 1000:1000
EXPOSE 3000
CMD ["python", "-m", "notes"]
"""


def read(folder: Path, text: str) -> Dockerfile:
    (folder / "Dockerfile").write_text(text, encoding="utf-8")
    return Dockerfile.read(folder / "Dockerfile")


def test_all_instructions_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, FILE) == Dockerfile(
        python="3.13",
        variables={"A": "2", "B": "two words"},
        folder="/srv/app",
        user="1000:1000",
        ports=["3000"],
        command=["python", "-m", "notes"],
        copies=[
            ("requirements.txt", "/srv/app/requirements.txt"),
            ("notes", "/srv/app/notes"),
            ("run", "/usr/local/bin/start"),
        ],
        downloads=["/etc/bundle.pem"],
        requirements="requirements.txt",
    )


@pytest.mark.parametrize(
    "line",
    [
        "FROM debian:12",
        "FROM python:3.13-slim AS build",
        "FROM python:3.13-slim\nFROM python:3.13-slim",
        "ENV A 1",
        "COPY --from=build /a /b",
        "COPY a b c",
        "ADD file /file",
        "ADD --unpack=true https://example.com/a.tar /a",
        "RUN apt-get update",
        "RUN pip install --requirement requirements.txt && rm -r /root",
        "RUN pip install --requirement a.txt\nRUN pip install --requirement b.txt",
        "EXPOSE 3000/udp",
        "CMD python -m notes",
        'ENTRYPOINT ["python"]',
        "HEALTHCHECK NONE",
    ],
)
def test_an_instruction_that_needs_docker_is_refused(tmp_path: Path, line: str) -> None:
    last = line.splitlines()[-1]

    with pytest.raises(UnsupportedError) as error:
        read(tmp_path, line)

    assert str(error.value) == (
        f"{tmp_path}/Dockerfile: {last}: not supported without Docker; build this image with `docker build`"
    )
