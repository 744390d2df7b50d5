import assert from "node:assert/strict";
import { test } from "node:test";
import { errorCode } from "#src/core/errors.ts";
import { takeFrame } from "#src/receivers/frames.ts";
import { RuledReceiver, type RuleFileName } from "../support/ruled-receiver.ts";

test("a name on the black list is refused, counted, and makes no series", async () => {
  const receiver = await RuledReceiver.start({ "blacklist.conf": "^noisy\\.\n\\.\\.\n" });
  for (let i = 0; i < 3; i++) receiver.send("noisy.a 1", "quiet.a 1", "quiet..b 1", "noisy.b 1");
  assert.deepEqual(receiver.names(), ["quiet.a"]);
  assert.equal(receiver.rejected("blacklisted"), 9);
  const [latest] = receiver.intake.rejects.latest();
  assert.match(latest!.text, /^noisy\.b 1 \d+$/);
  assert.equal(latest!.reason, "blacklisted");
});

test("with a white list only what is on it is taken, and the black list goes before it", async () => {
  const receiver = await RuledReceiver.start({ "blacklist.conf": "secret\n", "whitelist.conf": "^app\\.\n" });
  receiver.send("app.a 1", "app.secret 1", "other.a 1", "app.a 2");
  assert.deepEqual(receiver.names(), ["app.a"]);
  assert.deepEqual([receiver.rejected("blacklisted"), receiver.rejected("not_whitelisted")], [1, 1]);
});

test("an empty white list lets everything pass", async () => {
  const receiver = await RuledReceiver.start({ "whitelist.conf": "# nothing\n" });
  receiver.send("a 1");
  assert.deepEqual(receiver.names(), ["a"]);
});

test("requests for receipts are no metrics: no rule refuses or renames them", async () => {
  const receiver = await RuledReceiver.start({
    "whitelist.conf": "^app\\.\n",
    "rewrite-rules.conf": "[pre]\n^ = x.\n",
  });
  receiver.send("lockstep.receipt.n1 7");
  assert.equal(receiver.rejected("not_whitelisted"), 0);
  assert.deepEqual(receiver.names(), []);
});

test("lists see the name as it was sent, before it is rewritten", async () => {
  const receiver = await RuledReceiver.start({
    "blacklist.conf": "^new\\.\n",
    "whitelist.conf": "^old\\.\n^new\\.\n",
    "rewrite-rules.conf": "[pre]\n^old\\. = new.\n[post]\n\\.pid\\d+ =\n",
  });
  receiver.send("old.a.pid17 1", "new.a 2", "old.a.pid18 3");
  assert.deepEqual(receiver.names(), ["new.a"]);
  assert.equal(receiver.rejected("blacklisted"), 1);
  assert.deepEqual(
    (await receiver.values("new.a")).map(([, value]) => value),
    [3],
  );
});

test("a series that is there is refused under its name when a rule says so, and is written to under another", async () => {
  const receiver = await RuledReceiver.start({});
  receiver.send("old.a 1", "new.a 1");
  await receiver.run(10);
  receiver.put("rewrite-rules.conf", "[pre]\n^old = new\n");
  receiver.put("blacklist.conf", "^new\n");
  await receiver.run(6);
  receiver.send("old.a 2", "new.a 7", "old.a 2");
  assert.deepEqual(
    (await receiver.values("old.a")).map(([, value]) => value),
    [1],
  );
  assert.deepEqual(
    (await receiver.values("new.a")).map(([, value]) => value),
    [1, 2],
  );
  receiver.remove("rewrite-rules.conf");
  receiver.remove("blacklist.conf");
  await receiver.run(12);
  receiver.send("old.a 3", "new.a 4");
  assert.deepEqual(
    (await receiver.values("old.a")).map(([, value]) => value),
    [1, 3],
  );
  assert.deepEqual(
    (await receiver.values("new.a")).map(([, value]) => value),
    [1, 2, 4],
  );
});

test("changed files are read again; a fault keeps the rules from before, and is told with file and line", async () => {
  const receiver = await RuledReceiver.start({ "blacklist.conf": "^a\n" });
  receiver.send("a 1", "b 1");
  receiver.put("blacklist.conf", "^b\n^c\n");
  await receiver.run(6);
  receiver.send("a 2", "b 2");
  assert.equal(receiver.rejected("blacklisted"), 2);
  assert.deepEqual(receiver.names(), ["a", "b"]);
  receiver.put("blacklist.conf", "^a\n(\n");
  await receiver.run(60);
  receiver.send("a 3", "b 3");
  assert.equal(receiver.rejected("blacklisted"), 3, "^b and ^c are still in force");
  const told = receiver.log.filter((line) => line.includes("the rules from before stay in force"));
  assert.equal(told.length, 1, "once, not with every look");
  assert.match(told[0]!, /error .*line 2 of \/etc\/carbon\/blacklist\.conf/);
  assert.equal(await receiver.gauge("lockstep_rules_stale", { kind: "blacklist" }), 1);
  receiver.put("blacklist.conf", "^c\n");
  await receiver.run(6);
  receiver.send("a 4", "b 4", "c 4");
  assert.equal(receiver.rejected("blacklisted"), 4);
  assert.equal(await receiver.gauge("lockstep_rules_stale", { kind: "blacklist" }), 0);
  assert.equal(await receiver.gauge("lockstep_rules", { kind: "blacklist" }), 1);
});

test("a file that is away for one look only changes nothing", async () => {
  const receiver = await RuledReceiver.start({ "blacklist.conf": "^a\n" });
  receiver.remove("blacklist.conf");
  await receiver.run(6);
  receiver.send("a 1");
  receiver.put("blacklist.conf", "^a\n");
  await receiver.run(20);
  receiver.send("a 2");
  assert.equal(receiver.rejected("blacklisted"), 2);
});

test("at the start a fault is an error that names the line", async () => {
  const rows: readonly (readonly [RuleFileName, string, RegExp])[] = [
    ["blacklist.conf", "[", /line 1 of \/etc\/carbon\/blacklist.conf/],
    ["whitelist.conf", "a\n*", /line 2 of \/etc\/carbon\/whitelist.conf/],
    ["rewrite-rules.conf", "a = b", /line 1 of \/etc\/carbon\/rewrite-rules.conf/],
    ["aggregation-rules.conf", "a", /line 1 of \/etc\/carbon\/aggregation-rules.conf/],
  ];
  for (const [name, text, message] of rows) {
    await assert.rejects(RuledReceiver.start({ [name]: text }), { code: "RULES_SYNTAX", message }, name);
  }
  await assert.rejects(
    RuledReceiver.start({}, { directory: "/nowhere" }),
    (error) => errorCode(error) === "RULES_FILE",
  );
  await assert.rejects(RuledReceiver.start({}, { rewrite: "/etc/carbon/my-rules.conf" }), {
    code: "RULES_FILE",
    message: /there is no \/etc\/carbon\/my-rules\.conf \(receivers\.rules\.rewrite\)/,
  });
});

test("an endless stream of new refused names does not grow the name table", async () => {
  const receiver = await RuledReceiver.start({ "whitelist.conf": "^app\n" });
  receiver.send("app 1");
  const before = receiver.store.names.memoryBytes;
  const lines = Array.from({ length: 150_000 }, (_, i) => `noise.${i} 1 1`);
  for (let i = 0; i < lines.length; i += 1000) receiver.send(...lines.slice(i, i + 1000));
  assert.equal(receiver.rejected("not_whitelisted"), 150_000);
  assert.equal(receiver.store.names.memoryBytes, before);
  assert.ok(receiver.rules.cache.memoryBytes < 32 * 1024 * 1024);
});

test("an expression that takes too long on a name refuses that name, not the process", async () => {
  const receiver = await RuledReceiver.start({ "blacklist.conf": "^(?:[ab]+[.]?)*$\n" });
  receiver.send(`${"ab".repeat(30)}! 1`, "z 1");
  assert.equal(receiver.rejected("rule_too_slow"), 1);
  assert.deepEqual(receiver.names(), ["z"]);
  assert.match(receiver.log.join("\n"), /a name is refused: the regular expression/);
});

test("pickles go by the same rules", async () => {
  const receiver = await RuledReceiver.start({
    "blacklist.conf": "^bad\n",
    "rewrite-rules.conf": "[pre]\n^old = new\n",
    "aggregation-rules.conf": "all (60) = sum new.*\n",
  });
  const now = receiver.nowSeconds;
  const entry = (name: string): string => `(S'${name}'\n(I${now}\nI2\ntta`;
  const frame = new TextEncoder().encode(`(l${entry("old.a")}${entry("bad.a")}${entry("bad.a")}${entry("old.a")}.`);
  const sink = receiver.intake.sender("line_tcp", { host: "10.0.0.2", port: 1 });
  for (let i = 0; i < 2; i++) takeFrame("pickle", frame, receiver.store.names, sink, () => now);
  assert.equal(receiver.rejected("blacklisted"), 4);
  await receiver.run(61);
  assert.deepEqual(receiver.names(), ["all", "new.a"]);
  assert.deepEqual(
    (await receiver.values("all")).map(([, value]) => value),
    [8],
  );
});
