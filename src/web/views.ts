/**
 * The views: Handlebars templates, read once at the start. Everything they print is escaped; none of them uses `{{{`.
 *
 * A view gets a page's model, and `shell`: what the frame around every page needs. In strict mode a name that the model
 * does not have is an error, not an empty place.
 */
import { readdirSync, readFileSync } from "node:fs";
import { STATUS_CODES } from "node:http";
import { fileURLToPath } from "node:url";
import type { Request } from "express";
import Handlebars from "handlebars";
import { assert } from "../core/errors.ts";
import type { Clock } from "../core/world.ts";
import type { Assets } from "./assets.ts";
import { formatAge, formatTimeOfDay } from "./format.ts";
import type { Keyed } from "./view-models/keyed.ts";

// The program's own files, like its code: they are no part of the world.
const VIEWS = fileURLToPath(new URL("../../src/web/views/", import.meta.url));

export interface PageContent {
  readonly title: string;
  /** Which entry of the navigation is this page; empty: none. */
  readonly place: string;
  /** Where the page's events come from; empty: it stays as it is. */
  readonly liveUrl: string;
  readonly model: object;
}

export interface Views {
  render(view: string, request: Request, content: PageContent): string;
  renderError(status: number, message: string, request: Request): string;
}

/** What the frame of a page prints. */
interface Shell extends Omit<PageContent, "model"> {
  readonly version: string;
  readonly theme: string;
  readonly nowMs: number;
}

export function createViews(assets: Assets, clock: Clock, version: string): Views {
  const handlebars = Handlebars.create();
  const helpers = createHelpers(assets);
  handlebars.registerHelper(helpers);
  for (const [name, text] of readTemplates("partials/")) handlebars.registerPartial(name, handlebars.parse(text));
  const known = Object.fromEntries(Object.keys(helpers).map((name) => [name, true]));
  const options = { strict: true, knownHelpers: known, knownHelpersOnly: true, preventIndent: true };
  const views = new Map(
    readTemplates("").map(([name, text]) => [name, handlebars.compile(handlebars.parse(text), options)]),
  );

  function render(view: string, request: Request, { model, ...content }: PageContent): string {
    const template = views.get(view);
    assert(template !== undefined, `there is a view ${view}`);
    const shell: Shell = { ...content, version, theme: themeOf(request), nowMs: clock.wallMs() };
    return template({ ...model, shell });
  }

  return {
    render,
    renderError(status, message, request) {
      const title = STATUS_CODES[status] ?? "Error";
      return render("error", request, { title, place: "", liveUrl: "", model: { status, title, message } });
    },
  };
}

function readTemplates(folder: string): [name: string, text: string][] {
  const files = readdirSync(VIEWS + folder).filter((name) => name.endsWith(".hbs"));
  return files.map((file) => [file.slice(0, -".hbs".length), readFileSync(VIEWS + folder + file, "utf8")]);
}

/** Light or dark, if somebody chose it; the browser keeps the choice in a cookie, so that no page flashes up in the other. */
function themeOf(request: Request): string {
  return /(?:^|; ?)theme=(light|dark)(?:;|$)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
}

function createHelpers(assets: Assets): Readonly<Record<string, Handlebars.HelperDelegate>> {
  return {
    /** Where a file is: `{{asset "/lockstep.css"}}`. */
    asset: (path: string) => assets.url(path),
    /** How long ago, as the page is made: `{{age since.ms}}`; empty for 0, "no time". */
    age: (ms: number, options: Handlebars.HelperOptions) => {
      return ms === 0 ? "" : formatAge((options.data.root.shell as Shell).nowMs - ms);
    },
    timeOfDay: (ms: number) => formatTimeOfDay(ms),
    /** The members of a keyed list in its order: `{{#keyed tiles}} … {{@key}} … {{/keyed}}`. */
    keyed: (list: Keyed<unknown>, options: Handlebars.HelperOptions) => {
      return list.order
        .map((key) => options.fn(list.items[key], { data: { ...Handlebars.createFrame(options.data), key } }))
        .join("");
    },
  };
}
