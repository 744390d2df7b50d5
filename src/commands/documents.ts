/** The documents that are made from the code: scripts/generate.mjs writes them, and `npm run check` holds them. */
import { collectorSeriesDocument } from "../collectors/series-document.ts";
import { configReference } from "../config/reference.ts";
import { configSchema } from "../config/schema.ts";
import { functionDocument } from "../query/function-document.ts";

/** Their texts by path from the top of the repository. */
export function generatedDocuments(): Readonly<Record<string, string>> {
  return {
    "docs/configuration.md": configReference(configSchema),
    "docs/functions.md": functionDocument(),
    "docs/series.md": collectorSeriesDocument(),
  };
}
