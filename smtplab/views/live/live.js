// What all live views share: how a module comes to its elements, how it asks the kernel, and how
// a page is built without a string ever being read as HTML.

// One registry for the page, whatever version of this module put it there.
const registry = (globalThis[Symbol.for("smtplab")] ??= { models: new Map(), elements: new Set() });

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
    registry.models.get(this.dataset.key)?.fill(this);
  }
}
if (customElements.get("smtplab-live") === undefined) customElements.define("smtplab-live", Place);

// A model of the kernel's, and the elements that show it.
class Link {
  constructor(model, view) {
    this.model = model;
    this.view = view;
    this.words = model.get("texts");
    this.asked = new Map();
    this.number = 0;
    this.onMessage = (said, buffers) => this.hear(said, buffers);
    model.on("msg:custom", this.onMessage);
    // A kernel that was restarted has no such model any more.
    this.onLost = () => this.end();
    model.on("comm_live_update", this.onLost);
  }

  get key() {
    return this.model.get("key");
  }

  get state() {
    return this.model.get("state");
  }

  // Ask the kernel: a promise of what the method ask_NAME of the model returns. It answers when
  // the cell that runs has ended.
  ask(name, values = {}) {
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      this.asked.set(number, { resolve, reject });
      this.model.send({ ask: name, with: values, number });
    });
  }

  hear(said, buffers) {
    if (said.answer !== undefined) {
      const waiting = this.asked.get(said.answer);
      this.asked.delete(said.answer);
      if (said.error === undefined) waiting?.resolve(octetsIn(buffers) ?? said.value);
      else waiting?.reject(new Error(said.error));
      return;
    }
    for (const element of this.shown()) element.view?.hear?.(said);
  }

  shown() {
    return elements().filter((element) => element.dataset.key === this.key && element.view);
  }

  // Build the view in an element, once; the plain page steps aside, and stays where it is.
  fill(element) {
    if (element.view) return;
    const root = h("div", { class: "smtplab smtplab-live mathjax_ignore", role: "group",
                            "data-lm-suppress-shortcuts": "true", onkeydown: leave });
    try {
      element.view = this.view({ root, link: this, words: this.words, state: this.state,
                                 options: element.dataset }) ?? {};
    } catch (error) {
      console.warn("smtplab: the plain view stays", error);
      return;
    }
    // A view that adds to the plain page leaves it where it is.
    if (!element.view.adds) for (const plain of element.children) plain.hidden = true;
    element.append(root);
    element.view.opened?.();
  }

  // The kernel has let go of the model: the plain page is what is left.
  end() {
    registry.models.delete(this.key);
    this.model.off("msg:custom", this.onMessage);
    this.model.off("comm_live_update", this.onLost);
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
// arrow keys of a slider and of a list of choices for its own.
const leave = (event) => {
  if (event.key === "Escape" && !event.defaultPrevented)
    event.currentTarget.closest(".jp-Cell")?.focus();
  else if (event.target.matches("input, select, textarea")) event.stopPropagation();
};

// What a view's module exports: `export default live(({root, link, words, state}) => {...})`.
// The function fills root, and may return an object with `hear(said)` for what the kernel says
// unasked, `opened()` once root is in the page, and `close()`; `adds: true` leaves the plain page
// in sight above it.
export function live(view) {
  return {
    initialize({ model }) {
      const link = new Link(model, view);
      registry.models.set(link.key, link);
      for (const element of elements()) if (element.dataset.key === link.key) link.fill(element);
      // Elements that stood in the page before this module did have not met the registry yet.
      for (const element of document.querySelectorAll(`smtplab-live[data-key="${link.key}"]`))
        link.fill(element);
      return () => link.end();
    },
  };
}

// An element. Attributes whose name begins with "on" are listeners; true, false and null are as
// in HTML; children that are strings are text, whatever is in them.
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// Words with names in braces filled in: fill("{count:,} lines", {count: 3}), as Python does it.
export const fill = (text, values = {}) =>
  text.replace(/\{(\w+)(:,)?\}/g, (whole, name, commas) =>
    (commas ? values[name]?.toLocaleString("en-GB") : values[name]) ?? whole);

// A text with a number, in the form that the number takes: forms has one for each plural form.
export const counted = (words, count, forms, values = {}) =>
  fill(forms[words.forms[count < 200 ? count : 100 + (count % 100)]], { count, ...values });

// A sentence in which `code` stands between backticks.
export const prose = (text) => {
  const pieces = text.split("`");
  if (pieces.length % 2 === 0) return [text];
  return pieces.map((piece, number) => (number % 2 ? h("code", {}, piece) : piece));
};

export const button = (label, onclick, attributes = {}) =>
  h("button", { type: "button", onclick, ...attributes }, label);

let ids = 0;
export const uid = () => `sm-live-${++ids}`;

// A list of any length of which only what is in sight is in the page. Rows have one height.
// draw(index) returns the children of a row, or null while it is not there yet; choose(index) is
// called when one is chosen, by mouse, arrow keys, Home, End, Page Up and Page Down.
export class List {
  constructor({ label, draw, choose = () => {}, enter = () => {}, rowHeight = 1.7, rows = 14,
                rowClass = () => "" }) {
    Object.assign(this, { draw, choose, enter, rowHeight, rowClass });
    this.count = 0;
    this.chosen = -1;
    this.id = uid();
    this.inner = h("div", { class: "sm-list-inner", role: "presentation" });
    this.element = h("div", {
      class: "sm-list", role: "listbox", tabindex: "0", "aria-label": label,
      style: `height:${rows * rowHeight}em`,
      onscroll: () => this.refresh(),
      onkeydown: (event) => this.key(event),
      onclick: (event) => this.click(event),
    }, this.inner);
    this.rows = rows;
    new ResizeObserver(() => this.refresh()).observe(this.element);
  }

  // The height of a row in pixels: text grows with the page.
  get pixels() {
    return this.rowHeight * parseFloat(getComputedStyle(this.element).fontSize || "14");
  }

  get atEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.element;
    return scrollTop + clientHeight >= scrollHeight - 2;
  }

  resize(count) {
    this.count = count;
    this.element.style.height = `${Math.max(1, Math.min(this.rows, count)) * this.rowHeight + 0.1}em`;
    this.inner.style.height = `${count * this.rowHeight}em`;
    this.refresh();
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
    this.refresh();
  }

  // Draw what is in sight, and a little more.
  refresh() {
    const height = this.pixels;
    const first = Math.max(0, Math.floor(this.element.scrollTop / height) - 4);
    const seen = Math.ceil((this.element.clientHeight || this.rows * height) / height) + 8;
    const last = Math.min(this.count, first + seen);
    const drawn = [];
    for (let index = first; index < last; index++) {
      const chosen = index === this.chosen;
      drawn.push(h("div", {
        class: `sm-list-row ${this.rowClass(index)}${chosen ? " sm-chosen" : ""}`, role: "option",
        id: `${this.id}-${index}`, "data-index": index, "aria-selected": String(chosen),
        "aria-posinset": index + 1, "aria-setsize": this.count,
        style: `top:${index * this.rowHeight}em;height:${this.rowHeight}em`,
      }, this.draw(index) ?? "…"));
    }
    this.inner.replaceChildren(...drawn);
    if (this.chosen >= first && this.chosen < last)
      this.element.setAttribute("aria-activedescendant", `${this.id}-${this.chosen}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  // Choose a row, and bring it into sight.
  go(index) {
    if (this.count === 0) return;
    this.chosen = Math.max(0, Math.min(this.count - 1, index));
    const height = this.pixels;
    const top = this.chosen * height;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + height > scrollTop + clientHeight)
      this.element.scrollTop = top + height - clientHeight;
    this.refresh();
    this.choose(this.chosen);
  }

  click(event) {
    const row = event.target.closest(".sm-list-row");
    if (row && !event.target.closest("a, button")) this.go(Number(row.dataset.index));
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.pixels) - 1);
    const to = {
      ArrowDown: this.chosen + 1, ArrowUp: this.chosen - 1, Home: 0, End: this.count - 1,
      PageDown: this.chosen + page, PageUp: this.chosen - page,
    }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      if (this.chosen >= 0) this.enter(this.chosen);
    } else if (to === undefined) return;
    else this.go(to);
    event.preventDefault();
    event.stopPropagation();
  }
}

// What comes in chunks, when one thing of it is wanted: bring(first) brings the chunk that begins
// with that index. A chunk that is on its way is not asked for again.
export class Chunks {
  constructor(size, bring) {
    Object.assign(this, { size, bring });
    this.coming = new Set();
  }

  want(index) {
    const first = index - (index % this.size);
    if (this.coming.has(first)) return;
    this.coming.add(first);
    this.bring(first)
      .catch((error) => console.warn("smtplab:", error))
      .finally(() => this.coming.delete(first));
  }
}

// Octets as hex and as text, sixteen a line, CR and LF in sight.
export function hexdump(octets, words) {
  const lines = [];
  for (let at = 0; at < octets.length; at += 16) {
    const line = [...octets.slice(at, at + 16)];
    const hex = line.map((octet) => octet.toString(16).padStart(2, "0")).join(" ");
    const text = line.map(shown).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(47)}  ${text}`);
  }
  return h("pre", { class: "sm-hex", tabindex: "0", role: "region", "aria-label": words.octets },
           lines.join("\n"));
}

const shown = (octet) =>
  ({ 9: "\\t", 10: "\\n", 13: "\\r" })[octet] ??
  (octet >= 32 && octet < 127 ? String.fromCharCode(octet) : "·");

export const octetsOf = (base64) =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

// The octets of an answer, which come beside it: nothing in between reads them as text.
const octetsIn = (buffers) =>
  buffers?.length
    ? new Uint8Array(buffers[0].buffer, buffers[0].byteOffset, buffers[0].byteLength)
    : undefined;
