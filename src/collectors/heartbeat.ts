/**
 * The sign of life of this sidecar: once per interval, with a sequence number, so that the aggregator can tell a
 * missing beat from a late one and an old one from a new one without trusting this node's clock.
 *
 * It touches nothing that could hang. Every beat tells first which process speaks (its start) and how often it means to
 * beat, so that the aggregator needs to know nothing beforehand.
 */

import { z } from "zod";
import type { Subject } from "../core/subject.ts";
import { collectorModule, type Emit, schedule } from "./collector.ts";

export const heartbeat = collectorModule({
  name: "heartbeat",
  summary: "Says that this sidecar lives: a number that counts up, the interval, and when it started.",
  options: z.strictObject(schedule("10s", "5s")),
  create({ world, names }, options) {
    const startedSeconds = world.clock.wallMs() / 1000;
    let sequence = 0;
    const introduce = (emit: Emit): void => {
      emit({ name: names.ofNode("sidecar.started_seconds"), value: startedSeconds });
      emit({ name: names.ofNode("sidecar.heartbeat_interval_seconds"), value: options.interval / 1000 });
    };
    return {
      async collect(emit) {
        introduce(emit);
        emit({ name: names.ofNode("sidecar.heartbeat"), value: ++sequence });
      },
      goodbye(emit) {
        introduce(emit);
        emit({ name: names.ofNode("sidecar.goodbye"), value: 1 });
      },
    };
  },
});

export const HEARTBEAT_SUBJECTS: readonly Subject[] = [
  {
    path: "sidecar.started_seconds",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "seconds",
    meaning: "When this sidecar was started, by the node's clock; sent before every beat",
  },
  {
    path: "sidecar.heartbeat_interval_seconds",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "seconds",
    meaning: "How often it means to beat; sent before every beat",
  },
  {
    path: "sidecar.heartbeat",
    scope: "node",
    kind: "counter",
    class: "node",
    unit: "",
    meaning: "Beats since the start; after three missed ones the node is stale",
  },
  {
    path: "sidecar.goodbye",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "",
    meaning: "1, once, at a planned stop",
  },
];
