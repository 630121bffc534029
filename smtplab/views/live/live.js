// What all live views share: how a module comes to its elements, how it asks the kernel, and how
// a page is built without a string ever being read as HTML.

// JupyterLab sees a key before any view does, but for those in an element with this attribute.
const OURS = "data-lm-suppress-shortcuts";

// In a view keys are the view's: "x" would cut its cell, and the arrows would leave it. The
// notebook's are those that run and save, and Escape where a view does nothing with it.
const share = (event) => {
  const view = event.target.closest?.(".smtplab");
  if (!view) return;
  const { key, shiftKey, ctrlKey, metaKey, altKey, target } = event;
  const typed = target.matches("textarea, input:not([type=radio], [type=checkbox])");
  const runs = key === "Enter" && !typed && (shiftKey || ctrlKey || metaKey || altKey);
  const saves = key.toLowerCase() === "s" && (ctrlKey || metaKey);
  const leaves = key === "Escape" && !view.matches(".smtplab-live");
  for (const one of [view, target]) one.toggleAttribute(OURS, !(runs || saves || leaves));
  if (!runs || !shiftKey || !view.querySelector("fieldset input:checked")) return;
  // Who has answered a question goes on: were its cell run again, the answer would be lost.
  const next = target.closest(".jp-Cell")?.nextElementSibling;
  if (!next?.matches(".jp-Cell")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  next.focus();
  const { code, keyCode } = event;
  next.dispatchEvent(new KeyboardEvent("keydown", { key, code, keyCode, shiftKey, bubbles: true }));
};

// One registry for the page, whatever version of this module put it there. A kernel is known by
// the manager of its widgets.
const registry = (globalThis[Symbol.for("smtplab")] ??= { kernels: new Map(), elements: new Set() });
if (!registry.shares) window.addEventListener("keydown", share, true);
registry.shares = true;

// An element that was thrown away is not kept by anything here.
const elements = () => {
  const found = [];
  for (const ref of registry.elements) {
    const element = ref.deref();
    if (element === undefined) registry.elements.delete(ref);
    else found.push(element);
  }
  return found;
};

class Place extends HTMLElement {
  connectedCallback() {
    if (this.ref === undefined) {
      this.ref = new WeakRef(this);
      registry.elements.add(this.ref);
    }
    for (const kernel of registry.kernels.values()) kernel.fill(this);
  }
}
if (customElements.get("smtplab-live") === undefined) customElements.define("smtplab-live", Place);

// Called once for a kernel, with the model that brought the modules, and with the address of this
// one. A view's module is imported when it is wanted. What is returned is called when the kernel is
// gone.
export function start(brought, address) {
  const manager = brought.widget_manager;
  const modules = brought.get("modules");
  const views = {}; // name: its module, on its way
  const links = new WeakMap(); // of models

  // The address of a module, in which those that it imports have theirs.
  const url = (name) => {
    if (name === "live") return address;
    const text = modules[name].replace(/"\.\/(\w+)\.js"/g, (_, other) => `"${url(other)}"`);
    return URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  };
  const kernel = {
    // Fill an element, if its model is one of this kernel's, and can still be spoken to.
    async fill(element) {
      const { key } = element.dataset;
      if (!manager.has_model(key)) return;
      try {
        const model = await manager.get_model(key);
        const name = model.get("view");
        const view = await (views[name] ??= import(url(name)));
        if (!model.comm_live) return;
        if (!links.has(model)) links.set(model, new Link(model, view.default));
        links.get(model).fill(element);
      } catch (error) {
        console.warn("smtplab: the plain view stays", error);
      }
    },
  };
  registry.kernels.set(manager, kernel);
  for (const element of elements()) kernel.fill(element);
  return () => {
    if (registry.kernels.get(manager) === kernel) registry.kernels.delete(manager);
  };
}

const PATIENCE = 500; // milliseconds after which it is said that the kernel is waited for

// A model of the kernel's, and the elements that show it.
class Link {
  model; view;

  constructor(model, view) {
    Object.assign(this, { model, view });
    this.words = model.get("texts");
    this.asked = new Map();
    this.number = 0;
    model.on("msg:custom", this.hear, this);
    // A kernel that was restarted has no such model any more; one that runs may have closed it.
    model.on("comm_live_update destroy", this.end, this);
  }

  // The code cells of the notebook as they stand now; none where the front end does not show them.
  get cells() {
    const cells = this.model.widget_manager.context?.model?.sharedModel?.cells ?? [];
    return cells.filter((cell) => cell.cell_type === "code");
  }

  // Ask the kernel: a promise of what the method ask_NAME of the model returns. It answers when
  // the cell that runs has ended; until then `status` says so. What fails is said there, too, and
  // the answer is undefined.
  async ask(status, name, values = {}, waiting = () => this.words.waiting) {
    const number = ++this.number;
    const late = setTimeout(() => (status.textContent = waiting()), PATIENCE);
    const said = await new Promise((resolve) => {
      this.asked.set(number, resolve);
      this.model.send({ ask: name, with: values, number });
    }).catch((error) => ({ error: error.message }));
    clearTimeout(late);
    const failed = said.error === undefined ? "" : fill(this.words.failed, said);
    if (failed || this.asked.size === 0) status.textContent = failed;
    return said.value;
  }

  hear(said) {
    if (said.answer === undefined) {
      for (const element of this.shown()) element.view?.hear?.(said);
      return;
    }
    const answered = this.asked.get(said.answer);
    this.asked.delete(said.answer);
    answered?.(said);
  }

  shown() {
    const { model_id } = this.model;
    return elements().filter((element) => element.dataset.key === model_id && element.view);
  }

  // Build the view in an element, once; the plain page steps aside, and stays where it is.
  //
  // What a view's module exports is `({root, ask, link, words, state}) => {...}`. It fills root,
  // and returns an object that may have `hear(said)` for what the kernel says, the state first;
  // `opened()` once root is in the page, and `close()`; `adds: true` leaves the plain page in sight
  // above it.
  fill(element) {
    if (element.view) return;
    const root = h("div", { class: "smtplab smtplab-live mathjax_ignore tex2jax_ignore",
                            role: "group", [OURS]: "true", onkeydown: leave });
    const status = h("p", { class: "sm-muted sm-status", role: "status" });
    const ask = (name, values, waiting) => this.ask(status, name, values, waiting);
    const state = this.model.get("state");
    const view = this.view({ root, ask, link: this, words: this.words, state });
    view.hear?.(state);
    element.view = view;
    // A view that adds to the plain page leaves it where it is.
    if (!view.adds) for (const plain of element.children) plain.hidden = true;
    root.append(status);
    element.append(root);
    view.opened?.();
    // The state is from when the model was made; more may have happened since.
    // Nobody waits for that.
    if (view.hear) ask("now", {}, () => "").then((now) => now && element.view?.hear(now));
  }

  // The kernel has let go of the model: the plain page is what is left.
  end() {
    this.model.off(null, null, this);
    for (const element of this.shown()) {
      element.view.close?.();
      element.view = undefined;
      element.lastElementChild.remove();
      for (const plain of element.children) plain.hidden = false;
    }
  }
}

// Escape goes from the view back to its cell, where the notebook's own keys work again.
// What a control of the view does with a key is not the notebook's affair: it would take the
// arrow keys of a number and of a list of choices for its own.
const leave = (event) => {
  if (event.key === "Escape" && !event.defaultPrevented)
    event.currentTarget.closest(".jp-Cell")?.focus();
  else if (event.currentTarget.hasAttribute(OURS) && event.target.matches("input, select, textarea"))
    event.stopPropagation();
};

// Attributes whose name begins with "on" are listeners; true, false and null are as in HTML;
// children that are strings are text, whatever is in them.
const filled = (element, attributes, children) => {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
};

// An element of a page, and one of a picture.
export const h = (name, attributes = {}, ...children) =>
  filled(document.createElement(name), attributes, children);
export const svg = (name, attributes = {}, ...children) =>
  filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

// What a model has told as a tree: texts, and elements with their attributes and what is in them.
export const built = (tree, make = h) =>
  tree.map((one) => {
    if (typeof one === "string") return one;
    const [name, attributes, ...inside] = one;
    // The first wall stands before there is anything behind it: a frame without its sandbox gets
    // no document.
    if (name === "iframe" && attributes.sandbox !== "") throw new Error("no sandbox");
    const how = name === "svg" ? svg : make;
    return how(name, attributes, built(inside, how));
  });

// Words with names in braces filled in: fill("{count:,} lines", {count: 3}), as Python does it.
export const fill = (text, values = {}) =>
  text.replace(/\{(\w+)(:,)?\}/g, (whole, name, commas) =>
    (commas ? values[name]?.toLocaleString("en-GB") : values[name]) ?? whole);

// A text with a number, in the form that the number takes in this language: {one, few, other}.
export const counted = (words, count, forms, values = {}) => {
  const form = new Intl.PluralRules(words.language).select(count);
  return fill(forms[form] ?? forms.other ?? Object.values(forms)[0], { count, ...values });
};

export const button = (label, onclick, attributes = {}) =>
  h("button", { type: "button", onclick, ...attributes }, label);

let ids = 0;
export const uid = () => `sm-live-${++ids}`;

// Parts that several views show

// Which way a line went, and how it was said: "TLS", "AUTH", "DATA".
export const way = ({ who, marks }, words) => [
  h("span", { "aria-hidden": "true" }, who === "C" ? "→" : "←"),
  h("span", { class: "sm-hidden" }, who === "C" ? words.to_server : words.to_client),
  ...marks.map((mark) => h("span", { class: "sm-mark" }, mark)),
];

// The link to a section of an RFC that something comes with, or null.
export const rfc = ({ link, label }) =>
  link ? h("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, label) : null;

// The heading of a view.
export const heading = (text) => h("p", { class: "sm-head", role: "heading", "aria-level": "3" }, text);

// Whether a button is pressed.
export const pressed = (made, yes) => made.setAttribute("aria-pressed", String(yes));

// A button that is pressed or not.
export const toggle = (label, yes, change) => {
  const made = button(label, () => {
    yes = !yes;
    pressed(made, yes);
    change(yes);
  });
  pressed(made, yes);
  return made;
};
