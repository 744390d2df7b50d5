import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConfigSources, loadConfig } from "#src/config/load.ts";
import { configReference } from "#src/config/reference.ts";
import { configSchema } from "#src/config/schema.ts";
import { effectiveSettings } from "#src/config/show.ts";

function load(sources: Partial<ConfigSources> = {}) {
  return loadConfig(configSchema, { environment: {}, flags: [], ...sources });
}

function file(text: string): Partial<ConfigSources> {
  return { file: { path: "lockstep.yaml", text } };
}

function refusal(sources: Partial<ConfigSources>): string {
  try {
    load(sources);
  } catch (error) {
    assert.equal((error as { code?: string }).code, "CONFIG");
    return (error as Error).message;
  }
  return assert.fail("nothing was refused");
}

test("without any settings the defaults hold, and are safe on an open network", () => {
  const { values, origins } = load();
  assert.deepEqual(values.web.listen, { host: "127.0.0.1", port: 8484 });
  assert.deepEqual(values.receivers.line, [{ host: "127.0.0.1", port: 2003, tls: false }]);
  assert.deepEqual(values.time.listen, { host: "127.0.0.1", port: 10_123 });
  assert.equal(values.receivers.udp, undefined);
  assert.equal(values.receivers.pickle, undefined);
  assert.equal(origins.size, 0);
});

test("flags outweigh the environment, which outweighs the file", () => {
  const text = "sidecar: {cluster: file, node: file}\nlog: {level: warn}\n";
  const { values, origins } = load({
    ...file(text),
    environment: { LOCKSTEP_SIDECAR_CLUSTER: "environment", LOCKSTEP_SIDECAR_NODE: "environment", PATH: "/bin" },
    flags: [{ flag: "node", path: ["sidecar", "node"], value: "flag" }],
  });
  assert.equal(values.log.level, "warn");
  assert.equal(values.sidecar.cluster, "environment");
  assert.equal(values.sidecar.node, "flag");
  assert.equal(origins.get("log.level"), "lockstep.yaml:2");
  assert.equal(origins.get("sidecar.cluster"), "LOCKSTEP_SIDECAR_CLUSTER");
  assert.equal(origins.get("sidecar.node"), "--node");
});

test("environment variables take lists, numbers and switches as they would be typed", () => {
  const { values } = load({
    environment: {
      LOCKSTEP_STORE_SERIES_LIMIT: "5000",
      LOCKSTEP_ALERTS_GROUP_BY: "alertname, node",
      LOCKSTEP_ALERTS_RULES_CLOCK_DRIFT_ENABLED: "false",
      LOCKSTEP_CLUSTER_SETTLE: "1m30s",
    },
  });
  assert.equal(values.store.seriesLimit, 5_000);
  assert.deepEqual(values.alerts.groupBy, ["alertname", "node"]);
  assert.deepEqual((values.alerts.rules as Record<string, { enabled: boolean }>)["clockDrift"]!.enabled, false);
  assert.equal(values.cluster.settle, 90_000);
});

test("what is no setting is refused with its place and the nearest that is one", () => {
  assert.equal(
    refusal(file("web:\n  listn: 127.0.0.1:1\n")),
    "lockstep.yaml:2: web.listn is no setting; did you mean web.listen?",
  );
  assert.match(refusal(file("colour: blue\n")), /^lockstep\.yaml:1: colour is no setting; right would be one of web, /);
  assert.equal(
    refusal({ environment: { LOCKSTEP_SIDECAR_CLUSTR: "x" } }),
    "environment: LOCKSTEP_SIDECAR_CLUSTR is no setting of Lockstep; did you mean LOCKSTEP_SIDECAR_CLUSTER?",
  );
  assert.match(
    refusal(file("sidecar: {collectors: {hots: {interval: 1s}}}")),
    /^lockstep\.yaml:1: sidecar\.collectors\.hots is no setting; did you mean sidecar\.collectors\.host\?$/,
  );
});

test("everything that is wrong is told at once, each with what would be right", () => {
  const lines = refusal(file("web: {listen: here}\nlog: {level: loud}\ncluster: {settle: soon}\n")).split("\n");
  assert.equal(lines.length, 3);
  assert.match(lines[0]!, /^lockstep\.yaml:1: web\.listen: "here" is not HOST:PORT; right would be /);
  assert.match(lines.find((line) => line.includes("log.level"))!, /^lockstep\.yaml:2: .*"debug"\|"info"/);
  assert.match(lines.find((line) => line.includes("cluster.settle"))!, /^lockstep\.yaml:3: .*"soon"/);
});

test("a file that is no YAML, or no keys with values, is refused with its line", () => {
  assert.match(refusal(file("web: {listen\n")), /^lockstep\.yaml:\d+: /);
  assert.match(refusal(file("a: 1\na: 2\n")), /^lockstep\.yaml:2: Map keys must be unique/);
  assert.equal(refusal(file("- web\n")), "lockstep.yaml: the file holds a list, not keys with values");
  assert.deepEqual(load(file("# nothing yet\n")).values, load().values);
});

test("aliases of YAML can't make a small file a large one", () => {
  const bomb = [
    "a: &a [x,x,x,x,x,x,x,x,x]",
    ...[..."bcdefghi"].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[i]}`)}]`),
  ];
  assert.match(refusal(file(bomb.join("\n"))), /^lockstep\.yaml: .*alias/);
});

const WITH_SECRET = `alerts:
  receivers:
    - name: ops
      webhook: {url: "https://hooks.example.org/x", bearerToken: s3cr3t}
`;

test("secrets are not printed, however they are asked for", () => {
  const loaded = load(file(WITH_SECRET));
  const shown = JSON.stringify(effectiveSettings(configSchema, loaded));
  const asText = `${JSON.stringify(loaded.values)} ${String(loaded.values.alerts.receivers)}`;
  assert.ok(!shown.includes("s3cr3t"), shown);
  assert.ok(!asText.includes("s3cr3t"), asText);
  const { receivers } = loaded.values.alerts as unknown as {
    receivers: readonly { webhook: { bearerToken: { reveal(): string } } }[];
  };
  assert.equal(receivers[0]!.webhook.bearerToken.reveal(), "s3cr3t");
});

test("a receiver without a channel, or a name given twice, is refused with a right example", () => {
  assert.match(
    refusal(file("alerts: {receivers: [{name: ops}]}")),
    /exactly one channel; right would be \{name: ops, webhook/,
  );
  const twice = `{name: ops, webhook: {url: "https://a.example"}}`;
  assert.match(refusal(file(`alerts: {receivers: [${twice}, ${twice}]}`)), /two receivers have the same name/);
});

test("what is in force is shown with its origin, and the reference has every setting", () => {
  const settings = effectiveSettings(configSchema, load(file("log: {level: debug}")));
  assert.deepEqual(
    settings.filter(({ origin }) => origin !== "default"),
    [{ key: "log.level", value: "debug", origin: "lockstep.yaml:1" }],
  );
  const reference = configReference(configSchema);
  for (const { key } of settings) assert.ok(reference.includes(key.split(".").at(-1)!), key);
});
