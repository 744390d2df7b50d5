/**
 * What the routes of the Graphite API have in common: their dependencies, how parameters are read off a request, and how
 * an answer, or a refusal, is sent.
 *
 * The application puts `express.urlencoded({ extended: false, limit: LIMITS.requestBytes, parameterLimit: … })` before
 * them: Grafana posts its queries as forms.
 */
import type { Request, RequestHandler, Response } from "express";
import { LockstepError } from "../core/errors.ts";
import type { QueryEnvironment } from "../query/environment.ts";
import { type Answer, RequestParameters } from "../query/request.ts";
import type { SeriesDeletion } from "../query/tags.ts";

export interface GraphiteDependencies {
  readonly query: QueryEnvironment;
  readonly series: SeriesDeletion;
}

/** After which a query that was too much for now may be asked again. */
const RETRY_AFTER_SECONDS = 10;

/** `signal` is aborted when the client leaves. */
type Work = (parameters: RequestParameters, signal: AbortSignal, request: Request) => Answer | Promise<Answer>;

/** Refusals are sentences in plain text, as Grafana shows them. */
export function graphiteHandler(work: Work): RequestHandler {
  return handler(work, ({ code, message }) => ({ status: statusOf(code), contentType: "text/plain", body: message }));
}

/** Refusals are `{"error": …}`, as those endpoints of graphite-web do it that answer nothing but JSON. */
export function graphiteJsonHandler(work: Work, status = 400): RequestHandler {
  return handler(work, ({ message }) => ({
    status,
    contentType: "application/json",
    body: JSON.stringify({ error: message }),
  }));
}

function handler(work: Work, refuse: (error: LockstepError) => Answer): RequestHandler {
  return async (request, response, next) => {
    const controller = new AbortController();
    response.once("close", () => controller.abort());
    try {
      send(response, await work(readParameters(request), controller.signal, request));
    } catch (error) {
      if (!(error instanceof LockstepError) || !isRefusal(error)) next(error);
      else if (!controller.signal.aborted) send(response, refuse(error));
    }
  };
}

/** 413: less of it would do. 503: later it may. */
function statusOf(code: string): number {
  if (code === "QUERY_TIMEOUT" || code === "QUERY_BUSY" || code === "QUERY_FAILED") return 503;
  return code.endsWith("_LIMIT") ? 413 : 400;
}

/** Errors that tell the client what to do otherwise; all others are ours. */
function isRefusal({ code }: LockstepError): boolean {
  return code.startsWith("QUERY_") || code === "STORE_FIND_LIMIT" || code === "TAG_SYNTAX";
}

function send(response: Response, { status, contentType, body }: Answer): void {
  if (status === 503) response.set("Retry-After", String(RETRY_AFTER_SECONDS));
  response
    .status(status)
    .set("Cache-Control", "no-store")
    .type(contentType)
    .send(body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.length) : body);
}

/** Those of the URL and of the form, in this order: the last of a name counts, and the form comes last. */
function readParameters(request: Request): RequestParameters {
  const url = new URL(request.originalUrl, "http://localhost");
  return new RequestParameters([...url.searchParams, ...formPairs(request.body)]);
}

function* formPairs(body: unknown): Generator<[string, string]> {
  if (typeof body !== "object" || body === null) return;
  for (const [name, value] of Object.entries(body)) {
    for (const one of Array.isArray(value) ? value : [value]) if (typeof one === "string") yield [name, one];
  }
}
