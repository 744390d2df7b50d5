import { createSocket } from "node:dgram";
import { connect, createServer, type Socket } from "node:net";
import { LockstepError } from "../errors.ts";
import type {
  Connection,
  ConnectionEvents,
  ConnectOptions,
  Listener,
  ListenOptions,
  Net,
  SocketAddress,
  UdpOptions,
  UdpSocket,
} from "../world.ts";

export const realNet: Net = { connect: connectTcp, listen: listenTcp, bindUdp };

class RealConnection implements Connection {
  readonly remote: SocketAddress;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remote = { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }
  send(bytes: Uint8Array): void {
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(bytes);
  }
  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }
  end(): void {
    this.#socket.end();
  }
  destroy(): void {
    this.#socket.destroy();
  }
}

function attach(socket: Socket, events: ConnectionEvents): void {
  let failure: Error | undefined;
  socket.on("data", (chunk: Uint8Array) => events.onData(chunk));
  socket.on("end", () => events.onEnd());
  socket.on("drain", () => events.onDrain?.());
  socket.on("error", (error) => {
    failure = error;
  });
  socket.on("close", () => events.onClose(failure));
}

function connectTcp(options: ConnectOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: options.host, port: options.port, allowHalfOpen: true });
    const timer = setTimeout(() => {
      socket.destroy(
        new LockstepError(
          "NET_CONNECT_TIMEOUT",
          `no answer from ${options.host}:${options.port} in ${options.timeoutMs} ms`,
        ),
      );
    }, options.timeoutMs);
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 30_000);
      attach(socket, options.events);
      resolve(new RealConnection(socket));
    });
  });
}

function listenTcp(options: ListenOptions): Promise<Listener> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, highWaterMark: 1 << 18 }, (socket) => {
    const connection = new RealConnection(socket);
    if (open.size >= options.maxConnections) {
      options.onRefused?.(connection.remote);
      socket.on("error", () => undefined); // refused on purpose: how it takes that is of no interest
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.setKeepAlive(true, 30_000);
    attach(socket, options.accept(connection));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.removeListener("error", reject);
      resolve({
        address: { host: options.host, port: portOf(server.address()) },
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            for (const socket of open) socket.destroy();
          }),
      });
    });
  });
}

function bindUdp(options: UdpOptions): Promise<UdpSocket> {
  const socket = createSocket({ type: options.host.includes(":") ? "udp6" : "udp4", recvBufferSize: 1 << 22 });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(options.port, options.host, () => {
      socket.removeListener("error", reject);
      socket.on("error", options.onError);
      socket.on("message", (bytes, from) => options.onMessage(bytes, { host: from.address, port: from.port }));
      resolve({
        address: { host: options.host, port: socket.address().port },
        send: (bytes, to) =>
          socket.send(bytes, to.port, to.host, (error) => {
            if (error !== null) options.onError(error);
          }),
        close: () => new Promise((done) => socket.close(() => done())),
      });
    });
  });
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}
