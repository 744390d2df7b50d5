/** All receivers that the settings ask for, opened over one intake. */
import { formatListenAddress, type ListenAddress } from "../../core/options.ts";
import type { Listener, SocketAddress } from "../../core/world.ts";
import { Doorkeeper } from "../../receivers/doorkeeper.ts";
import { frameProtocol } from "../../receivers/frames.ts";
import { openHttp } from "../../receivers/http.ts";
import type { Intake } from "../../receivers/intake.ts";
import { lineProtocol, openLineUdp } from "../../receivers/line.ts";
import { openStream, openUnixStream } from "../../receivers/stream.ts";
import { keepIdentityFresh, loadIdentity } from "../../receivers/tls.ts";
import type { AggregatorContext } from "./aggregator.ts";
import type { Closing } from "./closing.ts";
import { listening, listeningAt } from "./listening.ts";

/** Where lines, and what else was asked for, are received; `line` is what a sidecar sends to, without TLS if there is one. */
export type ReceiverAddresses = {
  readonly line: SocketAddress;
  readonly udp: SocketAddress | undefined;
  readonly pickle: SocketAddress | undefined;
  readonly protobuf: SocketAddress | undefined;
  readonly http: SocketAddress | undefined;
};

type TcpReceiver = "line" | "pickle" | "protobuf" | "http";

export async function openReceivers(
  { world, log: parentLog, metrics, config }: AggregatorContext,
  intake: Intake,
  closing: Closing,
): Promise<ReceiverAddresses> {
  const options = config.receivers;
  const log = parentLog.child("receivers");
  const doorkeeper = new Doorkeeper({ log, metrics, rejects: intake.rejects, ...options });
  const context = { world, log, metrics, intake, doorkeeper };
  const identity = options.tls && (await loadIdentity(world.files, options.tls, world.clock.wallMs()));
  const secured: Listener[] = [];

  const openTcp = async (
    name: TcpReceiver,
    addresses: readonly ListenAddress[],
  ): Promise<SocketAddress | undefined> => {
    const opened: (ListenAddress & SocketAddress)[] = [];
    for (const address of addresses) {
      const shown = address.tls ? identity : undefined;
      const opening =
        name === "http"
          ? openHttp(context, address, shown)
          : openStream(
              context,
              name === "line" ? lineProtocol(context, "line_tcp") : frameProtocol(context, name),
              address,
              shown,
            );
      const listener = closing.add(await listening(`receivers.${name}`, address, opening));
      if (address.tls) secured.push(listener);
      opened.push({ ...listener.address, tls: address.tls });
      log.info(`receiving ${TITLES[name]}`, { address: formatListenAddress(opened.at(-1)!) });
    }
    return opened.find(({ tls }) => !tls) ?? opened[0];
  };

  const line = await openTcp("line", options.line);
  const pickle = await openTcp("pickle", options.pickle ?? []);
  const protobuf = await openTcp("protobuf", options.protobuf ?? []);
  const http = await openTcp("http", options.http ?? []);
  const sockets: SocketAddress[] = [];
  for (const address of options.udp ?? []) {
    sockets.push(closing.add(await listening("receivers.udp", address, openLineUdp(context, address))).address);
  }
  if (options.unix !== undefined) {
    const opening = openUnixStream(context, lineProtocol(context, "line_unix"), options.unix);
    closing.add(await listeningAt("receivers.unix", options.unix, opening));
    log.info("receiving Carbon lines over a stream socket", { path: options.unix });
  }
  if (options.tls !== undefined) closing.add(keepIdentityFresh(world, log, options.tls, secured));
  return { line: line!, udp: sockets[0], pickle, protobuf, http };
}

const TITLES: Readonly<Record<TcpReceiver, string>> = {
  line: "Carbon lines over TCP",
  pickle: "Carbon pickles over TCP",
  protobuf: "Carbon protobuf messages over TCP",
  http: "lines over HTTP",
};
