// A message laid open: the tree of its parts, and its octets line by line, each lighting the
// other. With two messages, two columns, and what differs.
import { button, counted, fill, h, heading, rfc, toggle } from "./live.js";
import { Chunks, Details, List } from "./list.js";

const MOST_ROWS = 1_000_000; // a browser draws no element that is much higher
const SIGN = "▲"; // of a rule that is broken

// A sign, and the words for who cannot see it.
const signed = (sign, words) => [h("span", { "aria-hidden": "true" }, sign),
                                 h("span", { class: "sm-hidden" }, ` ${words} `)];

// One message: its tree, its lines, and what is said of the line that is chosen. Lines are counted
// from 0 here, and from 1 in what the kernel tells of parts and marks.
class Pane {
  number; side; ask; words; options;

  constructor({ number, side, ask, words, options, two }) {
    Object.assign(this, { number, side, ask, words, options });
    this.marks = [];
    this.differ = []; // [first, last] of lines that differ
    this.nodes = []; // that differ
    this.node = 0;
    this.folded = side.folds; // in the order of the lines
    this.lines = new Chunks((first, count) => ask("lines", { side: number, first, count }),
                            () => this.list.refresh());
    this.lines.take({ first: 0, rows: side.rows });
    const titled = (one, other) => (two ? fill(other, { subject: side.title }) : one);
    this.tree = new List({
      label: titled(words.tree, words.tree_of), roles: ["tree", "treeitem"],
      things: side.nodes, rows: two ? 4 : 10, rowHeight: 2.7,
      rowAttributes: ({ level }) => ({ "aria-level": level }),
      draw: (node, index) => this.drawNode(node, index), choose: (_, index) => this.toNode(index),
    });
    this.list = new List({
      label: titled(words.raw, words.raw_of), things: { at: (row) => this.at(row) },
      rows: two ? 12 : 18, rowHeight: 1.5,
      draw: (one) => this.draw(one), choose: (one) => this.chosen(one),
      press: ({ key }) => (key === "Enter" || key === " ") && this.turn(this.foldAt(this.list.chosen)),
      rowClass: (one) => this.rowClass(one),
    });
    this.list.element.addEventListener("dblclick", () => this.turn(this.foldAt(this.list.chosen)));
    this.details = new Details(words);
    this.element = h("div", { class: "sm-pane" },
      two ? h("p", { class: "sm-head", role: "heading", "aria-level": "4" }, side.title) : null,
      h("div", { class: "sm-both" }, this.tree.element, this.list.element),
      side.limits.map((limit) => h("p", { class: "sm-muted" }, limit)), this.details.element);
    this.layOut();
    this.tree.resize(side.nodes.length);
    this.tree.mark(0);
  }

  layOut() {
    this.list.resize(Math.min(this.rowOf(this.side.total), MOST_ROWS));
  }

  // The row of a line: lines that are folded share one.
  rowOf(line) {
    const before = this.folded.filter(([first]) => first < line);
    return before.reduce((row, [first, count]) => row - Math.min(line - first, count - 1), line);
  }

  // The line of a row; for a fold it is the first one.
  lineOf(row) {
    return this.folded.reduce((line, [first, count]) => (first < line ? line + count - 1 : line), row);
  }

  foldAt(row) {
    const line = this.lineOf(row);
    return this.folded.find(([first]) => first === line);
  }

  // What stands in a row, or undefined while it is on its way: a fold, or a line.
  at(row) {
    const line = this.lineOf(row);
    const fold = this.foldAt(row);
    if (fold) return { line, fold, last: line + fold[1] };
    const told = this.lines.at(line);
    return told && { line, told, last: line + 1 };
  }

  // Fold some lines, or unfold them.
  turn(fold) {
    if (fold === undefined) return false;
    const { folded } = this;
    this.folded = this.side.folds.filter((one) => folded.includes(one) !== (one === fold));
    this.layOut();
    this.list.go(this.rowOf(fold[0]));
    return true;
  }

  differs({ line, last }) {
    return this.differ.some(([from, to]) => from <= last && to > line);
  }

  // The marks that begin in a row.
  marksAt({ line, last }) {
    return this.marks.filter((mark) => mark.line > line && mark.line <= last);
  }

  drawNode({ name, level, type, about }, index) {
    const marks = this.marks.filter((mark) => mark.node === index).length;
    const said = counted(this.words, marks, this.words.marks);
    return h("span", { style: `padding-left:${(Math.min(level, 12) - 1) * 1.1}em` },
      h("span", { class: "sm-muted" }, name), " ", h("span", { class: "sm-type" }, type),
      h("span", { class: "sm-bad" }, ...(marks ? signed(` ${SIGN}${marks}`, said) : []),
        ...(this.nodes.includes(index) ? signed(" ≠", this.words.differs) : [])),
      h("span", { class: "sm-about", title: about }, about));
  }

  draw(one) {
    const { words, options } = this;
    const { line, told, fold } = one;
    const signs = [
      this.differs(one) ? h("span", { class: "sm-bad" }, signed("≠", words.differs)) : null,
      ...this.marksAt(one).map((mark) => h("span", { class: "sm-bad", title: mark.words },
                                           signed(SIGN, words.rule))),
    ];
    const kind = (name) => [h("span", { class: "sm-no" }, String(line + 1)),
                            h("span", { class: "sm-kind" }, words.kinds[name]), ...signs];
    if (fold) {
      const [, , lines, octets] = fold;
      return [...kind("body"), h("em", {}, fill(words.fold_row, { lines, octets }))];
    }
    const decoded = options.decode && told.d;
    return [
      ...kind(told.k),
      decoded ? h("span", { class: "sm-mark" }, words.decoded) : null,
      h("code", {}, decoded || told.t),
      options.ends && !decoded && told.e
        ? h("span", { class: "sm-muted" }, told.e === "rn" ? "\\r\\n" : "\\n") : null,
    ];
  }

  rowClass(one) {
    const { head, body } = this.side.nodes[this.node];
    const within = ([first, last]) => first <= one.line + 1 && one.line < last;
    const lit = within(head) ? "sm-lit sm-lit-header" : within(body) ? "sm-lit sm-lit-body" : "";
    return `sm-octets ${lit} ${this.differs(one) ? "sm-other" : ""}`;
  }

  // A node was chosen in the tree: as much of it as there is room for is in sight.
  toNode(index) {
    this.node = index;
    this.list.go(this.rowOf(this.side.nodes[index].head[0] - 1));
    this.list.element.scrollTop = this.list.chosen * this.list.pixels;
    this.list.refresh();
  }

  // A line, numbered from 1, in sight and chosen; unfolded when it is folded.
  toLine(number) {
    const row = this.rowOf(number - 1);
    this.turn(this.foldAt(row));
    this.list.go(this.rowOf(number - 1));
  }

  // A row was chosen: its node is lit, and what it is is said below.
  chosen(one) {
    const { line, told, fold } = one;
    const { nodes, folds, title } = this.side;
    const [first, last] = nodes[this.node].head;
    // The header of a part may be an empty line, which belongs to another one, too.
    if (line + 1 < first || line + 1 > last)
      this.node = told ? told.n : nodes.filter(({ head }) => head[0] <= line + 1).length - 1;
    this.tree.mark(this.node);
    this.tree.see();
    this.list.refresh();
    const run = folds.find(([from, count]) => from <= line && line < from + count);
    const marks = this.marks.filter((mark) => mark.line <= one.last && mark.last > line);
    const about = [
      fill(this.words.line, { line: line + 1 }),
      run ? button(fold ? this.words.unfold : this.words.fold, () => this.turn(run)) : "",
      ...marks.map((mark) => h("p", { class: "sm-bad" }, signed(SIGN, this.words.rule), " ",
                               mark.words, " ", rfc(mark))),
    ];
    this.details.show(about, told ? told.t : title, this.ask("line", { side: this.number, line }));
  }
}

// What was found, to go through one after the other.
const found = (label, waiting, draw, choose) => {
  const title = h("p", { role: "status" });
  const list = new List({ label, rows: 4, rowHeight: 1.5, things: [], draw, choose, wraps: true });
  const take = (all, said) => {
    title.textContent = said;
    list.things = all;
    list.element.hidden = all.length === 0;
    list.resize(all.length);
  };
  take([], waiting);
  return { element: h("div", {}, title, list.element), take };
};

export default ({ root, ask, words, state }) => {
  root.classList.add("sm-explorer");
  const options = { decode: true, ends: false };
  const two = state.sides.length > 1;
  const panes = state.sides.map((side, number) =>
    new Pane({ number, side, ask, words, options, two }));
  const redraw = () => panes.forEach(({ tree, list }) => [tree, list].forEach((one) => one.refresh()));
  const place = (number, line) => fill(two ? words.places[number] : words.line, { line });
  const option = (label, name) =>
    toggle(label, options[name], (yes) => {
      options[name] = yes;
      redraw();
    });

  const marks = found(words.rule, words.judging,
    ({ side, line, words: said }) => [h("span", { class: "sm-bad" }, signed(SIGN, words.rule)),
                                      h("span", {}, fill(words.named, { name: place(side, line), value: said }))],
    ({ side, line }) => panes[side].toLine(line));
  const differences = found(words.differs, "",
    ({ words: said, sides }) => {
      const places = sides.map(([run], number) => (run ? place(number, run[0]) : ""));
      return h("span", {}, fill(words.named, { name: said, value: places.filter(Boolean).join(words.list) }));
    },
    ({ sides }) => sides.forEach(([run], number) => run && panes[number].toLine(run[0])));
  const notes = h("div");
  root.append(
    h("div", { class: "sm-bar" }, heading(state.title),
      option(words.decode, "decode"), option(words.ends, "ends")),
    h("div", { class: "sm-found" }, two ? differences.element : null, marks.element), notes,
    h("div", { class: `sm-panes${two ? " sm-two" : ""}` }, panes.map((pane) => pane.element)));

  const judged = (sides) => {
    sides.forEach((side, number) => (panes[number].marks = side.marks));
    const all = sides.flatMap((side, number) => side.marks.map((mark) => ({ ...mark, side: number })));
    marks.take(all, all.length ? counted(words, all.length, words.marks) : words.no_marks);
    const limits = sides.flatMap((side) => side.limits);
    notes.append(...limits.map((limit) => h("p", { class: "sm-muted" }, limit)));
    redraw();
  };
  const compared = (told) => {
    panes.forEach((pane, number) => {
      pane.differ = told.flatMap(({ sides }) => sides[number]);
      pane.nodes = told.map(({ nodes }) => nodes[number]);
    });
    differences.take(told, told.length ? counted(words, told.length, words.differences)
                                       : words.no_differences);
    redraw();
  };
  return {
    opened() {
      ask("marks").then((sides) => sides && judged(sides));
      if (two) ask("differences").then((told) => told && compared(told));
    },
  };
};
