/** An aggregator with its web, opened and closed as one. */
import type { Web } from "../../web/server.ts";
import { type Aggregator, composeAggregator } from "./aggregator.ts";
import { Closing } from "./closing.ts";
import { composeWeb, type WebParts } from "./web.ts";

export interface RunningAggregator {
  readonly aggregator: Aggregator;
  readonly web: Web;
  /** Stops serving, stops receiving, writes everything out. */
  close(): Promise<void>;
}

export async function runAggregator(parts: Omit<WebParts, "aggregator">): Promise<RunningAggregator> {
  const closing = new Closing();
  const aggregator = closing.add(await composeAggregator(parts));
  try {
    const web = closing.add(await composeWeb({ ...parts, aggregator }));
    return { aggregator, web, close: () => closing.run() };
  } catch (error) {
    await closing.run(); // the pages can't be served: then nothing is
    throw error;
  }
}
