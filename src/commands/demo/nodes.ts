/** Who plays in the demo. */
import type { Dialect } from "./connect-page.ts";
import type { Skew } from "./skewed-world.ts";

export interface DemoNode {
  readonly name: string;
  /** For whoever watches. */
  readonly story: string;
  readonly dialect: Dialect;
  /** Absent: its clock is the machine's. */
  readonly skew?: Skew;
  readonly dies: boolean;
}

export const DEMO_NODES: readonly DemoNode[] = [
  { name: "n1", story: "all is well", dialect: "classic", dies: false },
  {
    name: "n2",
    story: "its clock is two seconds fast, and gains 200 ppm",
    dialect: "classic",
    skew: { offsetMs: 2_000, ppm: 200 },
    dies: false,
  },
  { name: "n3", story: "it will be killed, and return", dialect: "otel", dies: true },
];
