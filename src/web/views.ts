/**
 * The views: Handlebars templates, read once at the start. Everything they print is escaped; none of them uses `{{{`.
 *
 * A view gets a page's model, and `shell`: what the frame around every page needs. In strict mode a name that the model
 * does not have is an error, not an empty place.
 *
 * What changes while somebody looks is printed together with where it comes from, for browser/bind.ts to keep it true:
 * `data-text="PATH"`, and the helpers `set`, `show` and `keyed` with `data-each="PATH"`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { STATUS_CODES } from "node:http";
import { fileURLToPath } from "node:url";
import type { Request } from "express";
import Handlebars from "handlebars";
import { assert } from "../core/errors.ts";
import type { Clock } from "../core/world.ts";
import type { Assets } from "./assets.ts";
import { formatAge, formatUtc } from "./format.ts";
import type { Keyed } from "./view-models/keyed.ts";

// The program's own files, like its code: they are no part of the world.
const VIEWS = fileURLToPath(new URL("../../src/web/views/", import.meta.url));

export interface PageContent {
  readonly title: string;
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
  readonly atHome: boolean;
  readonly nowMs: number;
  readonly time: string;
}

export function createViews(assets: Assets, clock: Clock, version: string): Views {
  const handlebars = Handlebars.create();
  const helpers = createHelpers(assets);
  handlebars.registerHelper(helpers);
  for (const [name, text] of readTemplates("partials/")) handlebars.registerPartial(name, text);
  const known = Object.fromEntries(Object.keys(helpers).map((name) => [name, true]));
  const options = { strict: true, knownHelpers: known, knownHelpersOnly: true, preventIndent: true };
  const views = new Map(readTemplates("").map(([name, text]) => [name, handlebars.compile(text, options)]));

  function render(view: string, request: Request, { model, ...content }: PageContent): string {
    const template = views.get(view);
    assert(template !== undefined, `there is a view ${view}`);
    const nowMs = clock.wallMs();
    const atHome = request.path === "/";
    const shell: Shell = { ...content, version, theme: themeOf(request), atHome, nowMs, time: formatUtc(nowMs) };
    return template({ ...model, shell });
  }

  return {
    render,
    renderError(status, message, request) {
      const title = STATUS_CODES[status] ?? "Error";
      return render("error", request, { title, liveUrl: "", model: { status, title, message } });
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
    /** Attributes that follow the model: `{{set data-level="{level}" href="#mark-{mark}"}}`; empty ones are left out. */
    set(this: unknown, { hash }: Handlebars.HelperOptions) {
      const parts = Object.entries(hash as Readonly<Record<string, string>>);
      const values = parts.map(([name, pattern]) => [name, fill(pattern, this)] as const);
      const attributes = values
        .filter(([, value]) => value !== "")
        .map(([name, value]) => `${name}="${escapeText(value)}"`);
      const binding = parts.map(([name, pattern]) => `${name}=${pattern}`).join("|");
      return new Handlebars.SafeString([...attributes, `data-set="${escapeText(binding)}"`].join(" "));
    },
    /** Hides an element while something is empty or false: `{{show "note"}}`; `{{show "!empty"}}` the other way round. */
    show(this: unknown, condition: string) {
      const value = valueAt(condition.replace(/^!/, ""), this);
      const hidden = isEmpty(value) !== condition.startsWith("!");
      return new Handlebars.SafeString(`${hidden ? "hidden " : ""}data-show="${escapeText(condition)}"`);
    },
    /** The members of a keyed list in its order: `{{#keyed tiles}} … {{@key}} … {{/keyed}}`. */
    keyed: (list: Keyed<unknown>, options: Handlebars.HelperOptions) => {
      return list.order
        .map((key) => options.fn(list.items[key], { data: { ...Handlebars.createFrame(options.data), key } }))
        .join("");
    },
  };
}

const escapeText = Handlebars.escapeExpression;

/** `#mark-{mark}` with what the model has at the paths. */
function fill(pattern: string, model: unknown): string {
  return pattern.replace(/\{([\w.]+)\}/g, (_, path: string) => String(valueAt(path, model)));
}

function valueAt(path: string, model: unknown): unknown {
  return path.split(".").reduce((value, name) => {
    assert(typeof value === "object" && value !== null && Object.hasOwn(value, name), `the model has ${path}`);
    return (value as Readonly<Record<string, unknown>>)[name];
  }, model);
}

/** As browser/bind.ts has it: a keyed list is empty when it has no members. */
function isEmpty(value: unknown): boolean {
  const isList = typeof value === "object" && value !== null && "order" in value;
  return isList ? (value.order as readonly string[]).length === 0 : value === "" || value === false || value === 0;
}
