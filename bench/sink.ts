/**
 * The limit that receiving lines in Node has: a server that counts newlines and looks at nothing else, but gives a receipt
 * for a request at the end of what it reads. Started by peers.ts with the port as its argument.
 */
import { createServer } from "node:net";
import { formatReceipt } from "#src/carbon/receipt.ts";

const REQUEST = Buffer.from("lockstep.receipt.bench ", "latin1");
/** A request is never longer. */
const TAIL_BYTES = 80;
let lines = 0;

createServer((socket) => {
  let tail = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes) => {
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
    tail = Buffer.concat([tail, bytes.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    const request = tail.lastIndexOf(REQUEST);
    if (request < 0 || tail.at(-1) !== 10) return;
    const sequence = Number(tail.toString("latin1", request + REQUEST.length).split(" ")[0]);
    socket.write(formatReceipt("bench", sequence));
    console.log(`lines ${lines}`);
  });
}).listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listening"));
