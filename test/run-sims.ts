/**
 * Runs the simulations, each with some seeds: `npm run sim -- [SEEDS] [FIRST SEED]`. A failure prints its seed, which
 * replays it: `npm run sim -- 1 SEED`. Not under node:test, whose bookkeeping of promises costs more than the simulation.
 */
import { exactNumbers } from "./carbon/numbers.sim.ts";
import { tenHours } from "./sim/first.sim.ts";
import type { Scenario } from "./sim/scenario.ts";
import { storeModel } from "./store/model.sim.ts";

const SCENARIOS: readonly Scenario[] = [exactNumbers, tenHours, storeModel];

const seeds = Number(process.argv[2] ?? 3);
const first = Number(process.argv[3] ?? process.env["SEED"] ?? Date.now() % 1_000_000_007);

let failures = 0;
for (const scenario of SCENARIOS) {
  for (let seed = first; seed < first + seeds; seed++) {
    const started = performance.now();
    try {
      const told = await scenario.run(seed);
      console.log(
        `ok    ${scenario.name} (seed ${seed}; ${told}; ${((performance.now() - started) / 1000).toFixed(1)} s)`,
      );
    } catch (error) {
      failures++;
      console.log(
        `FAIL  ${scenario.name}\n      replay: npm run sim -- 1 ${seed}\n${error instanceof Error ? error.stack : error}`,
      );
    }
  }
}
process.exitCode = failures === 0 ? 0 : 1;
