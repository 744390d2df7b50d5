/**
 * Keeps the page as the model is. The server has printed everything once; the elements tell where their contents come
 * from (web/views.ts):
 *
 *     data-text="PATH"            the text
 *     data-set="NAME=PATTERN|…"   attributes; `{path}` in a pattern is filled in, and an empty value removes the attribute
 *     data-show="PATH"            hidden while it is empty; `!PATH` the other way round
 *     data-with="PATH"            paths of what is inside begin here
 *     data-each="PATH"            a keyed list; its children have data-key, and paths inside begin at the item
 *
 * Values only ever become text and attributes. There are no templates here: what is new in a list is taken from a fresh
 * copy of the page, so how things look is said in one place, the server's views.
 */
import { isModel, type Model } from "./merge.ts";

/** The page is not the one that the model belongs to: another version serves it by now. */
export class ForeignModel extends Error {}

/** What may be set: nothing that runs, and addresses within these pages only. */
const ATTRIBUTES = /^(?:data-[a-z]+|title|aria-label|d)$/;
const ADDRESS = /^(?:#|\/(?!\/))/;

/**
 * Makes the elements inside `root` as the model is; `fresh` is the same element of a fresh copy of the page. Returns
 * whether lists have members that neither of the two shows.
 */
export function bind(root: Element, model: Model, fresh?: Element): boolean {
  const focused = document.activeElement;
  const complete = bindChildren(root, model, fresh);
  // An element that was moved has lost it.
  if (focused instanceof HTMLElement && focused.isConnected && document.activeElement !== focused) {
    focused.focus({ preventScroll: true });
  }
  return !complete;
}

function bindChildren(parent: Element, scope: Model, fresh: Element | undefined): boolean {
  let complete = true;
  let place = 0;
  for (const child of parent.children) {
    complete = bindElement(child, scope, fresh?.children[place++]) && complete;
  }
  return complete;
}

function bindElement(element: Element, scope: Model, fresh: Element | undefined): boolean {
  if (!(element instanceof HTMLElement || element instanceof SVGElement)) return true;
  const { text, set, show, each, with: inner } = element.dataset;
  if (set !== undefined) for (const part of set.split("|")) setAttribute(element, part, scope);
  if (show !== undefined)
    element.toggleAttribute("hidden", isEmpty(at(show.replace("!", ""), scope)) !== show.startsWith("!"));
  if (text !== undefined) {
    setText(element, String(at(text, scope)));
    return true;
  }
  if (each !== undefined) return bindList(element, at(each, scope), fresh);
  return bindChildren(element, inner === undefined ? scope : modelAt(inner, scope), fresh);
}

function bindList(container: Element, list: unknown, fresh: Element | undefined): boolean {
  if (!isModel(list) || !Array.isArray(list["order"]) || !isModel(list["items"])) throw new ForeignModel("no list");
  const { order, items } = list as { readonly order: readonly string[]; readonly items: Model };
  const elements = byKey(container);
  const freshElements = fresh === undefined ? new Map<string, Element>() : byKey(fresh);
  for (const [key, element] of elements) if (!Object.hasOwn(items, key)) element.remove();
  let complete = true;
  let place = container.firstElementChild;
  for (const key of order) {
    const element = elements.get(key) ?? adopt(freshElements.get(key));
    const item = items[key];
    if (element === undefined || !isModel(item)) {
      complete = false;
      continue;
    }
    if (element === place) place = place.nextElementSibling;
    else container.insertBefore(element, place);
    complete = bindElement(element, item, freshElements.get(key)) && complete;
  }
  return complete;
}

function adopt(element: Element | undefined): Element | undefined {
  return element === undefined ? undefined : document.importNode(element, true);
}

function byKey(container: Element): Map<string, Element> {
  const elements = new Map<string, Element>();
  for (const child of container.children) {
    if (child instanceof HTMLElement || child instanceof SVGElement) elements.set(child.dataset["key"] ?? "", child);
  }
  return elements;
}

function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function setAttribute(element: Element, part: string, scope: Model): void {
  const [, name, pattern] = /^([^=]+)=(.*)$/s.exec(part) ?? [];
  if (name === undefined || pattern === undefined) throw new ForeignModel(part);
  const value = pattern.replace(/\{([\w.]+)\}/g, (_, path: string) => String(at(path, scope)));
  const allowed = name === "href" ? value === "" || ADDRESS.test(value) : ATTRIBUTES.test(name);
  if (!allowed) throw new ForeignModel(name);
  if (value === "") element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function at(path: string, scope: Model): unknown {
  let value: unknown = scope;
  for (const name of path.split(".")) {
    if (!isModel(value) || !Object.hasOwn(value, name)) throw new ForeignModel(path);
    value = value[name];
  }
  return value;
}

function modelAt(path: string, scope: Model): Model {
  const value = at(path, scope);
  if (!isModel(value)) throw new ForeignModel(path);
  return value;
}

/** As web/views.ts has it. */
function isEmpty(value: unknown): boolean {
  if (isModel(value) && Array.isArray(value["order"])) return value["order"].length === 0;
  return value === "" || value === false || value === 0;
}
