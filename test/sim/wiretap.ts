/** Sees what a sidecar sends and which of it was receipted: the judge of "nothing lost, nothing invented". */
import type { Connection, ConnectionEvents, Net } from "#src/core/world.ts";

/** A piece of the stream up to a request for a receipt. */
export interface WireBatch {
  readonly sequence: number;
  /** Its lines, without the request. */
  readonly text: string;
  /** The aggregator has said that it is on its disk. */
  confirmed: boolean;
}

const REQUEST = /lockstep\.receipt\.\S+ (\d+) \d+\n/;

export class Wiretap {
  readonly batches: WireBatch[] = [];

  /** The same network, overheard. */
  tap(net: Net): Net {
    return {
      ...net,
      connect: async (options) => {
        const stream = new TappedStream(this);
        const events: ConnectionEvents = {
          ...bound(options.events),
          onData: (bytes) => {
            stream.onAnswer(bytes);
            options.events.onData(bytes);
          },
        };
        return stream.wrap(await net.connect({ ...options, events }));
      },
    };
  }
}

function bound(events: ConnectionEvents): ConnectionEvents {
  return {
    onData: (bytes) => events.onData(bytes),
    onEnd: () => events.onEnd(),
    onDrain: () => events.onDrain?.(),
    onClose: (error) => events.onClose(error),
  };
}

class TappedStream {
  readonly #tap: Wiretap;
  readonly #unconfirmed: WireBatch[] = [];
  #text = "";

  constructor(tap: Wiretap) {
    this.#tap = tap;
  }

  wrap(connection: Connection): Connection {
    return {
      remote: connection.remote,
      get unsentBytes() {
        return connection.unsentBytes;
      },
      send: (bytes) => {
        this.#onSend(bytes);
        connection.send(bytes);
      },
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      end: () => connection.end(),
      destroy: () => connection.destroy(),
    };
  }

  #onSend(bytes: Uint8Array): void {
    this.#text += Buffer.from(bytes).toString("latin1");
    for (let request = REQUEST.exec(this.#text); request !== null; request = REQUEST.exec(this.#text)) {
      const batch = { sequence: Number(request[1]), text: this.#text.slice(0, request.index), confirmed: false };
      this.#tap.batches.push(batch);
      this.#unconfirmed.push(batch);
      this.#text = this.#text.slice(request.index + request[0].length);
    }
  }

  onAnswer(bytes: Uint8Array): void {
    for (const match of Buffer.from(bytes)
      .toString("latin1")
      .matchAll(/receipt \S+ (\d+)\n/g)) {
      while (this.#unconfirmed.length > 0 && this.#unconfirmed[0]!.sequence <= Number(match[1])) {
        this.#unconfirmed.shift()!.confirmed = true;
      }
    }
  }
}
