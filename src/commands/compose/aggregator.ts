/**
 * The aggregator, put together: receivers → store, with the cluster room watching what arrives and alerts watching the
 * cluster. Everything but the web, which is why it also runs in the simulator.
 */
import { join } from "node:path";
import { type Alerting, startAlerting } from "../../alerts/engine.ts";
import { type ClusterSnapshot, type Clusters, createClusters } from "../../cluster/cluster.ts";
import type { Config } from "../../config/schema.ts";
import { lookAtClocks } from "../../core/clock-jump.ts";
import { errorCode, LockstepError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Metrics } from "../../core/metrics.ts";
import { formatHostPort } from "../../core/options.ts";
import type { SampleBatch } from "../../core/series-store.ts";
import type { SocketAddress, World } from "../../core/world.ts";
import { Intake } from "../../receivers/intake.ts";
import { openRules } from "../../receivers/rules/rules.ts";
import { openSntp } from "../../receivers/sntp.ts";
import { openJournal } from "../../state/journal.ts";
import type { StateStore } from "../../state/state.ts";
import { EmbeddedStore } from "../../store/engine.ts";
import { publishStoreStats } from "../../store/publish-stats.ts";
import { claimDirectory } from "./claim-directory.ts";
import { Closing } from "./closing.ts";
import { tapClusterSeries } from "./cluster-tap.ts";
import { FuturePoints } from "./future-points.ts";
import { keepKnownNodes, loadKnownBefore } from "./known-nodes.ts";
import { listening } from "./listening.ts";
import { keepOpenAggregates } from "./open-aggregates.ts";
import { openReceivers, type ReceiverAddresses } from "./receivers.ts";
import { loadStorageRules } from "./storage-rules.ts";

/** How often time passes for the cluster room. */
const TICK_MS = 500;

export interface Aggregator {
  readonly store: EmbeddedStore;
  readonly state: StateStore;
  readonly intake: Intake;
  readonly futurePoints: FuturePoints;
  readonly alerting: Alerting;
  readonly addresses: ReceiverAddresses & { readonly time: SocketAddress };
  snapshot(): readonly ClusterSnapshot[];
  /** Stops receiving, writes everything out, and closes. */
  close(): Promise<void>;
}

export interface AggregatorContext {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly config: Config;
}

export async function composeAggregator(context: AggregatorContext): Promise<Aggregator> {
  const closing = new Closing();
  try {
    return await compose(context, closing);
  } catch (error) {
    await closing.run(); // what was opened before the part that could not be
    throw error;
  }
}

async function compose({ world, log, metrics, config }: AggregatorContext, closing: Closing): Promise<Aggregator> {
  const { directory, carbonConf, seriesLimit, headBytes } = config.store;
  closing.add(await inDirectory(directory, claimDirectory(world.files, directory)));
  const stateDirectory = join(directory, "state");
  const state = closing.add(await inDirectory(directory, openJournal(world.files, log.child("state"), stateDirectory)));
  const rules = await loadStorageRules(world.files, carbonConf);
  const futurePoints = new FuturePoints();
  const onFuture = (name: string): void => futurePoints.note(name);
  const storeOptions = { directory: join(directory, "store"), rules, seriesLimit, headBytes, onFuture };
  const store = closing.add(await inDirectory(directory, EmbeddedStore.open(world, log.child("store"), storeOptions)));
  publishStoreStats(metrics, () => store.stats());

  const { known, lastRanMs } = await loadKnownBefore(state);
  const clusters = createClusters({
    options: config.cluster,
    metrics,
    now: lookAtClocks(world.clock),
    known,
    lastRanMs,
  });
  const snapshot = (): readonly ClusterSnapshot[] => clusters.snapshot(lookAtClocks(world.clock));
  closing.add(passTime(world, clusters));
  closing.add(keepKnownNodes(world, log.child("cluster"), state, known, snapshot));

  const externalUrl = config.web.externalUrl ?? `http://${formatHostPort(config.web.listen)}`;
  const alerting = closing.add(
    await startAlerting({
      world,
      log: log.child("alerts"),
      metrics,
      state,
      options: config.alerts,
      externalUrl,
      snapshot,
    }),
  );

  const onSamples: (batch: SampleBatch) => void = tapClusterSeries(store, clusters, world.clock);
  const { newSeriesPerSecond } = config.receivers;
  const receiversLog = log.child("receivers");
  const keeper = keepOpenAggregates(state);
  const rulesContext = { world, log: receiversLog.child("rules"), metrics, store, keeper };
  const nameRules = await openRules({ ...rulesContext, settings: config.receivers.rules });
  if (nameRules !== undefined) closing.add(nameRules);
  const intake = new Intake({
    world,
    log: receiversLog,
    metrics,
    store,
    newSeriesPerSecond,
    rules: nameRules,
    onSamples,
  });
  const { listen } = config.time;
  const sntp = openSntp({ world, log: receiversLog, metrics, ...config.time });
  const time = closing.add(await listening("time.listen", listen, sntp));
  const receivers = await openReceivers({ world, log, metrics, config }, intake, closing);
  return {
    store,
    state,
    intake,
    futurePoints,
    alerting,
    addresses: { ...receivers, time: time.address },
    snapshot,
    close: () => closing.run(),
  };
}

/**
 * What the system refuses at the start is told with the directory that it concerns.
 *
 * @throws LockstepError `DATA_DIRECTORY`, or what it was if it is an error of ours.
 */
async function inDirectory<T>(directory: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    const full =
      errorCode(cause) === "ENOSPC" ? ": its disk is full; make some room, nothing that is there is lost" : "";
    throw new LockstepError("DATA_DIRECTORY", `cannot open the data directory ${directory}${full}`, { cause });
  }
}

function passTime(world: World, clusters: Clusters): { close(): Promise<void> } {
  let timer = world.timers.after(TICK_MS, tick);
  function tick(): void {
    clusters.tick(lookAtClocks(world.clock));
    timer = world.timers.after(TICK_MS, tick);
  }
  return {
    close() {
      timer.cancel();
      return Promise.resolve();
    },
  };
}
