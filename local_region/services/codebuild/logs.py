# SPDX-License-Identifier: GPL-3.0-or-later
"""A build's log: lines to CloudWatch Logs while it runs, the whole to S3 at its end."""

from __future__ import annotations

import gzip
from collections import deque

from local_region.services.codebuild.records import BuildRecord, Info, Store
from local_region.services.codebuild.surroundings import Surroundings
from local_region.services.codepipeline.surroundings import Put

# The region keeps its logs in memory. AWS has no such limit: what comes after it is left out but for the runner's own
# lines and the last ones before each of them, where the reason of a failure is.
MOST_BYTES = 8 * 1024**2
LAST_LINES = 500
MOST_OF_RUNNER = 200
OF_RUNNER = "[Container]"


class BuildLog:
    """The log of one build; used by the one thread that hears of it."""

    def __init__(self, store: Store, build: BuildRecord, surroundings: Surroundings):
        self._store, self._surroundings = store, surroundings
        self.location = location(store, build)
        self._streams = "groupName" in self.location
        self._kept: list[str] | None = [] if "s3LogsArn" in self.location else None
        self._bytes = self._left_out = self._of_runner = 0
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        if self._streams:
            surroundings.logs.create(store.account, store.region, self._group, self._stream)

    def write(self, lines: list[str]) -> None:
        """Adds lines, as far as they have room."""
        shown: list[str] = []
        for line in lines:
            self._bytes += len(line)
            if self._bytes <= MOST_BYTES:
                shown.append(line)
            elif line.startswith(OF_RUNNER) and self._of_runner < MOST_OF_RUNNER:
                self._of_runner += 1
                shown += [*self._last_lines(), line]
            else:
                self._left_out += 1
                self._last.append(line)
        self._put(shown)

    def close(self) -> None:
        """Adds the last lines if some were left out, and stores the log in S3 if the project wants that.

        Raises LookupError, with a sentence, when the bucket is not there.
        """
        self._put(self._last_lines())
        if self._kept is not None:
            bucket, _, key = self.location["s3LogsArn"].rpartition(":::")[2].partition("/")
            text = "".join(f"{line}\n" for line in self._kept).encode()
            self._surroundings.objects.put(self._store.account, bucket, key, gzip.compress(text), Put())

    def _last_lines(self) -> list[str]:
        """The last of the lines without room, after a line that says how many others are gone."""
        hidden = self._left_out - len(self._last)
        notice = f"[The local region keeps {MOST_BYTES // 1024**2} MiB of a build's log: {hidden} lines left out]"
        lines = ([notice] if hidden else []) + list(self._last)
        self._left_out = 0
        self._last.clear()
        return lines

    @property
    def _group(self) -> str:
        return self.location["groupName"]

    @property
    def _stream(self) -> str:
        return self.location["streamName"]

    def _put(self, lines: list[str]) -> None:
        if not lines:
            return
        if self._streams:
            self._surroundings.logs.put(self._store.account, self._store.region, self._group, self._stream, lines)
        if self._kept is not None:
            self._kept += lines


def awaited(settings: Info) -> Info:
    """LogsLocation of a build that has not begun: CloudWatch Logs has no stream for it yet."""
    return {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": {"status": "DISABLED"}} | settings.get("logsConfig", {})


def location(store: Store, build: BuildRecord) -> Info:
    """LogsLocation: by default the group /aws/codebuild/<project>, with the build's own id as the stream.

    Source: CloudWatchLogsConfig of the API; a stream name that is given is a prefix.
    """
    config = build.settings.get("logsConfig", {})
    watched = {"status": "ENABLED"} | config.get("cloudWatchLogs", {})
    found: Info = {"cloudWatchLogs": watched, "s3Logs": config.get("s3Logs", {"status": "DISABLED"})}
    if watched["status"] == "ENABLED":
        group = watched.get("groupName") or f"/aws/codebuild/{build.project.name}"
        stream = "/".join(part for part in (watched.get("streamName"), build.uuid) if part)
        console = f"https://console.aws.amazon.com/cloudwatch/home?region={store.region}#logsV2:log-groups/log-group/"
        found |= {
            "groupName": group,
            "streamName": stream,
            "deepLink": f"{console}{_quoted(group)}/log-events/{_quoted(stream)}",
            "cloudWatchLogsArn": f"arn:aws:logs:{store.region}:{store.account}:log-group:{group}:log-stream:{stream}",
        }
    to_s3 = found["s3Logs"]
    if to_s3["status"] == "ENABLED":
        place = f"{to_s3['location'].rpartition(':::')[2].rstrip('/')}/{build.uuid}.gz"
        found["s3LogsArn"] = f"arn:aws:s3:::{place}"
        found["s3DeepLink"] = f"https://s3.console.aws.amazon.com/s3/object/{place}?region={store.region}"
    return found


def _quoted(name: str) -> str:
    """The console's own quoting: percent signs of the quoted slash written as $25."""
    return name.replace("/", "$252F")
