/** An application of nothing but the Graphite API, on a loopback port. */
import type { AddressInfo } from "node:net";
import express from "express";
import { LIMITS } from "#src/core/limits.ts";
import { NameTable } from "#src/core/name-table.ts";
import type { QueryEnvironment } from "#src/query/environment.ts";
import type { SeriesDeletion } from "#src/query/tags.ts";
import { GRAPHITE_ROUTES } from "#src/web/graphite-routes.ts";

export interface GraphiteApp {
  readonly url: string;
  /** Errors that were not the client's. */
  readonly errors: readonly unknown[];
  /** How many connections are open. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

export async function startGraphiteApp(
  query: QueryEnvironment,
  series: SeriesDeletion = { names: new NameTable(1), delete: async () => undefined },
): Promise<GraphiteApp> {
  const errors: unknown[] = [];
  const app = express();
  app.use(
    express.urlencoded({ extended: false, limit: LIMITS.requestBytes, parameterLimit: LIMITS.targetsPerQuery + 100 }),
  );
  for (const { paths, methods, handler } of GRAPHITE_ROUTES) {
    for (const method of methods) app[method]([...paths], handler({ query, series }));
  }
  app.use(((error, _request, response, _next) => {
    errors.push(error);
    response.status(500).type("text/plain").send("internal error");
  }) satisfies express.ErrorRequestHandler);
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    errors,
    connections: () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
