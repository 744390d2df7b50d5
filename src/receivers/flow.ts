/**
 * From what a connection carries to the bytes of its lines: as they are, or decompressed.
 *
 * A little that is compressed can be a lot: a turn hands on so much and no more, then others have theirs, and a stream
 * that grows beyond all measure is cut. gzip is Node's (zlib, on a thread of its own); LZ4 and snappy are ours.
 */
import { createGunzip, constants as zlib } from "node:zlib";
import type { Compression } from "../carbon/compression.ts";
import { Lz4Decoder } from "../carbon/lz4.ts";
import { SnappyBlockDecoder, SnappyFrameDecoder } from "../carbon/snappy.ts";
import { errorCode, errorText, LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Timers } from "../core/world.ts";

export interface FlowOptions {
  readonly timers: Timers;
  /** A gzip stream without its end is taken up to there: carbon-c-relay never ends its streams. Not so a body. */
  readonly mayBeUnfinished: boolean;
  readonly onBytes: (bytes: Uint8Array) => void;
  /** Once; nothing else is called afterwards. */
  readonly onDamage: (reason: "compression" | "expansion", error: LockstepError) => void;
  /** Whether the source should wait: there is more than can be handed on at the moment. */
  readonly onBusy: (busy: boolean) => void;
}

export interface Flow {
  feed(bytes: Uint8Array): void;
  /** Calls when all that was fed has been handed on. */
  end(done: () => void): void;
  /** Hands nothing on, until `resume`. */
  pause(): void;
  resume(): void;
  close(): void;
}

export function openFlow(compression: Compression, options: FlowOptions): Flow {
  switch (compression) {
    case "gzip":
      return gzipFlow(options);
    case "lz4":
      return new BlockFlow(new Lz4Decoder(), options);
    case "snappy":
      return new BlockFlow(new SnappyFrameDecoder(), options);
    case "snappy_blocks":
      return new BlockFlow(new SnappyBlockDecoder(), options);
    case "none":
      return plainFlow(options.onBytes);
  }
}

function plainFlow(onBytes: (bytes: Uint8Array) => void): Flow {
  const nothing = (): void => undefined;
  return { feed: onBytes, end: (done) => done(), pause: nothing, resume: nothing, close: nothing };
}

/** Counts both sides of a decompression. @throws LockstepError `COMPRESSION_EXPANSION`. */
class Expansion {
  #in = 0;
  #out = 0;

  took(bytes: Uint8Array): void {
    this.#in += bytes.length;
  }
  get taken(): number {
    return this.#in;
  }
  gave(bytes: Uint8Array): void {
    this.#out += bytes.length;
    if (this.#out <= LIMITS.expansionFreeBytes + LIMITS.expansionRatio * this.#in) return;
    throw new LockstepError(
      "COMPRESSION_EXPANSION",
      `the compressed stream has grown from ${this.#in} to ${this.#out} bytes: more than ${LIMITS.expansionRatio} times`,
    );
  }
}

function damageOf(error: unknown): ["compression" | "expansion", LockstepError] {
  if (errorCode(error) === "COMPRESSION_EXPANSION") return ["expansion", error as LockstepError];
  if (errorCode(error) === "COMPRESSION") return ["compression", error as LockstepError];
  throw error;
}

class BlockFlow implements Flow {
  readonly #decoder: Lz4Decoder | SnappyFrameDecoder | SnappyBlockDecoder;
  readonly #options: FlowOptions;
  readonly #expansion = new Expansion();
  #paused = false;
  #scheduled = false;
  #closed = false;
  #done: (() => void) | undefined;

  constructor(decoder: Lz4Decoder | SnappyFrameDecoder | SnappyBlockDecoder, options: FlowOptions) {
    this.#decoder = decoder;
    this.#options = options;
  }

  feed(bytes: Uint8Array): void {
    this.#expansion.took(bytes);
    this.#decoder.feed(bytes);
    this.#pump();
  }
  end(done: () => void): void {
    this.#done = done;
    this.#pump();
  }
  pause(): void {
    this.#paused = true;
  }
  resume(): void {
    this.#paused = false;
    this.#pump();
  }
  close(): void {
    this.#closed = true;
  }

  #pump(): void {
    try {
      for (let given = 0; !this.#paused && !this.#scheduled && !this.#closed; ) {
        const bytes = this.#decoder.next();
        if (bytes === undefined) {
          this.#finish();
          return;
        }
        this.#expansion.gave(bytes);
        given += bytes.length;
        this.#options.onBytes(bytes);
        if (given >= LIMITS.decompressedBytesPerTurn) this.#continueLater();
      }
    } catch (error) {
      const [reason, damage] = damageOf(error);
      this.#closed = true;
      this.#options.onDamage(reason, damage);
    }
  }

  #continueLater(): void {
    this.#scheduled = true;
    this.#options.onBusy(true);
    this.#options.timers.after(0, () => {
      this.#scheduled = false;
      if (this.#closed) return;
      this.#options.onBusy(false);
      this.#pump();
    });
  }

  #finish(): void {
    if (this.#done === undefined) return;
    this.#closed = true;
    if (!this.#decoder.whole) throw new LockstepError("COMPRESSION", "the compressed stream ends within a block");
    this.#done();
  }
}

function gzipFlow({ mayBeUnfinished, onBytes, onDamage, onBusy }: FlowOptions): Flow {
  const expansion = new Expansion();
  const gunzip = createGunzip({ finishFlush: mayBeUnfinished ? zlib.Z_SYNC_FLUSH : zlib.Z_FINISH });
  let done: (() => void) | undefined;
  let closed = false;
  const fail = (error: unknown): void => {
    if (closed) return;
    closed = true;
    const [reason, damage] = damageOf(error);
    gunzip.destroy();
    onDamage(reason, damage);
  };
  gunzip.on("data", (bytes: Uint8Array) => {
    if (closed) return;
    try {
      expansion.gave(bytes);
    } catch (error) {
      fail(error);
      return;
    }
    onBytes(bytes);
  });
  gunzip.on("drain", () => onBusy(false));
  gunzip.on("error", (cause) => fail(gzipDamage(errorText(cause))));
  gunzip.on("end", () => {
    // Node ends at the first bytes that belong to no member, and says nothing of them.
    if (done === undefined || gunzip.bytesWritten < expansion.taken) fail(gzipDamage("something else follows its end"));
    else if (!closed) done();
  });
  return {
    feed(bytes) {
      if (closed) return;
      expansion.took(bytes);
      if (!gunzip.write(Buffer.from(bytes))) onBusy(true);
    },
    end(whenDone) {
      done = whenDone;
      gunzip.end();
    },
    pause: () => void gunzip.pause(),
    resume: () => void gunzip.resume(),
    close() {
      closed = true;
      gunzip.destroy();
    },
  };
}

function gzipDamage(what: string): LockstepError {
  return new LockstepError("COMPRESSION", `the gzip stream can't be read: ${what}`);
}
