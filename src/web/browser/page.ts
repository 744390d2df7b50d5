/** Every page: ages that grow, the switch of the theme, and on pages that live, the changes. */
import { bind, ForeignModel } from "./bind.ts";
import { setClock } from "./clock.ts";
import { growAges, startFreshness } from "./freshness.ts";
import type { Model } from "./merge.ts";
import { openStream } from "./stream.ts";
import { startTheme } from "./theme.ts";

/** Fresh copies of the page are asked for at most this often. */
const FRESH_MS = 1_000;
/** The page is loaded again at most this often. */
const RELOAD_MS = 60_000;

const content = document.getElementById("content")!;
const { live = "", now = "0" } = content.dataset;
setClock(Number(now));
startTheme();
if (live !== "") followModel(content, live);

function followModel(root: HTMLElement, url: string): void {
  const freshness = startFreshness();
  const announce = createAnnouncer();
  let model: Model | undefined;
  let asked = false;

  openStream(url, {
    onNews: (nowMs) => freshness.news(nowMs),
    onModel(next) {
      model = next;
      show();
      announce(next);
    },
  });

  function show(fresh?: Element): void {
    if (model === undefined) return;
    try {
      const incomplete = bind(root, model, fresh);
      growAges(root);
      if (incomplete) askForFresh();
      document.dispatchEvent(new Event("modelchange"));
    } catch (error) {
      if (!(error instanceof ForeignModel)) throw error;
      reloadOnce();
    }
  }

  function askForFresh(): void {
    if (asked) return;
    asked = true;
    fetchPage((page) => {
      setTimeout(() => {
        asked = false;
      }, FRESH_MS);
      const fresh = page?.getElementById("content");
      if (fresh != null) show(fresh);
    });
  }
}

/** Another version serves the page by now; if it is that, once is enough. */
function reloadOnce(): void {
  const lastMs = Number(sessionStorage.getItem("reloaded") ?? 0);
  if (Date.now() - lastMs < RELOAD_MS) return;
  sessionStorage.setItem("reloaded", String(Date.now()));
  location.reload();
}

/** This page anew, as a document in which nothing runs. */
function fetchPage(done: (page: Document | undefined) => void): void {
  const request = new XMLHttpRequest();
  request.open("GET", location.href);
  request.responseType = "document";
  request.timeout = 10_000;
  request.addEventListener("loadend", () =>
    done(request.status === 200 ? (request.responseXML ?? undefined) : undefined),
  );
  request.send();
}

/** Tells screen readers when the verdict, or the state of the node, becomes another one: not its age, every second. */
function createAnnouncer(): (model: Model) => void {
  const place = document.getElementById("announce")!;
  let told: string | undefined;
  return (model) => {
    const { head = "", tail } = (model["verdict"] ?? {}) as {
      readonly head?: string;
      readonly tail?: { readonly before: string };
    };
    const sentence =
      head === "" ? `${String(model["node"])} is ${String(model["word"])}` : `${head} ${tail?.before ?? ""}`;
    if (told !== undefined && told !== sentence) place.textContent = sentence;
    told = sentence;
  };
}
