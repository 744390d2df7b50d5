/**
 * The Express application: what every request passes before it reaches a route, and what answers when none does.
 *
 *     headers ─► host ─► compression ─► access ─► origin ─► body ─► the route's handler
 *        └─────────┴──────────┴───────────┴─────────┴────────┴──► the answer to errors
 *
 * Routes are mounted from a list, and nothing is served but through one: who may reach it stands in its declaration.
 */
import express, { type Express, type RequestHandler } from "express";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import { compressAnswers } from "./compression.ts";
import { answerErrors } from "./error-answer.ts";
import type { MountedRoute } from "./mount.ts";
import { RequestError } from "./request-error.ts";
import type { Route } from "./route.ts";
import { refuseForeignHosts, refuseForeignOrigins, securityHeaders } from "./security.ts";
import type { Views } from "./views.ts";

export type Access = Route<never>["access"];

export interface AppOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly views: Views;
  /** Names that the pages may be asked for by. */
  readonly hosts: ReadonlySet<string>;
  readonly externalUrl: string | undefined;
  /** What somebody may do who has not said who they are; there is no other kind yet. */
  readonly grants: ReadonlySet<Access>;
}

export function createApp(options: AppOptions, routes: readonly MountedRoute[]): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag"); // nothing but assets may be kept, and they have their own
  app.set("env", "production"); // Express' own last resort would show stacks otherwise
  app.use(securityHeaders, countAnswers(options.metrics), refuseForeignHosts(options.hosts), compressAnswers);
  for (const route of routes) {
    for (const method of route.methods) app[method]([...route.paths], ...guards(route, options), route.handler);
  }
  for (const [path, methods] of methodsByPath(routes)) app.all(path, refuseMethod(methods));
  app.use((request, _response, next) => next(new RequestError(404, `there is nothing at ${request.path}`)));
  app.use(answerErrors(options));
  return app;
}

/** What a request passes before a route's handler; a body is read only when it may be. */
function guards({ access, methods }: MountedRoute, { grants, externalUrl }: AppOptions): RequestHandler[] {
  const before: RequestHandler[] = [
    (_request, _response, next) => {
      next(grants.has(access) ? undefined : new RequestError(403, "this is not for everybody who reaches the port"));
    },
  ];
  if (access === "admin") before.push(refuseForeignOrigins(externalUrl));
  if (methods.includes("post")) {
    before.push(
      express.urlencoded({ extended: false, limit: LIMITS.requestBytes, parameterLimit: LIMITS.formFields }),
      express.json({ limit: LIMITS.requestBytes }),
    );
  }
  return before;
}

function methodsByPath(routes: readonly MountedRoute[]): ReadonlyMap<string, ReadonlySet<string>> {
  const methods = new Map<string, Set<string>>();
  for (const route of routes) {
    for (const path of route.paths) {
      const known = methods.get(path) ?? new Set();
      for (const method of route.methods) known.add(method.toUpperCase());
      methods.set(path, known);
    }
  }
  return methods;
}

function refuseMethod(methods: ReadonlySet<string>): RequestHandler {
  const allowed = [...methods, ...(methods.has("GET") ? ["HEAD"] : [])].join(", ");
  return (request, response, next) => {
    response.set("Allow", allowed);
    next(new RequestError(405, `${request.method} is not for ${request.path}; it takes ${allowed}`));
  };
}

/** By the path as it was declared, so that nobody can make new labels by asking for new paths. */
function countAnswers(metrics: Metrics): RequestHandler {
  const answers = metrics.counter("lockstep_web_answers_total", "Answers to HTTP requests.", ["route", "status"]);
  return (request, response, next) => {
    response.once("close", () => {
      const path = (request.route as { readonly path: string | readonly string[] } | undefined)?.path ?? "";
      answers.add(1, { route: String(path), status: `${Math.floor(response.statusCode / 100)}xx` });
    });
    next();
  };
}
