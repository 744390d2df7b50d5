/** What pages are made of, gathered at one moment. A store that can't be read leaves figures out, not the page. */
import { errorText } from "../core/errors.ts";
import type { WebContext } from "./context.ts";
import type { Histories, LatestValues } from "./readings.ts";
import { QUEUE_SUBJECTS, SESSIONS_SUBJECT } from "./view-models/figures.ts";
import { LIGHT_SUBJECTS } from "./view-models/lights.ts";
import { noticesOf } from "./view-models/notices.ts";
import type { OverviewInput } from "./view-models/overview.ts";
import { LOAD_SUBJECTS } from "./view-models/tile.ts";

const NODE_PATTERNS = [...LIGHT_SUBJECTS, ...LOAD_SUBJECTS, SESSIONS_SUBJECT].map(
  (subject) => `connect.*.*.${subject}`,
);
const LATEST_PATTERNS = [...NODE_PATTERNS, ...QUEUE_SUBJECTS.map((subject) => `connect.*._cluster.${subject}`)];
const HISTORY_PATTERNS = [...LOAD_SUBJECTS, SESSIONS_SUBJECT].map((subject) => `connect.*.*.${subject}`);

export async function observe(context: WebContext): Promise<OverviewInput> {
  const { world, thresholds, storeStats, deliveries } = context;
  const { latest, histories, unreadable } = await readSeries(context);
  return {
    nowMs: world.clock.wallMs(),
    clusters: context.snapshot(),
    alerts: context.alerts(),
    latest,
    histories,
    thresholds,
    rejects: context.rejects(),
    notices: noticesOf({ store: storeStats(), deliveries: deliveries(), unreadable }),
  };
}

interface SeriesRead {
  readonly latest: LatestValues;
  readonly histories: Histories;
  readonly unreadable: string | undefined;
}

async function readSeries({ readings, log }: WebContext): Promise<SeriesRead> {
  try {
    const [latest, histories] = await Promise.all([
      readings.latest(LATEST_PATTERNS),
      readings.lastHour(HISTORY_PATTERNS),
    ]);
    return { latest, histories, unreadable: undefined };
  } catch (error) {
    log.limited("error", "series", "series can't be read for the pages", { error: errorText(error) });
    return { latest: new Map(), histories: new Map(), unreadable: errorText(error) };
  }
}
