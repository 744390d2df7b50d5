/** `/render`: parameters → series → an answer in the format asked for (render/views.py). */
import { ColumnPool } from "../core/column-pool.ts";
import { LockstepError } from "../core/errors.ts";
import { Budget, NeedsThread } from "./budget.ts";
import type { Evaluation, QueryEnvironment } from "./environment.ts";
import { evaluateTargets, type QueryRequest } from "./evaluator.ts";
import { csvFormat } from "./formats/csv.ts";
import { dygraphFormat } from "./formats/dygraph.ts";
import type { RenderFormat } from "./formats/format.ts";
import { jsonFormat } from "./formats/json.ts";
import { rawFormat } from "./formats/raw.ts";
import { rickshawFormat } from "./formats/rickshaw.ts";
import { inlinePoints } from "./inline-points.ts";
import { float } from "./parameters.ts";
import { type Answer, parameterError, type RequestParameters, readRequestTime } from "./request.ts";
import type { SeriesSource } from "./series-source.ts";
import { StoreSource } from "./store-source.ts";
import { parseTime } from "./time-grammar.ts";

const pool = new ColumnPool();

const FORMATS: readonly RenderFormat[] = [jsonFormat, csvFormat, rawFormat, dygraphFormat, rickshawFormat];

/** @throws LockstepError `QUERY_…` when the request is wrong or too much. */
export async function render(
  environment: QueryEnvironment,
  parameters: RequestParameters,
  signal?: AbortSignal,
): Promise<Answer> {
  const { threads } = environment;
  if (threads === undefined) return renderHere(environment, parameters, new Budget(environment, signal));
  try {
    const most = inlinePoints(parameters.list("target"), environment.limits);
    return await renderHere(environment, parameters, new Budget(environment, signal, most));
  } catch (error) {
    if (!(error instanceof NeedsThread)) throw error;
    return threads.render(parameters, signal);
  }
}

async function renderHere(
  environment: QueryEnvironment,
  parameters: RequestParameters,
  budget: Budget,
): Promise<Answer> {
  const columns = pool.lease();
  const { reader, limits, found } = environment;
  const answer = await renderFrom(environment, parameters, budget, (nowSeconds) => {
    return new StoreSource({ reader, limits, budget, nowSeconds, columns, found });
  });
  // The answer is text. After a failure something may still be on its way into the columns: they are left alone then.
  columns.release();
  return answer;
}

/** Wherever the series come from. */
export async function renderFrom(
  environment: Evaluation,
  parameters: RequestParameters,
  budget: Budget,
  sourceAt: (nowSeconds: number) => SeriesSource,
): Promise<Answer> {
  const format = findFormat(parameters);
  const request = readRequest(environment, parameters);
  const source = sourceAt(request.nowSeconds);
  const list = await evaluateTargets(environment, request, { source, budget });
  const { timeZone } = request;
  return format.write(list, { parameters, timeZone, maxDataPoints: readMaxDataPoints(parameters) });
}

function findFormat(parameters: RequestParameters): RenderFormat {
  const fallback = parameters.has("rawData") ? "raw" : parameters.has("pickle") ? "pickle" : "png";
  const name = parameters.get("format") ?? fallback;
  const format = FORMATS.find((one) => one.name === name);
  if (format !== undefined && (parameters.get("graphType") ?? "line") === "line") return format;
  const asked = format === undefined ? `the format ${name}` : `the graphType ${parameters.get("graphType")}`;
  throw new LockstepError(
    "QUERY_FORMAT",
    `${asked} is not supported; right would be format=json (or ${FORMATS.slice(1)
      .map((one) => one.name)
      .join(", ")}), and graphType=line`,
  );
}

function readRequest(environment: Evaluation, parameters: RequestParameters): QueryRequest {
  const time = readRequestTime(environment, parameters);
  const from = parseTime(parameters.get("from") ?? "-1d", time);
  const until = parseTime(parameters.get("until") ?? "now", time);
  if (from === until) {
    throw new LockstepError("QUERY_RANGE", `the range from ${from} until ${until} is empty`);
  }
  return {
    ...time,
    targets: parameters.list("target"),
    fromSeconds: Math.min(from, until),
    untilSeconds: Math.max(from, until),
    xFilesFactor: readXFilesFactor(parameters),
    templateValues: readTemplateValues(parameters),
  };
}

function readXFilesFactor(parameters: RequestParameters): number {
  const text = parameters.get("xFilesFactor") ?? "0";
  const value = float.read(text);
  if (value === undefined) throw parameterError("xFilesFactor", text, "a number");
  return value;
}

/** `template[name]=value`. */
function readTemplateValues(parameters: RequestParameters): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, all] of parameters.entries()) {
    if (name.startsWith("template[")) values.set(name.slice("template[".length, -1), all.at(-1)!);
  }
  return values;
}

/** Anything but digits is passed over, as graphite-web does. */
function readMaxDataPoints(parameters: RequestParameters): number | undefined {
  const text = parameters.get("maxDataPoints") ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
