/** What routes get: what the composition root hands in, and what the web makes of it once for all of them. */
import { type Assets, loadAssets } from "./assets.ts";
import type { WebDependencies } from "./dependencies.ts";
import { Live } from "./live.ts";
import { createReadings, type Readings } from "./readings.ts";
import { createViews, type Views } from "./views.ts";

export interface WebContext extends WebDependencies {
  readonly assets: Assets;
  readonly views: Views;
  readonly readings: Readings;
  readonly live: Live;
  /** Monotonic: when the web began. */
  readonly openedAtMs: number;
}

export function createContext(dependencies: WebDependencies): WebContext {
  const { world, query, version } = dependencies;
  const assets = loadAssets();
  return {
    ...dependencies,
    assets,
    views: createViews(assets, world.clock, version),
    readings: createReadings(query.reader, world.clock),
    live: new Live(dependencies),
    openedAtMs: world.clock.monotonicMs(),
  };
}
