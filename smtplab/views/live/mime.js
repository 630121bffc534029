// A message laid open: the tree of its parts, and its octets line by line, each lighting the
// other. With two messages, two columns, and what differs.
import { Chunks, List, counted, fill, h, hexdump, live, octetsOf } from "./live.js";

const CHUNK = 200;
const MOST_ROWS = 1_000_000; // a browser draws no element that is much higher
const PATIENCE = 600; // milliseconds after which it is said that the kernel is waited for

const button = (label, onclick, attributes = {}) =>
  h("button", { type: "button", onclick, ...attributes }, label);

// A button that is pressed or not.
const toggle = (label, pressed, change) => {
  const made = button(label, () => {
    pressed = !pressed;
    made.setAttribute("aria-pressed", String(pressed));
    change(pressed);
  }, { "aria-pressed": String(pressed) });
  return made;
};

const rfc = (mark) => (mark.link
  ? h("a", { href: mark.link, target: "_blank", rel: "noopener noreferrer" }, mark.label)
  : null);

// A sign, and the words for who cannot see it.
const signed = (sign, words) => [h("span", { "aria-hidden": "true" }, sign),
                                 h("span", { class: "sm-hidden" }, ` ${words} `)];

// The tree of one message, with the keys of the WAI-ARIA pattern for trees.
class Tree {
  constructor({ label, nodes, choose, words }) {
    Object.assign(this, { nodes, choose, words });
    this.closed = new Set();
    this.chosen = 0;
    this.items = nodes.map((node, index) => this.item(node, index));
    this.element = h("div", { class: "sm-tree", role: "tree", "aria-label": label,
                              onkeydown: (event) => this.key(event) }, this.items);
    this.refresh();
  }

  item(node, index) {
    const { nodes } = this;
    const siblings = nodes.filter((other) => other.level === node.level
      && other.name.split(".").slice(0, -1).join() === node.name.split(".").slice(0, -1).join());
    node.parent = -1;
    for (let at = index - 1; at >= 0 && node.parent < 0; at--)
      if (nodes[at].level < node.level) node.parent = at;
    node.above = nodes[index + 1]?.level > node.level;
    const sign = h("span", { class: "sm-twist", "aria-hidden": "true" });
    const marks = h("span", { class: "sm-tree-marks" });
    const item = h("div", {
      class: "sm-node", role: "treeitem", "aria-level": node.level,
      "aria-setsize": siblings.length, "aria-posinset": siblings.indexOf(node) + 1,
      style: `padding-left:${(Math.min(node.level, 12) - 1) * 1.1}em`,
      onclick: (event) => {
        if (event.target === sign && node.above) this.turn(index);
        this.go(index);
      },
    }, sign, h("span", { class: "sm-muted" }, node.name), " ",
       h("span", { class: "sm-type" }, node.type), marks,
       h("span", { class: "sm-about" }, node.about));
    return item;
  }

  hidden(index) {
    for (let at = this.nodes[index].parent; at >= 0; at = this.nodes[at].parent)
      if (this.closed.has(at)) return true;
    return false;
  }

  refresh() {
    this.items.forEach((item, index) => {
      const open = !this.closed.has(index);
      item.hidden = this.hidden(index);
      item.tabIndex = index === this.chosen ? 0 : -1;
      item.setAttribute("aria-selected", String(index === this.chosen));
      item.classList.toggle("sm-chosen", index === this.chosen);
      if (!this.nodes[index].above) return;
      item.setAttribute("aria-expanded", String(open));
      item.firstChild.textContent = open ? "▾" : "▸";
    });
  }

  // How many marks stand in each part, and which parts differ from those of the other message.
  sign(marks, differ) {
    const { words } = this;
    this.items.forEach((item, index) => {
      const here = marks.filter((mark) => mark.node === index).length;
      item.querySelector(".sm-tree-marks").replaceChildren(
        ...(here === 0 ? [] : signed(` ${words.signs.rule}${here}`, counted(words, here, words.marks))),
        ...(differ.includes(index) ? signed(" ≠", words.differs) : []));
    });
  }

  turn(index) {
    if (!this.closed.delete(index)) this.closed.add(index);
    this.refresh();
  }

  // Choose a node as a reader does: its lines are shown.
  go(index) {
    this.light(index);
    this.items[this.chosen].focus({ preventScroll: true });
    this.choose(this.chosen);
  }

  // Choose a node because one of its lines was.
  light(index) {
    this.chosen = index;
    for (let at = this.nodes[index].parent; at >= 0; at = this.nodes[at].parent)
      this.closed.delete(at);
    this.refresh();
    const [item, box] = [this.items[index], this.element];
    if (item.offsetTop < box.scrollTop) box.scrollTop = item.offsetTop;
    else if (item.offsetTop + item.offsetHeight > box.scrollTop + box.clientHeight)
      box.scrollTop = item.offsetTop + item.offsetHeight - box.clientHeight;
  }

  key(event) {
    const at = this.chosen;
    const { above, parent } = this.nodes[at];
    const seen = this.nodes.map((_, index) => index).filter((index) => !this.hidden(index));
    const place = seen.indexOf(at);
    const opens = above && this.closed.has(at);
    if (event.key === "ArrowRight" && above) opens ? this.turn(at) : this.go(at + 1);
    else if (event.key === "ArrowLeft" && above && !opens) this.turn(at);
    else if (event.key === "ArrowLeft" && parent >= 0) this.go(parent);
    else if (event.key === "ArrowDown") this.go(seen[Math.min(place + 1, seen.length - 1)]);
    else if (event.key === "ArrowUp") this.go(seen[Math.max(place - 1, 0)]);
    else if (event.key === "Home") this.go(0);
    else if (event.key === "End") this.go(seen.at(-1));
    else if (event.key === "Enter" || event.key === " ") this.go(at);
    else if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    event.stopPropagation();
  }
}

// One message: its tree, its lines, and what is said of the line that is chosen.
class Pane {
  constructor({ number, side, ask, words, options, two }) {
    Object.assign(this, { number, side, ask, words, options });
    this.lines = side.rows.slice();
    this.chunks = new Chunks(CHUNK, async (first) => {
      const told = await ask("lines", { side: number, first, count: CHUNK });
      told.rows.forEach((row, n) => (this.lines[told.first + n] = row));
      this.list.refresh();
      if (this.lines[this.waits]) this.chosen(this.list.chosen);
    });
    this.open = new Set(); // the folds that are not folded
    this.marks = [];
    this.differ = []; // [first, last] of lines that differ
    this.nodes = []; // that differ
    this.node = -1;
    this.detailed = 0;
    this.tree = new Tree({
      label: two ? fill(words.tree_of, { subject: side.title }) : words.tree,
      nodes: side.nodes, words, choose: (index) => this.toNode(index),
    });
    this.list = new List({
      label: two ? fill(words.raw_of, { subject: side.title }) : words.raw,
      rows: two ? 12 : 18, rowHeight: 1.5,
      draw: (index) => this.draw(index), choose: (index) => this.chosen(index),
      enter: (index) => this.enter(index), rowClass: (index) => this.rowClass(index),
    });
    this.list.element.addEventListener("dblclick", () => this.enter(this.list.chosen));
    this.about = h("div", { class: "sm-detail", role: "region", hidden: true,
                            "aria-label": words.detail });
    this.element = h("div", { class: "sm-pane" },
      two ? h("p", { class: "sm-head", role: "heading", "aria-level": "4" }, side.title) : null,
      h("div", { class: "sm-both" }, this.tree.element, this.list.element),
      side.limits.map((limit) => h("p", { class: "sm-muted" }, limit)), this.about);
    this.layOut();
  }

  // Rows are lines, but for base64 that is folded, and for marks, which stand below their line.
  layOut() {
    const breaks = [];
    for (const [number, [first, count]] of this.side.folds.entries())
      if (!this.open.has(number)) breaks.push({ line: first, count, fold: number });
    const folded = breaks.slice();
    for (const mark of this.marks) {
      const within = folded.find(({ line, count }) => mark.line > line && mark.line <= line + count);
      breaks.push({ line: within ? within.line + within.count : mark.line, count: 0, mark,
                    order: 1 });
    }
    breaks.sort((a, b) => a.line - b.line || (b.order ?? 0) - (a.order ?? 0));
    this.runs = [];
    let [row, line] = [0, 0];
    const lines = (end) => {
      if (end > line) this.runs.push({ row, line, count: end - line });
      row += Math.max(0, end - line);
      line = Math.max(line, end);
    };
    for (const one of breaks) {
      lines(one.line);
      this.runs.push({ row, ...one });
      row += 1;
      line += one.count;
    }
    lines(this.side.total);
    this.total = row;
  }

  sign() {
    this.tree.sign(this.marks, this.nodes);
  }

  refresh() {
    const more = this.total > MOST_ROWS;
    this.list.resize(more ? MOST_ROWS + 1 : this.total);
  }

  // What stands in a row: {line}, {line, fold} or {mark}.
  at(row) {
    if (row >= MOST_ROWS) return { more: true };
    let [low, high] = [0, this.runs.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.runs[middle].row <= row) low = middle;
      else high = middle - 1;
    }
    const run = this.runs[low];
    return run.mark || run.fold !== undefined ? run : { line: run.line + row - run.row };
  }

  rowOf(line) {
    let found = 0;
    for (const run of this.runs) {
      if (run.mark) continue;
      if (run.line > line) break;
      found = run.fold === undefined ? run.row + Math.min(line - run.line, run.count - 1) : run.row;
    }
    return found;
  }

  // A line, or null: then it is on its way.
  line(number) {
    if (this.lines[number]) return this.lines[number];
    this.chunks.want(number);
    return null;
  }

  differs(number) {
    return this.differ.some(([first, last]) => number >= first - 1 && number < last);
  }

  draw(row) {
    const { words, options } = this;
    const here = this.at(row);
    if (here.more) return h("span", { class: "sm-muted" }, words.more);
    if (here.mark) {
      const { kind, words: said, label } = here.mark;
      return [h("span", { class: "sm-no" }), h("span", { class: "sm-markline" },
        signed(words.signs[kind], words.says[kind]), " ", said,
        label ? ` (${label})` : "")];
    }
    if (here.fold !== undefined) {
      const [, , lines, octets] = this.side.folds[here.fold];
      return [h("span", { class: "sm-no" }), h("span", { class: "sm-kind" }, words.kinds.body),
              h("span", { class: "sm-folded" }, fill(words.fold_row, { lines, octets }))];
    }
    const line = this.line(here.line);
    if (line === null) return null;
    const decoded = options.decode && line.d !== undefined;
    return [
      h("span", { class: "sm-no" }, String(here.line + 1)),
      h("span", { class: "sm-kind" }, words.kinds[line.k]),
      this.differs(here.line)
        ? h("span", { class: "sm-differs" }, signed("≠", words.differs)) : null,
      decoded ? h("span", { class: "sm-mark" }, words.decoded) : null,
      h("code", {}, decoded ? line.d : line.t),
      options.ends && !decoded && line.e
        ? h("span", { class: "sm-ends" }, line.e === "rn" ? "␍␊" : "␊") : null,
    ];
  }

  rowClass(row) {
    const here = this.at(row);
    if (here.mark) return "sm-row-mark";
    const classes = ["sm-octets"];
    if (here.line === undefined) return "";
    const { head, body } = this.side.nodes[this.node] ?? { head: [1, 0], body: [1, 0] };
    const number = here.line + 1;
    if (number >= head[0] && number <= head[1]) classes.push("sm-lit sm-lit-header");
    else if (number >= body[0] && number <= body[1]) classes.push("sm-lit sm-lit-body");
    if (this.differs(here.line)) classes.push("sm-other");
    return classes.join(" ");
  }

  // A node was chosen in the tree.
  toNode(index) {
    this.node = index;
    this.list.go(this.rowOf(this.side.nodes[index].head[0] - 1));
    // As much of it as there is room for.
    this.list.element.scrollTop = this.list.chosen * this.list.pixels;
    this.list.refresh();
  }

  // A line, numbered from 1, in sight and chosen; unfolded when it is folded.
  toLine(number) {
    const row = this.rowOf(number - 1);
    const here = this.at(row);
    if (here.fold !== undefined) {
      this.open.add(here.fold);
      this.layOut();
      this.refresh();
    }
    this.list.go(this.rowOf(number - 1));
  }

  toMark(mark) {
    this.toLine(mark.line);
    const row = this.runs.find((run) => run.mark === mark)?.row;
    if (row !== undefined) this.list.go(row);
  }

  enter(row) {
    const here = this.at(row);
    if (here.fold === undefined) return;
    this.open.add(here.fold);
    this.layOut();
    this.refresh();
    this.list.go(row);
  }

  fold(number) {
    this.open.delete(number);
    this.layOut();
    this.refresh();
    this.list.go(this.rowOf(this.side.folds[number][0]));
  }

  // A row was chosen: its node is lit, and what it is is said below.
  chosen(row) {
    const here = this.at(row);
    if (here.more) return;
    const number = here.mark ? here.mark.line - 1 : here.line;
    const line = here.mark ? null : this.line(number);
    const node = here.mark ? here.mark.node : line?.n;
    this.waits = line === null && !here.mark ? number : undefined;
    if (node !== undefined && (this.node < 0 || !this.within(this.node, number + 1, line)))
      this.node = node;
    if (this.node >= 0 && this.tree.chosen !== this.node) this.tree.light(this.node);
    this.list.refresh();
    this.detail(here, number);
  }

  // Whether a line is one that the node itself has: then the node stays chosen.
  within(index, number, line) {
    const { head } = this.side.nodes[index];
    return line?.n === index || (number >= head[0] && number <= head[1] && line === null);
  }

  detail(here, number) {
    const { words } = this;
    const asked = ++this.detailed;
    const marks = here.mark ? [here.mark]
      : this.marks.filter(({ line, last }) => line <= number + 1 && number + 1 <= last);
    const said = marks.map((mark) => h("p", { class: "sm-markline" },
      signed(words.signs[mark.kind], words.says[mark.kind]), " ", mark.words, " ", rfc(mark)));
    const about = h("span", { class: "sm-sentence" });
    const full = h("code", {});
    const decoded = h("code", { class: "sm-decoded", hidden: true });
    const octets = h("div", { hidden: !this.options.octets });
    const more = toggle(words.octets, this.options.octets ?? false, (pressed) => {
      this.options.octets = pressed;
      octets.hidden = !pressed;
    });
    const fold = this.side.folds.findIndex(([first, count]) =>
      number >= first && number < first + count);
    const unfolds = fold < 0 ? null : here.fold !== undefined
      ? button(words.unfold, () => this.enter(this.list.chosen))
      : button(words.fold, () => this.fold(fold));
    this.about.replaceChildren(
      h("div", { class: "sm-bar" }, h("span", {}, fill(words.line, { line: number + 1 })), about,
        unfolds, here.fold === undefined ? more : null),
      ...said, ...(here.fold === undefined ? [full, decoded, octets] : []));
    this.about.hidden = false;
    this.ask("line", { side: this.number, line: number }).then((told) => {
      if (asked !== this.detailed) return;
      about.textContent = told.about;
      full.textContent = told.text;
      decoded.textContent = told.decoded ?? "";
      decoded.hidden = told.decoded === undefined;
      octets.replaceChildren(hexdump(octetsOf(told.octets), words),
                             told.cut ? fill(words.cut, { size: told.size }) : told.size);
    });
  }
}

// Things to go through one after the other, and a list of them all.
class Tour {
  constructor({ words, next, last, at, show, item }) {
    Object.assign(this, { at, show, item });
    this.things = [];
    this.place = -1;
    this.where = h("span", { role: "status" });
    this.next = button(next, () => this.step(1), { disabled: true });
    this.last = button(last, () => this.step(-1), { disabled: true });
    this.list = h("ul", { class: "sm-tour" });
    this.all = h("details", { hidden: true }, h("summary", {}, ""), this.list);
    this.element = h("div", { class: "sm-bar" }, this.last, this.next, this.where, this.all);
  }

  fill(things, title, all) {
    this.things = things;
    this.where.textContent = title;
    this.all.firstChild.textContent = all;
    this.all.hidden = things.length === 0;
    this.next.disabled = this.last.disabled = things.length === 0;
    this.list.replaceChildren(...things.map((thing, index) => h("li", {}, this.item(thing,
      (label) => h("button", { type: "button", class: "sm-link", onclick: () => this.go(index) },
                   label)))));
  }

  step(by) {
    const count = this.things.length;
    this.go(this.place < 0 ? (by > 0 ? 0 : count - 1) : (this.place + by + count) % count);
  }

  go(index) {
    this.place = index;
    this.where.textContent = fill(this.at, { at: index + 1, of: this.things.length });
    this.show(this.things[index]);
  }
}

export default live(({ root, link, words, state }) => {
  root.classList.add("sm-explorer");
  const options = { decode: true, ends: false };
  const two = state.sides.length > 1;
  const waiting = h("p", { class: "sm-muted", role: "status", hidden: true }, words.waiting);

  // Ask the kernel, and say so when it lets wait.
  let open = 0;
  const ask = (name, values) => {
    open += 1;
    const timer = setTimeout(() => (waiting.hidden = false), PATIENCE);
    const answer = link.ask(name, values);
    answer.catch((error) => {
      waiting.textContent = fill(words.failed, { error: error.message });
      waiting.hidden = false;
      failed = true;
    }).finally(() => {
      clearTimeout(timer);
      open -= 1;
      if (open === 0 && !failed) waiting.hidden = true;
    });
    return answer;
  };
  let failed = false;

  const panes = state.sides.map((side, number) =>
    new Pane({ number, side, ask, words, options, two }));
  const redraw = () => panes.forEach((pane) => pane.list.refresh());

  const marks = new Tour({
    words, next: words.next_mark, last: words.last_mark, at: words.mark,
    show: ({ pane, mark }) => pane.toMark(mark),
    item: ({ pane, mark }, go) => [
      ...signed(words.signs[mark.kind], words.says[mark.kind]), " ",
      go(fill(two ? words.places[pane.number] : words.line, { line: mark.line })), " ", mark.words, " ", rfc(mark)],
  });
  marks.where.textContent = words.judging;

  const differences = two ? new Tour({
    words, next: words.next_difference, last: words.last_difference, at: words.difference,
    show: ({ sides }) => sides.forEach((runs, number) => {
      if (runs.length > 0) panes[number].toLine(runs[0][0]);
    }),
    item: ({ words: said, sides }, go) => [go(said), " ",
      sides.map((runs, number) => (runs.length === 0 ? null
        : fill(words.places[number], { line: runs[0][0] })))
        .filter((place) => place !== null).join(", ")],
  }) : null;

  const notes = h("div", {});
  root.append(
    h("div", { class: "sm-bar" },
      h("p", { class: "sm-head", role: "heading", "aria-level": "3" }, state.title),
      toggle(words.decode, options.decode, (pressed) => {
        options.decode = pressed;
        redraw();
      }),
      toggle(words.ends, options.ends, (pressed) => {
        options.ends = pressed;
        redraw();
      })),
    h("div", { class: "sm-tours" }, ...(differences ? [differences.element] : []), marks.element),
    notes, waiting,
    h("div", { class: `sm-panes${two ? " sm-two" : ""}` }, panes.map((pane) => pane.element)));

  return {
    opened() {
      panes.forEach((pane) => pane.refresh());
      ask("marks").then((sides) => {
        const all = [];
        sides.forEach((side, number) => {
          const pane = panes[number];
          pane.marks = side.marks;
          pane.sign();
          pane.layOut();
          pane.refresh();
          side.marks.forEach((mark) => all.push({ pane, mark }));
          notes.append(...side.limits.map((limit) => h("p", { class: "sm-muted" }, limit)));
        });
        marks.fill(all, all.length ? counted(words, all.length, words.marks) : words.no_marks,
                   words.all);
      }, () => {});
      if (two)
        ask("differences").then((told) => {
          panes.forEach((pane, number) => {
            pane.differ = told.flatMap(({ sides }) => sides[number]);
            pane.nodes = told.map(({ nodes }) => nodes[number]);
            pane.sign();
            pane.list.refresh();
          });
          differences.fill(told, told.length ? counted(words, told.length, words.differences)
                                             : words.no_differences, words.all);
        }, () => {});
    },
  };
});
