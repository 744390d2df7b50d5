import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "#src/core/limits.ts";
import { RuledReceiver } from "../support/ruled-receiver.ts";

const RULE = "all.requests (60) = sum web.*.requests\n";
const LOST = "lockstep_rules_aggregation_lost_total";

/** Moves on to five seconds into a minute, and returns the minute's beginning. */
async function intoMinute(receiver: RuledReceiver): Promise<number> {
  await receiver.run(60 - (receiver.nowSeconds % 60) + 5);
  return receiver.nowSeconds - 5;
}

test("values of one interval come to one value; the input is stored, too", async () => {
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": RULE });
  const minute = await intoMinute(receiver);
  receiver.send("web.a.requests 1", "web.b.requests 2", "other 5", "web.a.requests 10");
  await receiver.run(59);
  assert.deepEqual(await receiver.values("all.requests"), [], "as in carbon: a frequency after the first value");
  await receiver.run(2);
  assert.deepEqual(await receiver.values("all.requests"), [[minute, 13]]);
  assert.deepEqual(receiver.names(), ["all.requests", "other", "web.a.requests", "web.b.requests"]);
  assert.equal(receiver.metrics.count("lockstep_rules_aggregated_total"), 3);
  assert.equal(receiver.metrics.count("lockstep_rules_aggregates_written_total"), 1);
});

test("a late point writes its interval again, whole, as long as that is remembered", async () => {
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": RULE });
  const minute = await intoMinute(receiver);
  receiver.send("web.a.requests 1");
  await receiver.run(200);
  receiver.send(`web.b.requests 2 ${minute + 59}`);
  await receiver.run(60);
  assert.deepEqual(await receiver.values("all.requests"), [[minute, 3]]);
  await receiver.run(120);
  receiver.send(`web.c.requests 4 ${minute}`);
  await receiver.run(120);
  assert.deepEqual(await receiver.values("all.requests"), [[minute, 3]], "not written over by what came too late");
  assert.equal(receiver.metrics.count(LOST, { reason: "late" }), 1);
  assert.deepEqual(
    (await receiver.values("web.c.requests")).map(([, value]) => value),
    [4],
    "it is stored itself",
  );
  assert.equal(await receiver.gauge("lockstep_rules_open_intervals"), 0);
});

test("a sender whose clock is ahead opens no intervals", async () => {
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": RULE });
  const minute = await intoMinute(receiver);
  for (let i = 0; i < 1000; i++) receiver.send(`web.a.requests 1 ${minute + 3600 + 60 * i}`);
  receiver.send("web.b.requests 2");
  assert.equal(await receiver.gauge("lockstep_rules_open_intervals"), 1);
  assert.equal(receiver.metrics.count(LOST, { reason: "future" }), 1000);
});

test("write-back writes what is known so far", async () => {
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": RULE }, { writeBackSeconds: 10 });
  const minute = await intoMinute(receiver);
  receiver.send("web.a.requests 1");
  await receiver.run(11);
  assert.deepEqual(await receiver.values("all.requests"), [[minute, 1]]);
  receiver.send("web.b.requests 2");
  await receiver.run(11);
  assert.deepEqual(await receiver.values("all.requests"), [[minute, 3]]);
});

test("without forwardAll only aggregates are stored, and what has no part in any is refused", async () => {
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": RULE }, { forwardAll: false });
  const minute = await intoMinute(receiver);
  receiver.send("web.a.requests 1", "web.b.requests 2", "other 5", "other 6");
  await receiver.run(61);
  assert.deepEqual(receiver.names(), ["all.requests"]);
  assert.deepEqual(await receiver.values("all.requests"), [[minute, 3]]);
  assert.equal(receiver.rejected("not_aggregated"), 2);
});

test("an aggregate of the input's own name takes its place", async () => {
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": "<name> (60) = avg <<name>>\n" });
  const minute = await intoMinute(receiver);
  receiver.send("a.b 1", "a.b 2");
  await receiver.run(61);
  assert.deepEqual(await receiver.values("a.b"), [[minute, 1.5]]);
});

test("rules before: aggregation sees the rewritten name. Rules after: they leave aggregates alone, as in carbon", async () => {
  const texts = {
    "rewrite-rules.conf": "[pre]\n^www = web\n[post]\nrequests$ = r\n",
    "aggregation-rules.conf": RULE,
  };
  const receiver = await RuledReceiver.start(texts);
  receiver.send("www.a.requests 1");
  await receiver.run(61);
  assert.deepEqual(receiver.names(), ["all.requests", "web.a.r"]);
  const other = await RuledReceiver.start(texts, { rewriteAggregates: true });
  other.send("www.a.requests 1");
  await other.run(61);
  assert.deepEqual(other.names(), ["all.r", "web.a.r"]);
});

test("one sample has its part in each rule that matches", async () => {
  const rules = "max.<f> (60) = max web.*.<f>\np50.<f> (10) = p50 web.*.<f>\ncount (60) = count web.<<x>>\n";
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": rules });
  const minute = await intoMinute(receiver);
  receiver.send(`web.a.r 1 ${minute}`, `web.b.r 7 ${minute + 1}`, `web.c.r 4 ${minute + 2}`);
  await receiver.run(61);
  assert.deepEqual(await receiver.values("max.r"), [[minute, 7]]);
  assert.deepEqual(await receiver.values("p50.r"), [[minute, 4]]);
  assert.deepEqual(await receiver.values("count"), [[minute, 3]]);
});

test("changed rules: what is open is written, and goes on where the rule is the same", async () => {
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": `${RULE}gone (60) = sum web.*.requests\n` });
  const minute = await intoMinute(receiver);
  receiver.send("web.a.requests 1");
  receiver.put("aggregation-rules.conf", `# new\n${RULE}new (60) = max web.*.requests\n`);
  await receiver.run(6);
  assert.deepEqual(await receiver.values("gone"), [[minute, 1]]);
  assert.deepEqual(await receiver.values("all.requests"), [[minute, 1]]);
  receiver.send("web.b.requests 2");
  await receiver.run(61);
  assert.deepEqual(await receiver.values("all.requests"), [[minute, 3]]);
  assert.deepEqual(await receiver.values("gone"), [[minute, 1]]);
  assert.deepEqual(await receiver.values("new"), [[minute, 2]]);
});

test("an orderly stop writes what is open, and the next run goes on with it", async () => {
  const rules = `${RULE}p (60) = p90 web.*.requests\n`;
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": rules });
  const minute = await intoMinute(receiver);
  receiver.send("web.a.requests 1");
  await receiver.stop();
  await receiver.open();
  assert.deepEqual(await receiver.values("all.requests"), [[minute, 1]]);
  receiver.send("web.b.requests 2");
  await receiver.run(61);
  assert.deepEqual(await receiver.values("all.requests"), [[minute, 3]]);
  assert.deepEqual(await receiver.values("p"), [[minute, 1 * (1 - 0.9) + 2 * 0.9]]);
  assert.equal(receiver.metrics.count("lockstep_rules_aggregates_incomplete_total"), 0);
});

test("after kill -9 what had begun before is counted as incomplete, and only that", async () => {
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": RULE });
  await intoMinute(receiver);
  receiver.send("web.a.requests 1");
  receiver.kill();
  await receiver.open();
  receiver.send("web.b.requests 2");
  await receiver.run(61);
  assert.equal(receiver.metrics.count("lockstep_rules_aggregates_incomplete_total"), 1);
  await receiver.run(60);
  receiver.send("web.b.requests 2");
  await receiver.run(61);
  assert.equal(receiver.metrics.count("lockstep_rules_aggregates_incomplete_total"), 1);
});

test("infinities that cancel out leave no value, and are counted", async () => {
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": RULE });
  receiver.send("web.a.requests inf", "web.b.requests -inf");
  await receiver.run(61);
  assert.deepEqual(receiver.names(), ["web.a.requests", "web.b.requests"]);
  assert.equal(receiver.metrics.count(LOST, { reason: "not_a_number" }), 2);
});

test("a full store loses aggregates, counted", async () => {
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": "sum.<a> (60) = sum <a>\n" });
  const names = Array.from({ length: 1000 }, (_, i) => `n${i} 1`);
  receiver.send(...names);
  await receiver.run(61);
  assert.equal(receiver.metrics.count(LOST, { reason: "not_stored" }), 1000);
  assert.match(receiver.log.join("\n"), /an aggregate can't be stored/);
});

test("two rules for one aggregate that contradict one another are told", async () => {
  const rules = "all (60) = sum web.*\nall (10) = max web.<x>\n";
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": rules });
  const minute = await intoMinute(receiver);
  receiver.send("web.a 2");
  await receiver.run(61);
  assert.deepEqual(await receiver.values("all"), [[minute, 4]], "as in carbon: the sample counts for each rule");
  assert.match(receiver.log.join("\n"), /two rules make one aggregate.*aggregate=all lines="1, 2"/);
});

test("when there are too many aggregates, idle ones make room, and what was refused is judged again", async () => {
  const rules = "all.<x> (60) = sum in.<x>\n";
  const receiver = await RuledReceiver.start({ "aggregation-rules.conf": rules }, { forwardAll: false });
  const flood = Array.from({ length: LIMITS.aggregates }, (_, i) => `in.${i} 1`);
  receiver.send(...flood);
  receiver.send("in.late 1", "in.late 1");
  assert.equal(await receiver.gauge("lockstep_rules_aggregates"), LIMITS.aggregates);
  assert.equal(receiver.metrics.count(LOST, { reason: "aggregate_limit" }), 1, "judged once");
  assert.equal(receiver.rejected("not_aggregated"), 2);
  await receiver.run(1200);
  assert.equal(await receiver.gauge("lockstep_rules_aggregates"), 0, "none of them has come again");
  receiver.send("in.late 1");
  assert.equal(receiver.rejected("not_aggregated"), 2);
  assert.equal(await receiver.gauge("lockstep_rules_aggregates"), 1);
});
