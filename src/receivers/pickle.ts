/** Carbon's pickle protocol over TCP (by convention on port 2004). Off unless asked for. */
import { FrameSplitter } from "../carbon/framing.ts";
import type { LineRejection, LineSink } from "../carbon/line.ts";
import { decodePickle, type PickledPoint } from "../carbon/pickle.ts";
import { resolveSpelling } from "../carbon/resolve-spelling.ts";
import { errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { NameTable } from "../core/name-table.ts";
import { formatHostPort } from "../core/options.ts";
import type { ConnectionEvents, Listener } from "../core/world.ts";
import type { LineReceiverOptions } from "./line.ts";

const encoder = new TextEncoder();

export async function openPickle({ world, log, intake, listen }: LineReceiverOptions): Promise<Listener> {
  const listener = await world.net.listen({
    ...listen,
    maxConnections: LIMITS.connections,
    accept: (connection): ConnectionEvents => {
      const sink = intake.sender("pickle", connection.remote);
      const nowSeconds = (): number => Math.floor(world.clock.wallMs() / 1000);
      const frames = new FrameSplitter(LIMITS.frameBytes, (frame) =>
        takeFrame(frame, intake.store.names, sink, nowSeconds),
      );
      return {
        onData: (bytes) => {
          if (!frames.feed(bytes)) {
            sink.reject("frame_too_long", bytes.subarray(0, 4));
            connection.destroy();
          } else if (intake.congested) {
            connection.pause();
            intake.whenRelieved(() => connection.resume());
          }
        },
        onEnd: () => connection.end(),
        onClose: () => undefined,
      };
    },
  });
  log.info("receiving Carbon pickles over TCP", { address: formatHostPort(listener.address) });
  return listener;
}

/** A frame that can't be read costs itself; an entry that can't costs that entry. */
export function takeFrame(frame: Uint8Array, names: NameTable, sink: LineSink, nowSeconds: () => number): void {
  let points: readonly PickledPoint[];
  try {
    const decoded = decodePickle(frame);
    points = decoded.points;
    for (let i = 0; i < decoded.bad; i++) sink.reject("entry_shape", frame.subarray(0, 0));
  } catch (error) {
    sink.reject("pickle", encoder.encode(errorText(error)));
    return;
  }
  const ids = new Int32Array(points.length);
  const seconds = new Uint32Array(points.length);
  const values = new Float64Array(points.length);
  let length = 0;
  for (const point of points) {
    const read = readPoint(point, names, sink, nowSeconds);
    if (typeof read === "string") {
      sink.reject(read, encoder.encode(`${point.name} ${point.value} ${point.seconds}`));
      continue;
    }
    ids[length] = read.id;
    seconds[length] = read.seconds;
    values[length++] = point.value;
  }
  if (length > 0) sink.take({ length, ids, seconds, values });
}

function readPoint(
  { name, seconds, value }: PickledPoint,
  names: NameTable,
  sink: LineSink,
  nowSeconds: () => number,
): LineRejection | { id: number; seconds: number } {
  const whole = Math.trunc(seconds);
  const stamp = whole === -1 ? nowSeconds() : whole;
  if (!(stamp >= 0 && stamp <= 0xffff_ffff)) return "timestamp";
  if (Number.isNaN(value)) return "nan";
  const id = resolveSpelling(names, name, sink);
  if (typeof id === "string") return id;
  return id < 0 ? "name_characters" : { id, seconds: stamp }; // a control line has no place in a pickle
}
