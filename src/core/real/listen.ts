/** Listening: TCP, TLS, stream sockets of this machine, and HTTP on top of either. */
import { lstat, unlink } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, createServer, type Server, type ServerOpts, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions, Server as TlsServer } from "node:tls";
import { errorCode } from "../errors.ts";
import type {
  Door,
  HttpExchange,
  HttpListenOptions,
  Listener,
  ListenOptions,
  SocketAddress,
  TlsIdentity,
  TlsListenOptions,
  UnixListenOptions,
} from "../world.ts";
import { attach, RealConnection, remoteOf } from "./connection.ts";
import { lockFile } from "./lock.ts";

const SOCKET_OPTIONS: ServerOpts = { allowHalfOpen: true, highWaterMark: 1 << 18 };
const KEEP_ALIVE_MS = 30_000;
const HANDSHAKE_MS = 10_000;
const REQUESTS_PER_CONNECTION = 10_000;
/** Owner and group may read and write, which is what connecting needs. */
const SOCKET_UMASK = 0o117;

export function listenTcp(options: ListenOptions): Promise<Listener> {
  const { tls, door, accept } = options;
  const take = (socket: Socket): void => attach(socket, accept(new RealConnection(socket)));
  if (tls === undefined) {
    const server = createServer(SOCKET_OPTIONS, (socket) => {
      if (guard(door, socket)) take(socket);
    });
    return listening(server, options);
  }
  const server = createTlsServer({ ...SOCKET_OPTIONS, ...tlsOptions(tls.identity) }, take);
  guardTls(server, door, tls);
  return listening(server, options);
}

export async function listenUnix({ path, door, accept }: UnixListenOptions): Promise<Listener> {
  const lock = await lockFile(`${path}.lock`).catch((error: unknown) => {
    throw errorCode(error) === "ELOCKED" ? inUse(path) : error;
  });
  try {
    await removeStale(path);
    const remote = { host: "unix", port: 0 };
    const server = createServer(SOCKET_OPTIONS, (socket) => {
      if (guard(door, socket, remote)) attach(socket, accept(new RealConnection(socket, remote)));
    });
    const umask = process.umask(SOCKET_UMASK); // the path is made during the call, not later
    const opened = listenOn(server, { path }, remote).finally(() => undefined);
    process.umask(umask);
    const listener = await opened;
    return { address: remote, close: () => listener.close().finally(() => lock.release()) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** What a dead process left goes; anything else stays. */
async function removeStale(path: string): Promise<void> {
  let socket: boolean;
  try {
    socket = (await lstat(path)).isSocket();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  if (!socket) throw Object.assign(new Error(`${path} is there, and is no socket`), { code: "ENOTSOCK" });
  if (await answers(path)) throw inUse(path);
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error) => {
      if (errorCode(error) === "ECONNREFUSED" || errorCode(error) === "ENOENT") resolve(false);
      else reject(error);
    });
  });
}

function inUse(path: string): Error {
  return Object.assign(new Error(`another process listens on ${path}`), { code: "EADDRINUSE" });
}

export function serveHttp(options: HttpListenOptions): Promise<Listener> {
  const { tls, door, headersTimeoutMs, silentMs } = options;
  const settings = { headersTimeout: headersTimeoutMs, requestTimeout: 0, noDelay: true };
  const take = (request: IncomingMessage, response: ServerResponse): void => exchange(options, request, response);
  const server =
    tls === undefined
      ? createHttpServer(settings, take)
      : createHttpsServer({ ...settings, ...tlsOptions(tls.identity) }, take);
  server.timeout = silentMs;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  if (tls !== undefined) guardTls(server as unknown as TlsServer, door, tls);
  else guardServer(server, door);
  return listening(server, options);
}

function exchange(options: HttpListenOptions, request: IncomingMessage, response: ServerResponse): void {
  const one: HttpExchange = {
    remote: remoteOf(request.socket),
    method: request.method ?? "",
    target: request.url ?? "",
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    pause: () => void request.pause(),
    resume: () => void request.resume(),
    respond: (status, headers, body) => {
      request.removeAllListeners("data");
      request.resume();
      if (!request.complete) response.setHeader("Connection", "close");
      response.writeHead(status, { "Content-Length": String(Buffer.byteLength(body)), ...headers }).end(body);
    },
  };
  const events = options.accept(one);
  let complete = false;
  request.on("data", (chunk: Uint8Array) => events.onData(chunk));
  request.on("end", () => {
    complete = true;
    events.onEnd();
  });
  request.on("error", () => undefined); // `close` follows
  request.on("close", () => {
    if (!complete) events.onAborted();
  });
}

function tlsOptions({ certificate, key, clientCa }: TlsIdentity): TlsOptions {
  const client = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return { cert: certificate, key, minVersion: "TLSv1.2", handshakeTimeout: HANDSHAKE_MS, ...client };
}

/** Before the handshake, which costs more than anything else that a stranger can ask for. */
function guardTls(server: TlsServer, door: Door, { onFailure }: TlsListenOptions): void {
  guardServer(server, door);
  server.on("tlsClientError", (error, socket) => onFailure(remoteOf(socket), error));
}

/** What the server itself does with a connection, it does with those that are let in. */
function guardServer(server: Server, door: Door): void {
  const own = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    if (guard(door, socket)) for (const listener of own) listener.call(server, socket);
  });
}

/** Whether the peer is let in; else it is cut off. */
function guard(door: Door, socket: Socket, remote = remoteOf(socket)): boolean {
  const leave = door.enter(remote);
  if (leave === undefined) {
    socket.on("error", () => undefined); // refused on purpose: how it takes that is of no interest
    socket.destroy();
    return false;
  }
  socket.once("close", leave);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return true;
}

function listening(server: Server, { host, port }: SocketAddress): Promise<Listener> {
  return listenOn(server, { host, port }, { host, port });
}

function listenOn(
  server: Server,
  where: { readonly host: string; readonly port: number } | { readonly path: string },
  asked: SocketAddress,
): Promise<Listener> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.removeListener("error", reject);
      const bound = server.address();
      const port = typeof bound === "object" && bound !== null ? bound.port : 0;
      resolve({
        address: { host: asked.host, port },
        ...(server instanceof TlsServer ? { renew: (identity) => server.setSecureContext(tlsOptions(identity)) } : {}),
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            for (const socket of open) socket.destroy();
          }),
      });
    });
  });
}
