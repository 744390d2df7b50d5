/** Carbon's plaintext protocol over streams and UDP (by convention on port 2003). */
import { LineParser } from "../carbon/line.ts";
import { formatReceipt } from "../carbon/receipt.ts";
import { errorText } from "../core/errors.ts";
import type { Metrics } from "../core/metrics.ts";
import { formatHostPort } from "../core/options.ts";
import type { SocketAddress, UdpSocket } from "../core/world.ts";
import type { ReceiverContext, StreamPeer, StreamProtocol, StreamSession } from "./stream.ts";

const encoder = new TextEncoder();

/** Plaintext lines over a stream; answers receipts. */
export function lineProtocol(context: ReceiverContext, receiver: "line_tcp" | "line_unix"): StreamProtocol {
  return { receiver, compressed: true, open: (peer) => lineSession(context, peer) };
}

function lineSession({ world, intake }: ReceiverContext, peer: StreamPeer): StreamSession {
  const answer = (node: string, sequence: number): void => {
    intake.store.durable().then(
      () => peer.send(encoder.encode(formatReceipt(node, sequence))),
      () => peer.destroy(), // the store is closing: the sender keeps what it has no receipt for
    );
  };
  const parser = new LineParser(intake.store.names, peer.sink(answer), () => Math.floor(world.clock.wallMs() / 1000));
  return { feed: (bytes) => parser.feed(bytes), end: () => parser.end() };
}

/** Listens for plaintext lines over UDP. Rejects when the address can't be bound. */
export async function openLineUdp(
  { world, log, intake, doorkeeper, metrics }: ReceiverContext & { readonly metrics: Metrics },
  listen: SocketAddress,
): Promise<UdpSocket> {
  const dropped = metrics.counter(
    "lockstep_receiver_datagrams_dropped_total",
    "Datagrams not read: the disk does not keep up.",
    [],
  );
  const nowSeconds = (): number => Math.floor(world.clock.wallMs() / 1000);
  const socket = await world.net.bindUdp({
    ...listen,
    onMessage: (bytes, from) => {
      if (!doorkeeper.admitsDatagram("line_udp", from)) return;
      // UDP has no back-pressure: what comes while the store can't take it is lost, and counted.
      if (intake.congested) dropped.add(1, {});
      else new LineParser(intake.store.names, intake.sender("line_udp", from), nowSeconds).feedDatagram(bytes);
    },
    onError: (error) => log.limited("warn", "udp", `UDP receiver: ${errorText(error)}`),
  });
  log.info("receiving Carbon lines over UDP", { address: formatHostPort(socket.address) });
  return socket;
}
