/**
 * Machines with clocks of their own and UDP between them, in virtual time: for tests of what measures clocks.
 *
 * There is one true time. Each machine's clocks are functions of it (offset, rate, steps), so a test knows the true
 * difference of two clocks at any moment and can hold an estimate against it. All randomness comes from the seed.
 */
import type { Clock, Host, SocketAddress, Timers, UdpOptions, WallReading, World } from "#src/core/world.ts";

/** A recent date, so that a stamp in milliseconds has the size of a real one. */
const EPOCH_MS = 1_795_000_000_000;

export interface VirtualNetwork {
  readonly random: () => number;
  /** True time since the start. */
  nowMs(): number;
  machine(options: MachineOptions): Machine;
  /** What the way from one address to another does to packets, instead of `wayByDefault`. */
  setWay(from: string, to: string, way: Way): void;
  /** Lets true time pass. */
  run(forMs: number): Promise<void>;
  /** Runs until the promise is settled; time passes as far as it needs. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Puts a packet on the wire that no machine sent. */
  inject(bytes: Uint8Array, from: SocketAddress, to: SocketAddress): void;
}

/** Milliseconds on the way; undefined: lost. */
export type Way = () => number | undefined;

export interface MachineOptions {
  readonly address: string;
  readonly offsetMs?: number;
  /** Both clocks: the crystal's error. */
  readonly ratePpm?: number;
  /** The wall clock besides: what slewing it alone would do, as libfaketime does. */
  readonly wallRatePpm?: number;
  /** Largest error of `readWall`, and what it says of itself. */
  readonly readErrorMs?: number;
}

export interface Machine {
  readonly world: World;
  /** The wall clock, exactly. */
  wallMs(): number;
  stepWall(byMs: number): void;
}

interface PlannedEvent {
  readonly atMs: number;
  /** Undefined once cancelled. */
  run: (() => void) | undefined;
}

export function createVirtualNetwork(seed: number, wayByDefault: Way = () => 0.1): VirtualNetwork {
  const random = mulberry32(seed);
  let nowMs = 0;
  /** Soonest first; of those at one time, the one that was planned first. */
  const events: PlannedEvent[] = [];
  let nextPort = 40_000;
  const sockets = new Map<string, UdpOptions>();
  const ways = new Map<string, Way>();

  function at(atMs: number, run: () => void): () => void {
    const event: PlannedEvent = { atMs, run };
    let [low, high] = [0, events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (events[middle]!.atMs <= atMs) low = middle + 1;
      else high = middle;
    }
    events.splice(low, 0, event);
    return () => {
      event.run = undefined;
    };
  }

  async function runNext(untilMs: number): Promise<boolean> {
    await settled();
    const next = events[0];
    if (next === undefined || next.atMs > untilMs) return false;
    events.shift();
    nowMs = Math.max(nowMs, next.atMs);
    next.run?.();
    return true;
  }

  function deliver(bytes: Uint8Array, from: SocketAddress, to: SocketAddress): void {
    const delayMs = (ways.get(`${from.host}>${to.host}`) ?? wayByDefault)();
    if (delayMs === undefined) return;
    const copy = bytes.slice();
    at(nowMs + delayMs, () => sockets.get(`${to.host}:${to.port}`)?.onMessage(copy, from));
  }

  function machine(options: MachineOptions): Machine {
    const rate = 1 + (options.ratePpm ?? 0) / 1e6;
    let setByMs = options.offsetMs ?? 0;
    const monotonicMs = (): number => 1_000 + nowMs * rate;
    const wallMs = (): number => EPOCH_MS + nowMs * rate * (1 + (options.wallRatePpm ?? 0) / 1e6) + setByMs;
    const clock: Clock = {
      wallMs: () => Math.floor(wallMs()),
      monotonicMs,
      readWall: (): WallReading => {
        const uncertaintyMs = options.readErrorMs ?? 0;
        const errorMs = (random() * 2 - 1) * uncertaintyMs;
        return { wallMs: wallMs() + errorMs, monotonicMs: monotonicMs(), uncertaintyMs };
      },
    };
    const timers: Timers = {
      after: (delayMs, run) => ({ cancel: at(nowMs + delayMs / rate, run) }),
    };
    const bindUdp = async (udp: UdpOptions) => {
      const address = { host: options.address, port: udp.port === 0 ? nextPort++ : udp.port };
      const key = `${address.host}:${address.port}`;
      sockets.set(key, udp);
      return {
        address,
        send: (bytes: Uint8Array, to: SocketAddress) => deliver(bytes, address, to),
        close: async () => {
          sockets.delete(key);
        },
      };
    };
    const world: World = {
      clock,
      timers,
      net: {
        bindUdp,
        connect: notHere("net.connect"),
        listen: notHere("net.listen"),
        listenUnix: notHere("net.listenUnix"),
        serveHttp: notHere("net.serveHttp"),
      },
      http: { request: notHere("http.request") },
      files: new Proxy({} as World["files"], { get: (_, name) => notHere(`files.${String(name)}`) }),
      threads: { start: notHere("threads.start") },
      random: {
        next: random,
        bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
      },
      host: { hostname: options.address, processId: 1, bootId: "virtual", usage: notHere("host.usage") } as Host,
    };
    return {
      world,
      wallMs,
      stepWall(byMs) {
        setByMs += byMs;
      },
    };
  }

  return {
    random,
    nowMs: () => nowMs,
    machine,
    setWay: (from, to, way) => ways.set(`${from}>${to}`, way),
    async run(forMs) {
      const untilMs = nowMs + forMs;
      while (await runNext(untilMs));
      nowMs = untilMs;
    },
    async until(promise) {
      let done = false;
      const finish = (): void => {
        done = true;
      };
      promise.then(finish, finish);
      await settled();
      while (!done) {
        if (!(await runNext(Number.POSITIVE_INFINITY)))
          throw new Error("nothing will ever happen, and it is waited for");
        await settled();
      }
      return promise;
    },
    inject: deliver,
  };
}

/** Lets everything run that waits for promises only. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function notHere(what: string): () => never {
  return () => {
    throw new Error(`this virtual machine has no ${what}`);
  };
}

/** A small generator whose whole state is the seed. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The seed of a property test: told by the environment to repeat a failure, otherwise new each time. */
export function propertySeed(): number {
  const { SEED: given } = process.env;
  return given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
}
