/** Foreign senders into our receiver: collectd's write_graphite, and lines through carbon-c-relay. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startLiveAggregator } from "../support/aggregator.ts";
import { freePort, startProgram, until } from "../support/live.ts";

test("collectd's write_graphite is understood", async () => {
  const ours = await startLiveAggregator();
  const directory = await mkdtemp(join(tmpdir(), "lockstep-collectd-"));
  await writeFile(
    join(directory, "collectd.conf"),
    `Hostname "n1"
FQDNLookup false
BaseDir "${directory}"
PIDFile "${directory}/pid"
Interval 1
TypesDB "/usr/share/collectd/types.db"
LoadPlugin load
LoadPlugin memory
LoadPlugin write_graphite
<Plugin write_graphite>
  <Node "lockstep">
    Host "127.0.0.1"
    Port "${ours.port}"
    Protocol "tcp"
    Prefix "collectd."
    StoreRates true
    EscapeCharacter "_"
  </Node>
</Plugin>
`,
  );
  const collectd = startProgram("/usr/sbin/collectd", ["-f", "-C", join(directory, "collectd.conf")]);
  try {
    const load = await until(
      async () => {
        const values = await ours.values("collectd.n1.load.load.shortterm", 60);
        return values.size > 0 ? [...values.values()] : undefined;
      },
      () => collectd.output(),
    );
    assert.ok(load.every((value) => value >= 0 && value < 1000));
    const names = await ours.find("collectd.n1.**");
    for (const name of ["collectd.n1.load.load.midterm", "collectd.n1.memory.memory-free"])
      assert.ok(names.includes(name), name);
    assert.deepEqual(ours.aggregator.intake.rejects.latest(), []);
  } finally {
    await collectd.stop();
    await ours.close();
    await rm(directory, { recursive: true });
  }
});

test("carbon-c-relay hands over every line", async () => {
  const ours = await startLiveAggregator();
  const directory = await mkdtemp(join(tmpdir(), "lockstep-relay-"));
  const relayPort = await freePort();
  await writeFile(
    join(directory, "relay.conf"),
    `listen type linemode 127.0.0.1:${relayPort} proto tcp;\ncluster lockstep forward 127.0.0.1:${ours.port};\nmatch * send to lockstep stop;\n`,
  );
  const relay = startProgram("/usr/bin/carbon-c-relay", ["-f", join(directory, "relay.conf"), "-w", "2"]);
  const now = Math.floor(Date.now() / 1000);
  const stamp = now - (now % 10);
  const lines = Array.from(
    { length: 5_000 },
    (_, i) => `relay.m${i % 100}.count ${i} ${stamp - 10 * Math.floor(i / 100)}\n`,
  );
  try {
    await until(
      () => send(relayPort, lines.join("")),
      () => relay.output(),
    );
    await until(
      async () => ((await ours.values("relay.m99.count", 600)).size === 50 ? true : undefined),
      () => `${relay.output()}\nseries: ${ours.aggregator.store.names.ids}`,
    );
    for (let series = 0; series < 100; series++) {
      const values = await ours.values(`relay.m${series}.count`, 600);
      for (let i = 0; i < 50; i++) assert.equal(values.get(stamp - 10 * i), series + 100 * i);
    }
    assert.deepEqual(ours.aggregator.intake.rejects.latest(), []);
  } finally {
    await relay.stop();
    await ours.close();
    await rm(directory, { recursive: true });
  }
});

function send(port: number, text: string): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(text));
    socket.on("close", () => resolve(true));
    socket.on("error", reject);
  });
}

test("Python's own pickles are read, as carbon's clients send them", async () => {
  const picklePort = await freePort();
  const ours = await startLiveAggregator({ "receivers.pickle": `127.0.0.1:${picklePort}` });
  const now = Math.floor(Date.now() / 1000);
  const script = `
import pickle, socket, struct, sys
s = socket.create_connection(("127.0.0.1", ${picklePort}))
for protocol in range(0, pickle.HIGHEST_PROTOCOL + 1):
    points = [("pickle.p%d.m%d" % (protocol, i), (${now}, i * 1.5)) for i in range(100)]
    body = pickle.dumps(points, protocol)
    s.sendall(struct.pack("!L", len(body)) + body)
evil = b"cos\\nsystem\\n(S'touch /nowhere'\\ntR."
s.sendall(struct.pack("!L", len(evil)) + evil)
body = pickle.dumps([("pickle.after", (${now}, 1))], 2)
s.sendall(struct.pack("!L", len(body)) + body)
s.close()
`;
  const python = startProgram("/usr/bin/python3", ["-c", script]);
  try {
    await until(
      async () => ((await ours.values("pickle.after", 60)).size > 0 ? true : undefined),
      () => python.output(),
    );
    for (let protocol = 0; protocol <= 5; protocol++) {
      const values = await ours.values(`pickle.p${protocol}.m99`, 60);
      assert.deepEqual([...values.values()], [148.5], `protocol ${protocol}`);
    }
    assert.deepEqual(
      ours.aggregator.intake.rejects.latest().map(({ reason }) => reason),
      ["pickle"],
    );
  } finally {
    await python.stop();
    await ours.close();
  }
});
