import { silentLog } from "#src/core/log.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import { parseAggregations, parseSchemas } from "#src/store/schemas.ts";
import { CONTRACT_AGGREGATIONS, CONTRACT_SCHEMAS, type StoreHarness, storeContract } from "../contracts/store.ts";
import { Simulation } from "../sim/simulation.ts";

const RULES = {
  schemas: parseSchemas(CONTRACT_SCHEMAS, "storage-schemas.conf"),
  aggregations: parseAggregations(CONTRACT_AGGREGATIONS, "storage-aggregation.conf"),
};

storeContract("the embedded store", async (): Promise<StoreHarness> => {
  const simulation = new Simulation(1);
  const host = simulation.host("aggregator");
  let process = host.start();
  const open = (): Promise<EmbeddedStore> =>
    simulation.scheduler.until(
      EmbeddedStore.open(process.world, silentLog, {
        directory: "/data",
        rules: RULES,
        seriesLimit: 1000,
        headBytes: 16e6,
      }),
    );
  let store = await open();
  return {
    get store() {
      return store;
    },
    nowSeconds: () => Math.floor(host.wallMs() / 1000),
    pass: (seconds) => simulation.run(seconds * 1000),
    wait: (promise) => simulation.scheduler.until(promise),
    async killAndReopen() {
      process.kill();
      process = host.start();
      store = await open();
    },
    async closeAndReopen() {
      await simulation.scheduler.until(store.close());
      process.kill();
      process = host.start();
      store = await open();
    },
    end: () => simulation.scheduler.until(store.close()),
  };
});
