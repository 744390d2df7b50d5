/** The settings of the cluster room; each is declared beside the code it configures. */
import { z } from "zod";
import { clockAgreementOptions } from "./clock-agreement.ts";
import { livenessOptions } from "./liveness.ts";
import { nodeOptions } from "./node.ts";
import { observationOptions } from "./observation.ts";

export const clusterOptions = z
  .strictObject({ ...observationOptions, ...livenessOptions, ...nodeOptions, ...clockAgreementOptions })
  .refine(({ lateAfter, staleAfter }) => lateAfter < staleAfter, {
    error: "lateAfter is not less than staleAfter; a node is late before it is stale",
  });

export type ClusterOptions = z.output<typeof clusterOptions>;
