"""What lies in docker/ fits the program: its commands, files, ports, pins and metrics."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rtm_flows.cli.arguments import parser
from rtm_flows.cli.hosts import seat_of
from rtm_flows.config import load
from rtm_flows.metrics import METRICS

ROOT = Path(__file__).resolve().parent.parent
DOCKER = ROOT / "docker"
KUBERNETES = DOCKER / "kubernetes"
JOB = KUBERNETES / "one-pod" / "job.toml"
METRICS_PORT = 9464
PEERS_PORT = 2101

Tree = dict[str, Any]
PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def compose() -> Tree:
    """Return the services of the compose file."""
    services: Tree = yaml.safe_load((DOCKER / "compose.yaml").read_text("utf-8"))["services"]
    return services


def manifests(folder: str) -> Iterator[Tree]:
    """Yield the Kubernetes resources in a folder, and what patches them."""
    for path in sorted((KUBERNETES / folder).glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text("utf-8"))


def of_kind(folder: str, kind: str) -> Tree:
    """Return the one resource of a kind."""
    (found,) = (one for one in manifests(folder) if one["kind"] == kind)
    return found


def containers(folder: str) -> list[Tree]:
    """Return the containers of a StatefulSet."""
    pod = of_kind(folder, "StatefulSet")["spec"]["template"]["spec"]
    return [*pod.get("initContainers", []), *pod["containers"]]


def commands() -> list[list[str]]:
    """Return every `rtm` command that a container runs."""
    ours = [one["command"] for one in compose().values() if one.get("image") == "rtm_flows"]
    return ours + [one["args"] for name in ("one-pod", "many-hosts") for one in containers(name)]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_is_one(command: list[str]) -> None:
    """It is understood, and the job that it names is where it is mounted."""
    # The parser would also take the beginning of an option.
    pages = (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    options = [one.partition("=")[0] for one in command if one.startswith("--")]
    assert [one for one in options if f"`{one}" not in pages] == []
    parsed = parser().parse_args([one.replace("$(POD_INDEX)", "2") for one in command])
    if parsed.command != "simulate":
        assert parsed.job == "/etc/rtm/job.toml"
    if parsed.command == "run":
        assert parsed.recovery == "/var/lib/rtm/state"
        assert parsed.metrics == f"0.0.0.0:{METRICS_PORT}"
        if parsed.addresses is not None:
            parsed.addresses = str(KUBERNETES / "many-hosts" / Path(parsed.addresses).name)
            assert seat_of(parsed, load(JOB)) is not None


def test_the_job_reads_what_the_compose_file_makes() -> None:
    """The one topic that no command of ours makes."""
    kafka = load(JOB).kafka
    assert kafka is not None
    (topic,) = kafka.topics
    assert f"--topic={topic.name}" in compose()["events-topic"]["command"]


def test_hosts_are_as_many_as_replicas() -> None:
    """Under the names that the service of the StatefulSet gives them."""
    job = of_kind("many-hosts", "StatefulSet")["spec"]
    service = of_kind("many-hosts", "Service")
    lines = (KUBERNETES / "many-hosts" / "hosts").read_text("utf-8").split()
    name = service["metadata"]["name"]
    assert lines == [f"rtm-{n}.{name}:{PEERS_PORT}" for n in range(job["replicas"])]
    assert job["serviceName"] == name
    # They look for each other before they can be ready, and come together or not at all.
    assert service["spec"]["publishNotReadyAddresses"] is True
    assert job["podManagementPolicy"] == "Parallel"
    assert job["updateStrategy"]["type"] == "OnDelete"


def test_ports_fit() -> None:
    """Those of the image, of who looks at it, and of who is let in."""
    assert f"EXPOSE {METRICS_PORT}" in dockerfile()
    assert f":{METRICS_PORT}/healthz" in dockerfile()
    assert compose()["job"]["ports"] == [f"127.0.0.1:{METRICS_PORT}:{METRICS_PORT}"]
    scraped = yaml.safe_load((DOCKER / "prometheus" / "prometheus.yml").read_text("utf-8"))
    assert scraped["scrape_configs"][0]["static_configs"][0]["targets"] == [f"job:{METRICS_PORT}"]
    named = {
        port["name"]: port["containerPort"]
        for folder in ("one-pod", "many-hosts")
        for one in containers(folder)
        for port in one.get("ports", [])
    }
    assert named == {"metrics": METRICS_PORT, "peers": PEERS_PORT}


def test_every_published_port_is_this_machines_only() -> None:
    """None of the pages has a log-in."""
    ports = [port for one in compose().values() for port in one.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_no_container_may_more_than_it_must() -> None:
    """No root, nothing to write to but its volumes, no way to more rights."""
    pod = of_kind("one-pod", "StatefulSet")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    # `Always` lets the group into the recovery folder, which is refused then.
    assert pod["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"
    for one in containers("one-pod"):
        context = one["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"]["drop"] == ["ALL"]
    for name, one in compose().items():
        if one["image"] == "rtm_flows":
            assert one["read_only"] is True, name
            assert one["cap_drop"] == ["ALL"], name
    assert re.search(r"^USER 10001:10001$", dockerfile(), re.MULTILINE)


def test_policies_are_for_these_pods_only() -> None:
    """An empty selector is every pod of the namespace."""
    budget = of_kind("one-pod", "PodDisruptionBudget")["spec"]["selector"]
    policy = of_kind("one-pod", "NetworkPolicy")["spec"]["podSelector"]
    assert budget == policy == {"matchLabels": {"app.kubernetes.io/name": "rtm"}}
    let_in = of_kind("many-hosts", "NetworkPolicy")["spec"]["ingress"]
    (peers,) = (one for one in let_in if one["ports"] == [{"port": "peers"}])
    assert peers["from"] == [{"podSelector": budget}]


def dockerfile() -> str:
    """Return the text of the Dockerfile."""
    return (DOCKER / "Dockerfile").read_text("utf-8")


def test_what_is_copied_into_the_image_is_there() -> None:
    """And let in by .dockerignore, which shuts out all else."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile(), re.MULTILINE)
    let_in = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    assert "*" in let_in
    for source in " ".join(copied).split():
        assert (ROOT / source).exists()
        assert f"!{source}" in let_in


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt"])
def test_the_image_has_the_pins_that_are_tested(name: str) -> None:
    """The same versions with the same hashes, and a hash for each."""
    text = (DOCKER / name).read_text("utf-8")
    pinned = dict(PINNED.findall(text))
    tested = dict(PINNED.findall((ROOT / "requirements-dev.txt").read_text("utf-8")))
    assert pinned
    assert pinned.items() <= tested.items()
    hashes = set(re.findall(r"sha256:[0-9a-f]{64}", text))
    assert hashes <= set(
        re.findall(r"sha256:[0-9a-f]{64}", ROOT.joinpath("requirements-dev.txt").read_text("utf-8"))
    )
    assert len(re.findall(r"==\S+ \\\n +--hash", text)) == len(pinned)


def test_the_image_has_all_that_the_package_needs() -> None:
    """With the extra for schema registries, and what the package is built with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    runs = [*project["project"]["dependencies"]]
    runs += project["project"]["optional-dependencies"]["registry"]
    for needed, name in (
        (runs, "requirements.txt"),
        (project["build-system"]["requires"], "requirements-build.txt"),
    ):
        pinned = dict(PINNED.findall((DOCKER / name).read_text("utf-8")))
        names = {re.split(r"[<>=!~\[ ]", one)[0].lower() for one in needed}
        assert names <= pinned.keys()


METRIC = re.compile(r"\b(rtm_[a-z_]+)(\{[^}]*\})?")
BY = re.compile(r"\b(?:by|on) \(([a-z, ]*)\)")
OF_ANY = {"job", "instance", "le"}


def expressions() -> list[str]:
    """Return what dashboard and rules ask of Prometheus."""
    board = json.loads((DOCKER / "grafana" / "dashboards" / "rtm.json").read_text("utf-8"))
    rules = yaml.safe_load((DOCKER / "prometheus" / "alerts.yml").read_text("utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    asked += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    return [*asked, board["templating"]["list"][0]["definition"]]


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_that_is_asked_for_is_declared(expression: str) -> None:
    """With its labels; of a histogram its parts."""
    declared = {one.name: one for one in METRICS}
    labels = set()
    for name, given in METRIC.findall(expression):
        plain = re.sub(r"_(bucket|sum|count)$", "", name)
        metric = declared.get(plain if plain in declared else name)
        assert metric is not None, name
        assert (metric.kind == "histogram") == (plain != name), name
        labels |= set(metric.labels)
        asked = set(re.findall(r"(\w+)\s*[=!]~?", given))
        assert asked <= {*metric.labels, *OF_ANY}, given
    grouped = {one.strip() for group in BY.findall(expression) for one in group.split(",")}
    assert grouped <= labels | OF_ANY


def test_every_metric_is_shown() -> None:
    """What is worth counting is worth a look."""
    shown = {
        re.sub(r"_(bucket|sum|count)$", "", name)
        for name, _ in METRIC.findall(" ".join(expressions()))
    }
    unseen = {one.name for one in METRICS} - shown
    # The first have a fate in the end; who left shows in how many people there are.
    assert unseen <= {"rtm_input_records_total", "rtm_evicted_people_total"}


def _checked(*command: str) -> None:
    tool = command[0]
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_understands_its_configuration() -> None:
    """By its own tool, if that is there."""
    _checked("promtool", "check", "config", "docker/prometheus/prometheus.yml")


def test_alerts_come_when_they_should() -> None:
    """By Prometheus' own tool, if that is there."""
    _checked("promtool", "test", "rules", "docker/prometheus/alerts_test.yml")


def test_the_dockerfile_is_sound() -> None:
    """By hadolint, if that is there."""
    _checked("hadolint", "docker/Dockerfile")


@pytest.mark.parametrize("folder", ["one-pod", "many-hosts"])
def test_manifests_can_be_built(folder: str) -> None:
    """By kustomize, if that is there."""
    _checked("kustomize", "build", f"docker/kubernetes/{folder}")
