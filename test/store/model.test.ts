import { test } from "node:test";
import { seeded } from "../support/random.ts";
import { runModel } from "./model.sim.ts";

test("the store equals a map (a short run; `npm run sim` has longer ones)", async () => {
  await runModel(seeded().seed, 40);
});
