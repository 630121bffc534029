// Lists of any length, and where what is chosen in them is shown in full.
import { fill, h, toggle, uid } from "./live.js";

// Things that come in chunks, when one of them is wanted: bring(first, count) asks for a chunk that
// begins with that index, and arrived() is called when it is there.
export class Chunks {
  bring; arrived; size;

  constructor(bring, arrived = () => {}, size = 200) {
    Object.assign(this, { bring, arrived, size });
    this.things = [];
    this.total = 0;
    this.coming = new Set();
  }

  // One of them, or undefined: then it is on its way. It is not asked for again.
  at(index) {
    const first = index - (index % this.size);
    if (this.things[index] === undefined && !this.coming.has(first)) {
      this.coming.add(first);
      this.bring(first, this.size).then((told) => {
        this.coming.delete(first);
        if (!told?.rows.length) return;
        this.take(told);
        this.arrived();
      });
    }
    return this.things[index];
  }

  take({ first, rows, total = this.total }) {
    this.total = total;
    rows.forEach((row, n) => (this.things[first + n] = row));
  }
}

// A list of any length of which only what is in sight is in the page. Rows have one height.
// `things.at(index)` is what a row is about, or undefined while it is not there yet; draw(thing,
// index) returns the children of the row. choose(thing, index) is called when one is chosen, by
// mouse, arrow keys, Home, End, Page Up and Page Down, once it is there; key(event) before that.
// Where the list `wraps`, each row is as high as its text wants, and all are in the page.
export class List {
  things; draw; choose; press; rowHeight; rows; rowClass; rowRole; rowAttributes; wraps;

  constructor({ label, things, draw, choose = (_thing, _index) => {}, press = (_event) => {},
                rowHeight = 1.7, rows = 14, rowClass = (_thing, _index) => "",
                roles: [role, rowRole] = ["listbox", "option"], rowAttributes = (_thing) => ({}),
                wraps = false }) {
    Object.assign(this, { things, draw, choose, press, rowHeight, rowClass, rows, rowRole,
                          rowAttributes, wraps });
    this.count = 0;
    this.chosen = -1;
    this.told = -1; // which row was chosen last, with what it is about
    this.id = uid();
    this.inner = h("div", { class: "sm-list-inner", role: "presentation" });
    this.element = h("div", {
      class: `sm-list${wraps ? " sm-wraps" : ""}`, role, tabindex: "0", "aria-label": label,
      style: `height:${rows * rowHeight}em`,
      onscroll: () => this.refresh(),
      onkeydown: (event) => this.key(event),
      onclick: ({ target }) => {
        const row = target.closest(".sm-list-row");
        if (row && !target.closest("a, button")) this.go(Number(row.dataset.index));
      },
    }, this.inner);
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

  // Mark a row as the one that is chosen, without a word to the view.
  mark(index) {
    this.chosen = this.told = index;
    this.refresh();
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
    this.refresh();
  }

  // Draw what is in sight, and a little more.
  refresh() {
    const height = this.pixels;
    const first = this.wraps ? 0 : Math.max(0, Math.floor(this.element.scrollTop / height) - 4);
    const seen = this.wraps ? this.count
      : Math.ceil((this.element.clientHeight || this.rows * height) / height) + 8;
    const last = Math.min(this.count, first + seen);
    const drawn = [];
    for (let index = first; index < last; index++) {
      const chosen = index === this.chosen;
      const thing = this.things.at(index);
      const there = thing !== undefined;
      const kind = there ? this.rowClass(thing, index) : "";
      drawn.push(h("div", {
        class: `sm-list-row ${kind}${chosen ? " sm-chosen" : ""}`, role: this.rowRole,
        id: `${this.id}-${index}`, "data-index": index, "aria-selected": String(chosen),
        "aria-posinset": index + 1, "aria-setsize": this.count,
        style: this.wraps ? null : `top:${index * this.rowHeight}em;height:${this.rowHeight}em`,
        ...(there ? this.rowAttributes(thing) : {}),
      }, there ? this.draw(thing, index) : "…"));
    }
    this.inner.replaceChildren(...drawn);
    if (this.chosen >= first && this.chosen < last)
      this.element.setAttribute("aria-activedescendant", `${this.id}-${this.chosen}`);
    else this.element.removeAttribute("aria-activedescendant");
    const wanted = this.told === this.chosen ? undefined : this.things.at(this.chosen);
    if (wanted === undefined) return;
    this.told = this.chosen;
    this.choose(wanted, this.chosen);
  }

  // Choose a row.
  go(index) {
    if (this.count === 0) return;
    this.chosen = Math.max(0, Math.min(this.count - 1, index));
    this.told = -1;
    this.see();
  }

  // Bring the row that is chosen into sight.
  see() {
    if (this.wraps) {
      this.refresh();
      this.inner.children[this.chosen].scrollIntoView({ block: "nearest" });
      return;
    }
    const height = this.pixels;
    const top = this.chosen * height;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + height > scrollTop + clientHeight)
      this.element.scrollTop = top + height - clientHeight;
    this.refresh();
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.pixels) - 1);
    const to = {
      ArrowDown: this.chosen + 1, ArrowUp: this.chosen - 1, Home: 0, End: this.count - 1,
      PageDown: this.chosen + page, PageUp: this.chosen - page,
    }[event.key];
    if (this.press(event)) this.refresh();
    else if (to === undefined) return;
    else this.go(to);
    event.preventDefault();
    event.stopPropagation();
  }
}

// Octets as hex and as text, sixteen a line, CR and LF in sight.
function hexdump(base64, words) {
  const octets = Array.from(atob(base64), (character) => character.charCodeAt(0));
  const lines = [];
  for (let at = 0; at < octets.length; at += 16) {
    const line = octets.slice(at, at + 16);
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

// Where what was chosen is shown in full, its octets on demand.
export class Details {
  words; open;

  constructor(words) {
    Object.assign(this, { words, open: false });
    this.element = h("div", { class: "sm-detail", role: "region", "aria-label": words.detail,
                              hidden: true });
  }

  // What is said of it, and its text, as far as it is known; `coming` is the kernel's answer, with
  // what it is, each of its texts, and its octets, as far as it has such.
  async show(about, text, coming) {
    this.coming = coming;
    const bar = h("div", { class: "sm-bar" }, about);
    const texts = h("div", {}, h("code", {}, text));
    this.element.replaceChildren(bar, texts);
    this.element.hidden = false;
    const told = await coming;
    if (told === undefined || this.coming !== coming) return;
    if (told.about) bar.prepend(h("span", { class: "sm-sentence" }, told.about));
    texts.replaceChildren(...told.texts.map((one) => h("code", {}, one)));
    if (told.octets === undefined) return;
    const count = told.cut ? fill(this.words.cut, told) : told.size;
    const octets = h("div", { hidden: !this.open }, hexdump(told.octets, this.words), count);
    bar.append(toggle(this.words.octets, this.open, (open) => {
      this.open = open;
      octets.hidden = !open;
    }));
    this.element.append(octets);
  }
}
