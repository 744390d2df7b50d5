/** What an answer says, whether it is a text already or bytes. */
import type { Answer } from "#src/query/request.ts";

export function answerText({ body }: Answer): string {
  return typeof body === "string" ? body : Buffer.from(body).toString();
}
