/** What a format of `/render` is: one file each in formats/. */
import type { Answer, RequestParameters } from "../request.ts";
import type { SeriesList } from "../series.ts";
import type { TimeZone } from "../time-zone.ts";

export interface RenderFormat {
  /** As the parameter `format` names it. */
  readonly name: string;
  write(list: SeriesList, options: FormatOptions): Answer;
}

export interface FormatOptions {
  readonly parameters: RequestParameters;
  readonly timeZone: TimeZone;
  readonly maxDataPoints: number | undefined;
}
