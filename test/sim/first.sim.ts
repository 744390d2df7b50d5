/**
 * Ten hours of a cluster in which things go wrong, one after the other, in some seconds: the right alerts come, no
 * others, and no sample is lost or invented.
 */
import assert from "node:assert/strict";
import { exact, linear, step, sum } from "./clock.ts";
import { SimCluster } from "./cluster.ts";
import { checkAlertOrder, checkSamples, story } from "./invariants.ts";
import type { Scenario } from "./scenario.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const tenHours: Scenario = {
  name: "ten hours of five nodes: the right alerts and no others, and every sample accounted for",
  run,
};

async function run(seed: number): Promise<string> {
  const cluster = new SimCluster(seed);
  cluster.addNode("n1");
  cluster.addNode("n2", linear(2, 40)); // 40 ppm: 46 ms after 19 minutes, past 50 ms, 500 ms after 3.5 hours
  cluster.addNode("n3");
  cluster.addNode("n4");
  cluster.addNode("n5", sum(exact, step(6 * HOUR, 1_000, 6.5 * HOUR)));
  cluster.simulation.network.setQuality("aggregator", "n5", { minDelayMs: 0.2, jitterMs: 20, loss: 0.05 });
  await cluster.startAggregator();
  for (const node of ["n1", "n2", "n3", "n4", "n5"]) cluster.startSidecar(node);

  await cluster.run(1 * HOUR);
  cluster.pauseAggregator(90_000); // it sleeps: nobody else is to blame
  await cluster.run(1 * HOUR);
  cluster.killSidecar("n3"); // dies for ten minutes
  await cluster.run(10 * MINUTE);
  cluster.startSidecar("n3");
  await cluster.run(50 * MINUTE);
  cluster.simulation.network.cut("aggregator", "n4"); // cut off for five minutes
  await cluster.run(5 * MINUTE);
  cluster.simulation.network.mend("aggregator", "n4");
  await cluster.run(55 * MINUTE);
  cluster.killAggregator(); // away for ten minutes; comes back on the same disk
  await cluster.run(10 * MINUTE);
  await cluster.startAggregator();
  await cluster.run(50 * MINUTE);
  await cluster.stopSidecar("n1"); // a planned stop
  await cluster.run(20 * MINUTE);
  cluster.startSidecar("n1");
  await cluster.run(4 * HOUR + 40 * MINUTE);

  assert.deepEqual(
    story(cluster),
    [
      "ClockDrift warning n2 firing",
      "StaleHeartbeat critical n3 firing",
      "StaleHeartbeat critical n3 resolved",
      "StaleHeartbeat critical n4 firing",
      "StaleHeartbeat critical n4 resolved",
      "ClockDrift critical n2 firing",
      "ClockDrift critical n5 firing",
      "ClockDrift critical n5 resolved",
    ],
    `seed ${cluster.seed}`,
  );
  checkAlertOrder(cluster);
  await checkSamples(cluster);
  return `${cluster.simulation.scheduler.events} events, ${cluster.wiretap.batches.length} batches`;
}
