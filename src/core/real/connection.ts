import type { Socket } from "node:net";
import type { Connection, ConnectionEvents, SocketAddress } from "../world.ts";

export class RealConnection implements Connection {
  readonly remote: SocketAddress;
  readonly #socket: Socket;

  constructor(socket: Socket, remote = remoteOf(socket)) {
    this.#socket = socket;
    this.remote = remote;
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

export function attach(socket: Socket, events: ConnectionEvents): void {
  let failure: Error | undefined;
  socket.on("data", (chunk: Uint8Array) => events.onData(chunk));
  socket.on("end", () => events.onEnd());
  socket.on("drain", () => events.onDrain?.());
  socket.on("error", (error) => {
    failure = error;
  });
  socket.on("close", () => events.onClose(failure));
}

/** A listener on `::` sees IPv4 peers as `::ffff:10.0.0.1`: they are 10.0.0.1. */
export function remoteOf(socket: Pick<Socket, "remoteAddress" | "remotePort">): SocketAddress {
  const host = socket.remoteAddress ?? "";
  return { host: host.replace(/^::ffff:(?=\d+\.)/i, ""), port: socket.remotePort ?? 0 };
}
