/**
 * The web as a whole: the application behind an HTTP server that is stingy with everything a stranger could hold on to.
 *
 * There is no login yet, so whoever reaches the port may see everything: only loopback addresses are listened on.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { formatHostPort } from "../core/options.ts";
import type { SocketAddress, World } from "../core/world.ts";
import { type Access, createApp } from "./app.ts";
import { createContext } from "./context.ts";
import type { WebDependencies } from "./dependencies.ts";
import { GRAPHITE_ROUTES } from "./graphite-routes.ts";
import { mount } from "./mount.ts";
import { WEB_ROUTES } from "./routes/index.ts";
import { isLoopback, ownHosts } from "./security.ts";

export interface OpenWebOptions {
  readonly dependencies: WebDependencies;
  readonly listen: SocketAddress;
  /** How people reach the pages, when a proxy stands in front. */
  readonly externalUrl?: string | undefined;
}

export interface Web {
  readonly address: SocketAddress;
  /** Cuts what is live, lets answers under way end, and closes. */
  close(): Promise<void>;
}

/** What anybody who reaches the port may do. */
const EVERYTHING: ReadonlySet<Access> = new Set(["public", "read", "admin"]);
/** From the first byte of a request to the end of its headers, and to its end. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
/** An idle connection is kept for the next request so long; longer than the time between two polls of a page. */
const KEEP_ALIVE_MS = 15_000;
const REQUESTS_PER_CONNECTION = 1_000;
/** A connection on which nothing moves: events have a beat every few seconds, a query ends before. */
const SILENT_MS = 120_000;
/** How long `close` waits for answers under way. */
const CLOSE_GRACE_MS = 2_000;

/** @throws LockstepError `WEB_NOT_LOOPBACK`; else the system's error when the address can't be listened on. */
export async function openWeb({ dependencies, listen, externalUrl }: OpenWebOptions): Promise<Web> {
  if (!isLoopback(listen.host)) throw notLoopback(listen);
  const context = createContext(dependencies);
  const { log, metrics, views, world, live } = context;
  const hosts = ownHosts(listen.host, externalUrl);
  const mounted = [
    ...WEB_ROUTES.map((route) => mount(route, context)),
    ...GRAPHITE_ROUTES.map((route) => mount(route, context)),
  ];
  const app = createApp({ log, metrics, views, hosts, externalUrl, grants: EVERYTHING }, mounted);
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, noDelay: true }, app);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  server.timeout = SILENT_MS;
  server.maxConnections = LIMITS.webConnections;
  await listenOn(server, listen);
  return {
    address: { host: listen.host, port: (server.address() as AddressInfo).port },
    close() {
      live.close();
      return closeServer(server, world);
    },
  };
}

function notLoopback(listen: SocketAddress): LockstepError {
  const { port } = listen;
  return new LockstepError(
    "WEB_NOT_LOOPBACK",
    `cannot serve the pages on ${formatHostPort(listen)}: there is no login yet, so everybody who reaches the port could ` +
      `read everything. Set web.listen to 127.0.0.1:${port}, and come through a proxy that asks for a password, or through ` +
      `ssh -L ${port}:127.0.0.1:${port}`,
  );
}

function listenOn(server: Server, { host, port }: SocketAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

function closeServer(server: Server, { timers }: Pick<World, "timers">): Promise<void> {
  return new Promise((resolve) => {
    const cut = timers.after(CLOSE_GRACE_MS, () => server.closeAllConnections());
    server.close(() => {
      cut.cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}
