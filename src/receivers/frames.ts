/** Carbon's pickle and protobuf protocols: messages with many points each, by convention pickle on port 2004. */
import { type FramedPoint, FrameSplitter } from "../carbon/framing.ts";
import type { LineRejection, LineSink } from "../carbon/line.ts";
import { decodePickle } from "../carbon/pickle.ts";
import { decodeProtobuf } from "../carbon/protobuf.ts";
import { resolveSpelling } from "../carbon/resolve-spelling.ts";
import { errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { NameTable } from "../core/name-table.ts";
import type { SeriesId } from "../core/series-store.ts";
import type { ReceiverContext, StreamPeer, StreamProtocol, StreamSession } from "./stream.ts";

export type FrameFormat = "pickle" | "protobuf";

interface Decoded {
  readonly points: readonly FramedPoint[];
  /** Entries that were no points. */
  readonly bad: number;
}

const DECODERS: Readonly<Record<FrameFormat, (frame: Uint8Array) => Decoded>> = {
  pickle: decodePickle,
  protobuf: (frame) => ({ points: decodeProtobuf(frame), bad: 0 }),
};

const SHOWN_CHARACTERS = 200;
const encoder = new TextEncoder();

export function frameProtocol(context: ReceiverContext, format: FrameFormat): StreamProtocol {
  return { receiver: format, compressed: false, open: (peer) => frameSession(context, format, peer) };
}

function frameSession({ world, intake }: ReceiverContext, format: FrameFormat, peer: StreamPeer): StreamSession {
  const sink = peer.sink();
  const nowSeconds = (): number => Math.floor(world.clock.wallMs() / 1000);
  const frames = new FrameSplitter(LIMITS.frameBytes, (frame) =>
    takeFrame(format, frame, intake.store.names, sink, nowSeconds),
  );
  let ended = false;
  return {
    feed: (bytes) => {
      if (frames.feed(bytes)) return;
      ended = true;
      peer.cut("frame_too_long", frames.unfinished.subarray(0, 4));
    },
    end: () => {
      if (!ended && frames.unfinished.length > 0) sink.reject("unfinished_frame", frames.unfinished);
      ended = true;
    },
  };
}

/** A frame that can't be read costs itself; an entry that can't costs that entry. */
export function takeFrame(
  format: FrameFormat,
  frame: Uint8Array,
  names: NameTable,
  sink: LineSink,
  nowSeconds: () => number,
): void {
  let decoded: Decoded;
  try {
    decoded = DECODERS[format](frame);
  } catch (error) {
    sink.reject(format, encoder.encode(errorText(error)));
    return;
  }
  const { points, bad } = decoded;
  for (let i = 0; i < bad; i++) sink.reject("entry_shape", frame.subarray(0, 0));
  const ids = new Int32Array(points.length);
  const seconds = new Uint32Array(points.length);
  const values = new Float64Array(points.length);
  let length = 0;
  const idOf = resolver(names, sink);
  for (const point of points) {
    const read = readPoint(point, idOf, nowSeconds);
    if (typeof read === "string") {
      const name = point.name.slice(0, SHOWN_CHARACTERS);
      sink.reject(read, encoder.encode(`${name} ${point.value} ${point.seconds}`));
      continue;
    }
    ids[length] = read.id;
    seconds[length] = read.seconds;
    values[length++] = point.value;
  }
  if (length > 0) sink.take({ length, ids, seconds, values });
}

/** A message says a name once and may refer to it as often as it likes: it is looked up once, too. */
function resolver(names: NameTable, sink: LineSink): (name: string) => SeriesId | LineRejection {
  const known = new Map<string, SeriesId | LineRejection>();
  const lookUp = (name: string): SeriesId | LineRejection => {
    if (name.length > LIMITS.nameBytes) return "name_too_long";
    return resolveSpelling(names, name, sink);
  };
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const id = lookUp(name);
    known.set(name, id);
    return id;
  };
}

function readPoint(
  { name, seconds, value }: FramedPoint,
  idOf: (name: string) => SeriesId | LineRejection,
  nowSeconds: () => number,
): LineRejection | { id: number; seconds: number } {
  const whole = Math.trunc(seconds);
  const stamp = whole === -1 ? nowSeconds() : whole;
  if (!(stamp >= 0 && stamp <= 0xffff_ffff)) return "timestamp";
  if (Number.isNaN(value)) return "nan";
  const id = idOf(name);
  if (typeof id === "string") return id;
  return id < 0 ? "name_characters" : { id, seconds: stamp }; // a control line has no place in a frame
}
