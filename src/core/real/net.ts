import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { LockstepError } from "../errors.ts";
import type { Connection, ConnectOptions, Net, UdpOptions, UdpSocket } from "../world.ts";
import { attach, RealConnection } from "./connection.ts";
import { listenTcp, listenUnix, serveHttp } from "./listen.ts";

export const realNet: Net = { connect: connectTcp, listen: listenTcp, listenUnix, serveHttp, bindUdp };

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
