"""Kubernetes manifests and the Helm chart. There is no cluster here: objects are held against Kubernetes' own schemas (an
npm package), what refers to each other must be there, and ports, paths, metrics and configuration are the program's."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

import harness

try:
    import yaml
    from chart_renderer import Chart
except ImportError:
    print("skipped: PyYAML is not here")
    sys.exit(harness.SKIPPED)
try:
    import jsonschema
except ImportError:
    jsonschema = None

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
PLAIN = os.path.join(ROOT, "packaging/kubernetes")
CHART = os.path.join(ROOT, "packaging/helm/pointsman")
DOCKERFILE = os.path.join(ROOT, "packaging/container/Dockerfile")
SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kubernetes")
sys.path.insert(0, os.path.join(ROOT, "tools"))
import metric_names  # noqa: E402
import source_tree  # noqa: E402

BUILT = os.access(harness.BINARY, os.X_OK)
# What may be set, each at least once.
VARIANTS = {
    "as it comes": {},
    "shared": {
        "replicas": 3, "ledger": {"shared": True}, "podDisruptionBudget": {"enabled": True},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "image": {"repository": "registry.example/pointsman", "tag": "1.2.3", "pullSecrets": [{"name": "pull"}]},
        "networkPolicy": {"egress": [{"to": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": 5432}]}]},
        "service": {"type": "LoadBalancer", "port": 8000}, "podAnnotations": {"a": "b"}, "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "gateway", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "arch", "operator": "In", "values": ["amd64"]}]}]}}},
    },
    "by load": {"ledger": {"shared": True}, "autoscaling": {"enabled": True, "maxReplicas": 9},
                "podDisruptionBudget": {"enabled": True}},
    "bare": {"networkPolicy": {"enabled": False}, "ledger": {"shared": False, "storageClass": "fast", "size": "5Gi"}},
}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def plain_objects():
    kinds = yaml.safe_load(read(os.path.join(PLAIN, "kustomization.yaml")))
    return [one for name in kinds["resources"] for one in yaml.safe_load_all(read(os.path.join(PLAIN, name))) if one]


def adapter_rules():
    return yaml.safe_load(read(os.path.join(PLAIN, "prometheus-adapter.yaml")))["rules"]["custom"]


class Cluster:
    """Objects by kind and name, and what is wrong between them."""

    def __init__(self, objects):
        self.objects = objects
        self.wrong = []

    def of(self, kind):
        return [one for one in self.objects if one["kind"] == kind]

    def names(self, kind):
        return {one["metadata"]["name"] for one in self.of(kind)}

    def expect(self, right, what):
        if not right:
            self.wrong.append(what)

    def check(self):
        deployment, = self.of("Deployment")
        pod = deployment["spec"]["template"]
        self.labels = pod["metadata"]["labels"]
        self.container, = pod["spec"]["containers"]
        self.ports = {one["name"]: one["containerPort"] for one in self.container["ports"]}
        self.selects("Deployment", deployment["spec"]["selector"]["matchLabels"])
        self.expect(pod["spec"]["serviceAccountName"] in self.names("ServiceAccount"), "the service account")
        self.check_volumes(pod["spec"])
        self.check_stopping(pod["spec"])
        self.check_restricted(pod["spec"])
        for probe, path in (("startupProbe", "/readyz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/livez")):
            self.expect(self.container[probe]["httpGet"] == {"path": path, "port": "admin"}, probe)
        self.check_services()
        self.check_others()
        return self.wrong

    def selects(self, what, labels):
        self.expect(labels and labels.items() <= self.labels.items(), f"{what} selects no pod of ours")

    def check_volumes(self, spec):
        volumes = {one["name"]: one for one in spec["volumes"]}
        mounts = {one["name"]: one for one in self.container["volumeMounts"]}
        self.expect(volumes.keys() == mounts.keys(), f"volumes {volumes.keys()} and mounts {mounts.keys()}")
        self.expect(volumes["config"]["configMap"]["name"] in self.names("ConfigMap"), "the ConfigMap")
        claim = volumes["state"].get("persistentVolumeClaim")
        self.expect(not claim or claim["claimName"] in self.names("PersistentVolumeClaim"), "the claim")
        environment = {one["name"]: one["value"] for one in self.container["env"]}
        self.expect(environment["CREDENTIALS_DIRECTORY"] == mounts["keys"]["mountPath"], "where keys are")
        self.expect(environment["STATE_DIRECTORY"] == mounts["state"]["mountPath"], "where the state is")
        config, = re.findall(r"--config (\S+)", " ".join(self.container["args"]))
        self.expect(os.path.dirname(config) == mounts["config"]["mountPath"], "where the configuration is")
        one, = self.of("ConfigMap")
        self.expect(os.path.basename(config) in one["data"], "the configuration's name")
        self.config = yaml.safe_load(one["data"][os.path.basename(config)])
        for port, key in (("http", "listen"), ("admin", "admin")):
            self.expect(self.config[key] == f"0.0.0.0:{self.ports[port]}", f"the port {port} is not that of {key}")
        place = self.config.get("ledger", {}).get("path")
        self.expect(not place or place.startswith(mounts["state"]["mountPath"] + "/"), "the ledger's place")

    def check_stopping(self, spec):
        pause = int(self.container["lifecycle"]["preStop"]["exec"]["command"][-1])
        drain = int(str(self.config.get("limits", {}).get("drain_timeout", "30s")).rstrip("s"))
        self.expect(spec["terminationGracePeriodSeconds"] > pause + drain + 10, "a stop is given too little time")

    def check_restricted(self, spec):
        """What the pod security standard `restricted` asks, and a root that is read-only."""
        both = {**spec["securityContext"], **self.container["securityContext"]}
        wanted = {"runAsNonRoot": True, "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                  "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}
        self.expect(wanted.items() <= both.items(), "the pod is not restricted")
        self.expect(spec["automountServiceAccountToken"] is False, "a token is mounted")

    def check_services(self):
        for one in self.of("Service"):
            self.selects("Service", one["spec"]["selector"])
            for port in one["spec"]["ports"]:
                self.expect(port["targetPort"] in self.ports, f"no container port {port['targetPort']}")
        for one in self.of("ServiceMonitor"):
            wanted = one["spec"]["selector"]["matchLabels"]
            found = [service for service in self.of("Service") if wanted.items() <= service["metadata"]["labels"].items()]
            self.expect(len(found) == 1, "the monitor scrapes each pod once")
            port = one["spec"]["endpoints"][0]["port"]
            self.expect(found and port in [each["name"] for each in found[0]["spec"]["ports"]], "the monitor's port")

    def check_others(self):
        for one in self.of("PodDisruptionBudget"):
            self.selects("PodDisruptionBudget", one["spec"]["selector"]["matchLabels"])
        for one in self.of("NetworkPolicy"):
            self.selects("NetworkPolicy", one["spec"]["podSelector"]["matchLabels"])
            ports = [port["port"] for rule in one["spec"]["ingress"] for port in rule["ports"]]
            self.expect(sorted(ports) == sorted(self.ports), "the network policy's ports")
        made = {rule["name"]["as"] for rule in adapter_rules()}
        for one in self.of("HorizontalPodAutoscaler"):
            self.expect(one["spec"]["scaleTargetRef"]["name"] in self.names("Deployment"), "what is scaled")
            asked = {metric["pods"]["metric"]["name"] for metric in one["spec"]["metrics"]}
            self.expect(asked == made, f"the adapter makes {made}, asked for is {asked}")
            deployment, = self.of("Deployment")
            self.expect("replicas" not in deployment["spec"], "two say how many replicas there are")


class Objects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        chart = Chart(CHART)
        cls.sets = {"plain": plain_objects(), **{f"chart, {name}": chart.objects(values)
                                                 for name, values in VARIANTS.items()}}

    def test_what_refers_to_each_other_is_there(self):
        for name, objects in self.sets.items():
            with self.subTest(name):
                self.assertEqual([], Cluster(objects).check())

    def test_a_reference_that_leads_nowhere_is_noticed(self):
        for kind, change in (("Service", lambda one: one["spec"]["ports"][0].update(targetPort="web")),
                             ("PodDisruptionBudget", lambda one: one["spec"]["selector"].update(matchLabels={"a": "b"})),
                             ("ConfigMap", lambda one: one["metadata"].update(name="other")),
                             ("HorizontalPodAutoscaler", lambda one: one["spec"]["metrics"].pop())):
            objects = json.loads(json.dumps(self.sets["plain"]))
            change(next(one for one in objects if one["kind"] == kind))
            self.assertEqual(1, len(Cluster(objects).check()), kind)

    def test_kubernetes_own_schemas_hold(self):
        if not shutil.which("node") or not shutil.which("npm"):
            self.skipTest("node and npm are needed")
        if not os.path.isdir(os.path.join(SCHEMAS, "node_modules/kubernetes-models")):
            done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=SCHEMAS, check=False,
                                  capture_output=True, text=True, timeout=500)
            if done.returncode:
                self.skipTest(f"npm ci failed: {done.stderr.strip()[-200:]}")
        everything = [one for objects in self.sets.values() for one in objects]
        self.assertEqual([], self.by_schema(everything))
        broken = json.loads(json.dumps(next(one for one in everything if one["kind"] == "Deployment")))
        broken["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] = "eight"
        self.assertEqual(1, len(self.by_schema([broken])))

    @staticmethod
    def by_schema(objects):
        run = subprocess.run(["node", os.path.join(SCHEMAS, "check.mjs")], input=json.dumps(objects), cwd=SCHEMAS,
                             capture_output=True, text=True, timeout=120, check=True)
        return json.loads(run.stdout)

    def test_every_file_is_listed(self):
        listed = yaml.safe_load(read(os.path.join(PLAIN, "kustomization.yaml")))["resources"]
        there = set(os.listdir(PLAIN)) - {"kustomization.yaml", "prometheus-adapter.yaml"}
        self.assertEqual(there, set(listed))
        for one in self.sets["plain"]:
            if one["kind"] != "Namespace":
                self.assertEqual("pointsman", one["metadata"]["namespace"])

    def test_the_adapter_asks_for_metrics_that_there_are(self):
        table = metric_names.read(source_tree.Tree(ROOT))
        for rule in adapter_rules():
            for query in (rule["seriesQuery"], rule["metricsQuery"]):
                for name in re.findall(r"pointsman_\w+", query):
                    self.assertIn(re.sub(r"_bucket$", "", name), table)
            if shutil.which("promtool"):
                query = (rule["metricsQuery"].replace("<<.GroupBy>>", "pod").replace("<<.LabelMatchers>>", 'pod=~".+"'))
                with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
                    json.dump({"groups": [{"name": "adapter", "rules": [{"record": "a:b", "expr": query}]}]}, file)
                    file.flush()
                    run = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True,
                                         timeout=60, check=False)
                    self.assertEqual(0, run.returncode, run.stderr)


class TheChart(unittest.TestCase):
    def test_every_value_is_used_and_every_value_used_is_there(self):
        chart = Chart(CHART)
        text = "".join(read(os.path.join(CHART, "templates", name)) for name in os.listdir(os.path.join(CHART, "templates")))
        used = set(re.findall(r"\.Values\.([\w.]+)", text))
        for path in used:
            value = chart.values
            for key in path.split("."):
                self.assertIn(key, value, path)
                value = value[key]
        for key, value in chart.values.items():
            inner = [f"{key}.{one}" for one in value] if isinstance(value, dict) and value else [key]
            self.assertTrue(any(one in used for one in [key, *inner]), f"nothing uses {key}")
            if key not in used:
                self.assertEqual([], [one for one in inner if one not in used])

    @unittest.skipUnless(jsonschema, "jsonschema is not here")
    def test_the_schema_takes_what_is_right_and_refuses_what_is_not(self):
        chart = Chart(CHART)
        schema = json.loads(read(os.path.join(CHART, "values.schema.json")))
        judge = jsonschema.Draft7Validator(schema)
        jsonschema.Draft7Validator.check_schema(schema)
        from chart_renderer import merged
        for name, values in VARIANTS.items():
            self.assertEqual([], list(judge.iter_errors(merged(chart.values, values))), name)
        for wrong in ({"replicas": 3}, {"autoscaling": {"enabled": True}}, {"podDisruptionBudget": {"enabled": True}},
                      {"replica": 1}, {"config": {"listen": "0.0.0.0:1"}}, {"config": {"admin": "0.0.0.0:1"}},
                      {"ledger": {"shared": "yes"}}, {"existingSecret": ""}, {"ledger": {"size": "much"}}):
            self.assertNotEqual([], list(judge.iter_errors(merged(chart.values, wrong))), wrong)
        self.assertEqual(set(chart.values), set(schema["properties"]) - {"global"})

    @unittest.skipUnless(shutil.which("helm"), "helm is not here")
    def test_helm_makes_of_it_what_our_renderer_does(self):
        lint = subprocess.run(["helm", "lint", "--strict", CHART], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(0, lint.returncode, lint.stdout)
        for name, values in VARIANTS.items():
            with self.subTest(name), tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
                json.dump(values, file)
                file.flush()
                run = subprocess.run(["helm", "template", "gateway", CHART, "--namespace", "apps", "-f", file.name],
                                     capture_output=True, text=True, timeout=60, check=True)
                by_name = lambda objects: {(one["kind"], one["metadata"]["name"]): one for one in objects if one}
                self.assertEqual(by_name(yaml.safe_load_all(run.stdout)), by_name(Chart(CHART).objects(values)))


@unittest.skipUnless(BUILT, f"there is no program at {harness.BINARY}")
class TheProgram(unittest.TestCase):
    """Configurations of the manifests, given to the program."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="pointsman-k8s-"))
        with open(os.path.join(self.folder, "openai"), "w", encoding="utf-8") as file:
            file.write("sk-0123456789abcdef\n")

    def configurations(self):
        sets = {"plain": plain_objects(), **{name: Chart(CHART).objects(values) for name, values in VARIANTS.items()}}
        return {name: next(one for one in objects if one["kind"] == "ConfigMap")["data"]["pointsman.yaml"]
                for name, objects in sets.items()}

    def test_every_configuration_is_in_order(self):
        for name, text in self.configurations().items():
            path = os.path.join(self.folder, "pointsman.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            run = subprocess.run([harness.BINARY, "check", "--config", path], capture_output=True, text=True, timeout=60,
                                 env={"PATH": "/usr/bin", "CREDENTIALS_DIRECTORY": self.folder,
                                      "STATE_DIRECTORY": self.folder}, check=False)
            self.assertEqual(0, run.returncode, (name, run.stderr))

    def test_paths_of_probes_and_monitor_are_answered_on_the_admin_port(self):
        text = (self.configurations()["plain"].replace("0.0.0.0:8080", "127.0.0.1:0")
                .replace("0.0.0.0:9090", f"127.0.0.1:{harness_port()}")
                .replace("/var/lib/pointsman/ledger", os.path.join(self.folder, "ledger")))
        gateway = self.enterContext(harness.Gateway(text, {"CREDENTIALS_DIRECTORY": self.folder}))
        admin = re.search(r"admin: (127\S+)", text)[1]
        for path in ("/readyz", "/livez", "/metrics"):
            with urllib.request.urlopen(f"http://{admin}{path}", timeout=harness.PATIENCE) as answer:
                self.assertEqual(200, answer.status)
        run = subprocess.run([harness.BINARY, "health", "--config", gateway.config_path], capture_output=True, text=True,
                             timeout=60, check=False, env={"PATH": "/usr/bin", "CREDENTIALS_DIRECTORY": self.folder})
        self.assertEqual(0, run.returncode, run.stderr)

    def test_the_image_is_what_the_manifests_expect(self):
        """The Dockerfile, by its text: there is nothing here to build it with."""
        text = read(DOCKERFILE)
        deployment = next(one for one in plain_objects() if one["kind"] == "Deployment")
        pod = deployment["spec"]["template"]["spec"]
        self.assertIn(f"USER {pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}", text)
        for port in pod["containers"][0]["ports"]:
            self.assertRegex(text, rf"EXPOSE .*\b{port['containerPort']}\b")
        for one in pod["containers"][0]["env"]:
            self.assertIn(f"{one['name']}={one['value']}", text)
        check = json.loads(re.search(r"HEALTHCHECK .* CMD (\[.*\])", text)[1])
        self.assertEqual(["/usr/bin/pointsman", "health"], check)
        self.assertEqual(2, len(re.findall(r"(?m)^FROM debian:12-slim", text)))
        self.assertIn("cpack --config", text)
        # Each path that is copied or read is in the sources.
        for path in re.findall(r"(?m)^COPY (packaging\S+)", text):
            self.assertTrue(os.path.exists(os.path.join(ROOT, path)), path)
        listed = read(os.path.join(ROOT, "packaging/debian-packages.txt"))
        self.assertIn("\n# Libraries of the tests", listed, "where the Dockerfile ends reading")


def harness_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    harness.main()
