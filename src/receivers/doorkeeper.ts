/** Who may connect, and how many at once: asked by all receivers before they read a byte. */
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Counter, Metrics } from "../core/metrics.ts";
import { inNetworks, type Network } from "../core/networks.ts";
import type { Door, SocketAddress } from "../core/world.ts";
import type { TransportRejection } from "./reasons.ts";
import type { Rejects } from "./rejects.ts";

export interface DoorkeeperOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly rejects: Rejects;
  /** Absent: whoever reaches the address. */
  readonly allow?: readonly Network[] | undefined;
  readonly connections?: number;
  readonly connectionsPerPeer?: number;
}

/** Peers on a stream socket of this machine have no address: the permissions of its path say who they are. */
const UNIX = "unix";
const NOTHING = new Uint8Array(0);

const SENTENCES = {
  address_not_allowed: "refused a peer: its address is not in receivers.allow",
  connection_limit: "refused a connection: too many are open (receivers.connections)",
  peer_connection_limit: "refused a connection: its peer has too many open (receivers.connectionsPerPeer)",
} satisfies Partial<Record<TransportRejection, string>>;

export class Doorkeeper {
  readonly #options: DoorkeeperOptions;
  readonly #isAllowed: (address: string) => boolean;
  readonly #openByPeer = new Map<string, number>();
  readonly #openByReceiver = new Map<string, number>();
  readonly #idle: Counter<"receiver">;
  #open = 0;

  constructor(options: DoorkeeperOptions) {
    this.#options = options;
    const { allow, metrics } = options;
    this.#isAllowed = allow === undefined ? () => true : inNetworks(allow);
    this.#idle = metrics.counter(
      "lockstep_receiver_connections_idle_total",
      "Connections closed because nothing came over them for ten minutes.",
      ["receiver"],
    );
    metrics.gauge("lockstep_receiver_connections", "Open connections of the receivers.", ["receiver"], () =>
      [...this.#openByReceiver].map(([receiver, value]) => ({ labels: { receiver }, value })),
    );
  }

  /** A connection is being closed since nothing comes over it. */
  countIdle(receiver: string, { host }: SocketAddress): void {
    this.#idle.add(1, { receiver });
    const minutes = LIMITS.idleConnectionMs / 60_000;
    this.#options.log.limited("info", `idle ${receiver}`, `closed a connection: nothing came for ${minutes} minutes`, {
      receiver,
      remote: host,
    });
  }

  door(receiver: string): Door {
    this.#openByReceiver.set(receiver, this.#openByReceiver.get(receiver) ?? 0);
    return {
      enter: (remote) => {
        const reason = this.#refusal(remote);
        if (reason !== undefined) {
          this.#refuse(receiver, remote, reason);
          return undefined;
        }
        this.#count(receiver, remote.host, 1);
        return () => this.#count(receiver, remote.host, -1);
      },
    };
  }

  /** Whether a datagram of this sender is read. */
  admitsDatagram(receiver: string, from: SocketAddress): boolean {
    if (this.#isAllowed(from.host)) return true;
    this.#refuse(receiver, from, "address_not_allowed");
    return false;
  }

  #refusal({ host }: SocketAddress): keyof typeof SENTENCES | undefined {
    const { connections = LIMITS.connections, connectionsPerPeer = LIMITS.connectionsPerPeer } = this.#options;
    if (host !== UNIX && !this.#isAllowed(host)) return "address_not_allowed";
    if (this.#open >= connections) return "connection_limit";
    return (this.#openByPeer.get(host) ?? 0) >= connectionsPerPeer ? "peer_connection_limit" : undefined;
  }

  #refuse(receiver: string, from: SocketAddress, reason: keyof typeof SENTENCES): void {
    this.#options.rejects.add(receiver, from, reason, NOTHING);
    this.#options.log.limited("warn", reason, SENTENCES[reason], { receiver, remote: from.host });
  }

  #count(receiver: string, host: string, by: 1 | -1): void {
    this.#open += by;
    this.#openByReceiver.set(receiver, this.#openByReceiver.get(receiver)! + by);
    const ofPeer = (this.#openByPeer.get(host) ?? 0) + by;
    if (ofPeer === 0) this.#openByPeer.delete(host);
    else this.#openByPeer.set(host, ofPeer);
  }
}
