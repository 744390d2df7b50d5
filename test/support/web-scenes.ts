/** Clusters worth looking at, for tests in a browser and for the pictures of the documentation. */
import type { AlertView } from "#src/alerts/engine.ts";
import { clockDrift } from "#src/alerts/rules/clock-drift.ts";
import { staleHeartbeat } from "#src/alerts/rules/stale-heartbeat.ts";
import type { WebDependencies } from "#src/web/dependencies.ts";
import { openStage, type Stage, type StageNode, tellClock } from "./web-stage.ts";

const SETTLED_MS = 60_000;

/** Well, and watched for more than the hour that is shown. */
export async function calmCluster(count: number): Promise<Stage> {
  const stage = await openStage();
  const names = Array.from({ length: count }, (_, i) => `connect-${i + 1}`);
  for (const name of names) stage.addNode(name);
  if (count > 0) stage.room.pass(SETTLED_MS);
  for (const [i, name] of names.entries()) tellClock(stage.room, name, { offsetMs: Math.sin(i) * 0.2 });
  return stage;
}

/** Five nodes: one is dead, the clock of one gains, one has no collectors; and for a minute and a half nobody looked. */
export async function troubledCluster(changes: Partial<WebDependencies> = {}): Promise<Stage> {
  const stage = await openStage(changes);
  const { room } = stage;
  const fast: StageNode = { offsetMs: 2003, boundMs: 0.3, ppm: 21.3, driftsMsPerMinute: 1.3 };
  const names = ["connect-1", "connect-2", "connect-3"];
  for (const name of names) stage.addNode(name);
  stage.addNode("connect-4", fast);
  stage.addNode("connect-5", { collects: false, boundMs: 1.2 });
  room.pass(50 * SETTLED_MS);
  room.stall(95_000);
  room.pass(20 * SETTLED_MS);
  stage.kill("connect-2");
  room.pass(192_000);
  for (const name of ["connect-1", "connect-3"]) tellClock(room, name, {});
  tellClock(room, "connect-4", fast);
  tellClock(room, "connect-5", { offsetMs: -0.6, boundMs: 1.2, ppm: -4 });
  stage.alerts = troubles(stage);
  return stage;
}

/** What the rules that come with us find. */
function troubles({ room }: Stage): AlertView[] {
  const nowMs = room.now().wallMs;
  const rules = [
    ...clockDrift.create(clockDrift.options.parse({})),
    ...staleHeartbeat.create(staleHeartbeat.options.parse({})),
  ];
  return rules.flatMap((rule) =>
    rule
      .find(room.snapshot(), nowMs)
      .filter(({ verdict }) => verdict === "fire")
      .map(({ labels, sinceMs, describe }) =>
        alert({
          name: rule.alertName,
          node: labels["node"]!,
          severity: rule.severity,
          summary: describe()["summary"]!,
          startsAtMs: sinceMs,
        }),
      ),
  );
}

interface Trouble {
  readonly name: string;
  readonly node: string;
  readonly severity: string;
  readonly summary: string;
  readonly startsAtMs: number;
}

export function alert({ name, node, severity, summary, startsAtMs }: Trouble): AlertView {
  return {
    fingerprint: `${name} ${node}`,
    labels: { alertname: name, severity, cluster: "prod", node },
    annotations: { summary },
    state: "firing",
    verdict: "fire",
    startsAtMs,
    heldMs: 0,
  };
}
