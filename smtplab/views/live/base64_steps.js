// Base64, bit by bit. Every cell is a range of bits; cells whose bits meet are neighbours.
import { built, counted, fill, h, heading, uid } from "./live.js";

const KINDS = ["char", "octet", "bit", "six", "number", "letter"];
const LINE = 72; // bits: nine octets, twelve letters

export default ({ root, ask, words, state }) => {
  let told = state;
  let cells = []; // {kind, index, from, to, text, said}, and its elements, one for each of its lines
  let current = null; // the cell that has the focus, or would get it
  const id = uid();

  // The cells: their bits, what stands in each, and what is said of it

  const hex = (octet) => octet.toString(16).padStart(2, "0");
  const span = (one, many, first, last) =>
    first === last ? fill(one, { n: first + 1 })
                   : fill(many, { first: first + 1, last: last + 1 });
  const lettersOf = (from, to) =>
    span(words.letter_one, words.letter_many, Math.floor(from / 6), Math.ceil(to / 6) - 1);
  // The octets that six bits are taken from, and zeros behind them.
  const parts = (from, end) => {
    const border = Math.min(from + 6, from - (from % 8) + 8);
    const pieces = border < from + 6 ? [[from, border], [border, from + 6]] : [[from, border]];
    return pieces.map(([at, to]) => {
      const key = at >= end ? "zeros" : at % 8 === 0 ? "first_bits" : "last_bits";
      return counted(words, to - at, words[key], { n: (at >> 3) + 1 });
    }).join(words.and);
  };
  const made = () => {
    const { octets, letters, characters } = told;
    const end = octets.length * 8;
    const bits = octets.map((octet) => octet.toString(2).padStart(8, "0")).join("")
      .padEnd(Math.ceil(end / 6) * 6, "0");
    // As many cells as there is room for, each of so many bits.
    const row = (kind, wide, room, about) =>
      Array.from({ length: room / wide }, (_, index) => {
        const [from, to] = [index * wide, (index + 1) * wide];
        return { kind, index, from, to, ...about(index, bits.slice(from, to)) };
      });
    const sixes = (kind, room, text) =>
      row(kind, 6, room, (n, own) => ({
        text: text(n, own),
        said: () => (own === "" ? words.at.padding : fill(words.at[kind], {
          n: n + 1, letter: letters[n], number: parseInt(own, 2), bits: own, parts: parts(n * 6, end) })),
      }));
    return [
      ...characters.map(([text, first, char], index) => {
        const next = characters[index + 1]?.[1] ?? octets.length;
        const [from, to] = [first * 8, next * 8];
        const said = () => (char === "" ? fill(words.at.none, { n: first + 1 }) : fill(words.at.char, {
          n: index + 1, char, octets: span(words.octet_one, words.octet_many, first, next - 1),
          letters: lettersOf(from, to) }));
        return { kind: "char", index, from, to, text: text || "–", said };
      }),
      ...row("octet", 8, end, (n, own) => ({
        text: inDecimal.checked ? String(octets[n]) : hex(octets[n]),
        said: () => fill(words.at.octet, {
          n: n + 1, hex: hex(octets[n]), decimal: octets[n], bits: own,
          letters: lettersOf(n * 8, n * 8 + 8) }),
      })),
      ...row("bit", 1, bits.length, (n, own) => ({
        text: own,
        said: () => fill(words.at[n < end ? "bit" : "added"], {
          n: (n >> 3) + 1, bit: (n % 8) + 1, value: own, of_six: (n % 6) + 1,
          place: Math.floor(n / 6) + 1, letter: letters[Math.floor(n / 6)] }),
      })),
      ...sixes("six", bits.length, (n, own) => own),
      ...sixes("number", bits.length, (n, own) => String(parseInt(own, 2))),
      ...sixes("letter", Math.ceil(end / 24) * 24, (n) => letters[n]),
    ];
  };

  // The fields

  const note = (name) => h("p", { class: "sm-wrong", id: `${id}-${name}-wrong`, role: "status" });
  const [inWrong, outWrong] = [note("in"), note("out")];
  const field = (name, oninput) =>
    h("textarea", { class: "sm-field", id: `${id}-${name}`, rows: 2, spellcheck: "false",
                    autocomplete: "off", autocapitalize: "off", oninput,
                    "aria-describedby": `${id}-${name}-wrong` });
  const input = field("in", () => typed(asHex.checked ? "hex" : "text", input, inWrong));
  const output = field("out", () => typed("letters", output, outWrong));
  const inLabel = h("label", { for: input.id });
  const check = (label, onchange) => {
    const box = h("input", { type: "checkbox", onchange });
    return [box, h("label", { class: "sm-check" }, box, " ", label)];
  };
  const [asHex, hexLabel] = check(words.hex, () => showInput());
  const [inDecimal, decimalLabel] = check(words.decimal, () => draw());

  let asked = 0;
  const typed = async (how, from, wrong) => {
    const number = ++asked;
    const answer = await ask(how, { typed: from.value });
    if (answer === undefined || number !== asked) return;
    told = answer;
    inWrong.textContent = outWrong.textContent = "";
    if (from === input) output.value = told.letters;
    else showInput();
    wrong.textContent = told.wrong;
    draw();
    cut();
  };
  const showInput = () => {
    const only = told.text === null && !asHex.checked;
    inWrong.textContent = only ? words.only_hex : "";
    if (only) asHex.checked = true;
    input.value = asHex.checked ? told.hex : told.text;
    inLabel.textContent = asHex.checked ? words.hex : words.text;
    input.classList.toggle("sm-code", asHex.checked);
  };

  // The grid

  const grid = h("div", { class: "sm-b64", role: "grid", "aria-label": words.grid });
  const status = h("p", { class: "sm-b64-status", role: "status" });
  const rest = h("p", { class: "sm-muted" });
  // A cell, in a line that may have the first or the last bits of it only.
  const drawCell = (cell, start) => {
    const { kind, index, from, to, text } = cell;
    const column = `${Math.max(from - start, 0) + 2}/${Math.min(to - start, LINE) + 2}`;
    const zeros = kind === "six" ? Math.max(0, to - told.octets.length * 8) : 0;
    const shown = zeros ? [text.slice(0, 6 - zeros), h("u", {}, text.slice(6 - zeros))] : [text];
    const element = h("span", { class: `sm-cell sm-cell-${kind}`, role: "gridcell", tabindex: "-1",
                                style: `grid-column:${column}` }, from < start ? "…" : shown);
    if (kind === "bit" && from >= told.octets.length * 8) element.classList.add("sm-added");
    if (kind === "bit" && index % 8 === 0) element.classList.add("sm-eight");
    cell.elements.push(element);
    return element;
  };
  const draw = () => {
    const before = current;
    const focused = grid.contains(document.activeElement);
    cells = made().map((cell) => ({ ...cell, elements: [] }));
    const lines = [];
    for (let start = 0; start < told.octets.length * 8; start += LINE) {
      const rows = KINDS.map((kind) => h("div", { class: "sm-b64-row", role: "row" },
        h("span", { role: "rowheader", class: "sm-b64-name" }, words.rows[kind]),
        cells.filter((one) => one.kind === kind && one.from < start + LINE && one.to > start)
          .map((one) => drawCell(one, start))));
      lines.push(h("div", { class: "sm-b64-line", role: "rowgroup" }, rows));
    }
    grid.replaceChildren(...lines);
    grid.hidden = lines.length === 0;
    status.textContent = lines.length ? words.help : words.nothing;
    rest.textContent = told.rest;
    current = before && (find(before.kind, before.index) ?? find(before.kind, 0));
    rove(current ?? find("octet", 0));
    if (focused) current?.elements[0].focus();
  };
  const find = (kind, index) => cells.find((one) => one.kind === kind && one.index === index);
  const cellOf = (target) => cells.find(({ elements }) => elements.includes(target.closest(".sm-cell")));
  // One cell is in the order of the Tab key; arrow keys go on from there.
  const rove = (one) => {
    for (const { elements } of cells) elements[0].tabIndex = -1;
    if (one) one.elements[0].tabIndex = 0;
    current = one;
  };
  // Light a cell, and all that its bits are part of; or nothing.
  const light = (one) => {
    for (const other of cells)
      for (const element of other.elements) {
        const meets = Boolean(one) && other.from < one.to && one.from < other.to;
        element.classList.toggle("sm-lit", meets);
        element.classList.toggle("sm-here", other === one);
      }
    if (one) status.textContent = one.said();
  };
  // Cells that are drawn anew beneath a mouse at rest were not pointed at.
  let place = "";
  grid.addEventListener("mousemove", (event) => {
    const one = cellOf(event.target);
    const there = `${event.screenX} ${event.screenY}`;
    if (one && there !== place) light(one);
    place = there;
  });
  grid.addEventListener("mouseleave", () =>
    light(grid.contains(document.activeElement) ? current : null));
  grid.addEventListener("focusin", (event) => {
    const one = cellOf(event.target);
    if (!one) return;
    rove(one);
    light(one);
  });
  grid.addEventListener("focusout", () => light(null));
  grid.addEventListener("keydown", (event) => {
    const { kind, index, from } = current;
    const all = (name) => cells.filter((one) => one.kind === name);
    const beside = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0,
                     End: all(kind).length - 1 }[event.key];
    const below = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (beside === undefined && below === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const to = below === undefined ? find(kind, beside)
      : all(KINDS[KINDS.indexOf(kind) + below]).filter((one) => one.from <= from).at(-1);
    to?.elements[0].focus();
  });

  // Blocks

  const size = h("input", { type: "number", min: 0, value: state.blocks, id: `${id}-blocks`,
                            class: "sm-field", oninput: () => cut() });
  const outcome = h("div", { role: "region", "aria-label": words.blocks_result });
  const cut = async () => {
    const number = Math.max(0, Math.floor(Number(size.value)));
    const { letters } = told;
    const came = number && letters ? await ask("blocks", { letters, size: number }) : [];
    const late = letters !== told.letters || number !== Math.max(0, Math.floor(Number(size.value)));
    if (came === undefined || late) return;
    outcome.replaceChildren(...built(came));
    // Each = that stands inside the text is marked, for eyes and for ears.
    for (const code of [...outcome.querySelectorAll("p > code")].slice(0, -1)) {
      const [, before, padding] = code.textContent.match(/^(.*?)(=*)$/);
      code.replaceChildren(before, ...(padding ? [h("mark", { title: words.seam }, padding)] : []));
    }
  };

  const cellsPart = h("div", {}, grid, status, rest);
  const blocksPart = h("div", {},
    h("div", { class: "sm-bar" }, h("label", { for: size.id }, words.blocks), size), outcome);
  root.append(
    h("div", { class: "sm-bar" }, heading(words.title), hexLabel, decimalLabel),
    h("div", { class: "sm-b64-fields" },
      h("div", {}, inLabel, input, inWrong),
      h("div", {}, h("label", { for: output.id }, words.letters), output, outWrong)),
    // Who came for the blocks finds them first.
    ...(state.blocks ? [blocksPart, cellsPart] : [cellsPart, blocksPart]));

  output.classList.add("sm-code");
  output.value = told.letters;
  asHex.checked = told.text === null;
  showInput();
  inWrong.textContent = told.wrong;
  draw();
  return { opened: cut };
};
