// Base64, bit by bit. Every cell is a range of bits; cells whose bits meet are neighbours.
import { counted, fill, h, live, octetsOf, uid } from "./live.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const KINDS = ["char", "octet", "bit", "six", "number", "letter"];
const MOST = 16384; // octets that are taken
const LINES = 3; // of cells that are shown at once
const GROUP = 24 * 0.62; // em that three octets need
const NAMES = 5.4; // em for the names of the rows
const LARGEST = 1100; // octets in a block
const EDGE = 16; // letters that are shown at each end of a block
const BLOCKS = 6; // blocks that are shown, the first and the last of them

// Computing. RFC 4648, section 4.

export const encode = (octets) => {
  let letters = "";
  for (let at = 0; at < octets.length; at += 3) {
    const [a, b = 0, c = 0] = octets.slice(at, at + 3);
    const bits = (a << 16) | (b << 8) | c;
    const kept = Math.min(octets.length - at, 3) + 1;
    for (let n = 0; n < 4; n++) letters += n < kept ? ALPHABET[(bits >> (18 - 6 * n)) & 63] : "=";
  }
  return letters;
};

// The octets of letters without any =; bits that make no whole octet are dropped.
const octetsOfLetters = (letters) => {
  const octets = [];
  let [bits, count] = [0, 0];
  for (const letter of letters) {
    bits = ((bits << 6) | ALPHABET.indexOf(letter)) & 0xffff;
    count += 6;
    if (count >= 8) octets.push((bits >> (count -= 8)) & 255);
  }
  return Uint8Array.from(octets);
};

// Letters as a strict decoder takes them: {octets, wrong}, where wrong is the name of a sentence
// with its values, and octets are those of the whole groups before it.
export const decode = (text) => {
  const before = (place) => octetsOfLetters(text.slice(0, place - (place % 4)));
  const characters = [...text];
  const bad = characters.findIndex((one) => one !== "=" && !ALPHABET.includes(one));
  const bare = text.replace(/=+$/, "");
  const inner = bare.indexOf("=");
  if (inner >= 0 && (bad < 0 || inner < bad))
    return { octets: before(inner), wrong: ["bad_padding", { at: inner + 1 }] };
  if (bad >= 0)
    return { octets: before(bad), wrong: ["bad_letter", { at: bad + 1, what: characters[bad] }] };
  const padding = text.length - bare.length;
  const over = bare.length % 4;
  const octets = before(bare.length);
  if (padding > 2) return { octets, wrong: ["much_padding", { count: padding }] };
  if (over === 1) return { octets, wrong: ["one_over", {}] };
  if (over === 0 && padding) return { octets, wrong: ["padding_not_due", {}] };
  if (over + padding !== 4 && over) return { octets, wrong: ["padding_missing", { count: over }] };
  const whole = octetsOfLetters(bare);
  return { octets: whole, wrong: null, loose: encode(whole) !== text };
};

export const joined = (octets, size) => {
  const blocks = [];
  for (let at = 0; at < octets.length; at += size) blocks.push(encode(octets.slice(at, at + size)));
  return blocks;
};

// What readers make of letters with a = inside: octets, or null where one refuses.
export const readers = {
  stops: (text) => {
    const at = text.indexOf("=");
    const end = at < 0 ? text.length : at + ((4 - (at % 4)) % 4);
    return octetsOfLetters(text.slice(0, end).replaceAll("=", ""));
  },
  passes: (text) => {
    const letters = text.replaceAll("=", "");
    const padding = text.length - text.replace(/=+$/, "").length;
    const over = letters.length % 4;
    return over === 1 || (over && over + padding < 4) ? null : octetsOfLetters(letters);
  },
  strict: (text) => {
    const { octets, wrong } = decode(text);
    return wrong ? null : octets;
  },
};

// Characters of UTF-8 with the octets of each; an octet of none stands alone.
const charactersOf = (octets) => {
  const found = [];
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let at = 0; at < octets.length;) {
    const head = octets[at];
    const length = head < 0x80 ? 1 : head < 0xe0 ? 2 : head < 0xf0 ? 3 : 4;
    let text = null;
    try {
      text = strict.decode(octets.slice(at, at + length));
    } catch {
      // no UTF-8
    }
    const taken = text === null || [...text].length !== 1 ? 1 : length;
    found.push({ text: taken === length ? text : null, first: at, count: taken });
    at += taken;
  }
  return found;
};

// Control and format characters, separators and what is not assigned would not be seen.
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/u;
const point = (character) =>
  `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
const written = (character) =>
  character === " " ? "␣" : HIDDEN.test(character) ? point(character) : character;

const hexOf = (octet) => octet.toString(16).padStart(2, "0");
const bitsOf = (octet) => octet.toString(2).padStart(8, "0");
const same = (one, other) => one.length === other.length && one.every((o, n) => o === other[n]);

export default live(({ root, words, state }) => {
  let octets = octetsOf(state.octets);
  let characters = [];
  let letters = "";
  let group = 0; // the first group of three octets that is shown
  let perLine = 3;
  let current = { kind: "octet", index: 0 };
  let cells = []; // {kind, index, from, to, element}
  let decimal = false;

  // What there is, and which bits each is made of

  const sextets = () => Math.ceil((octets.length * 8) / 6);
  const count = (kind) => ({ char: characters.length, octet: octets.length, bit: sextets() * 6,
                             six: sextets(), number: sextets(), letter: letters.length })[kind];
  const range = (kind, index) => {
    if (kind === "char") {
      const { first, count: many } = characters[index];
      return [first * 8, (first + many) * 8];
    }
    const width = { octet: 8, bit: 1, six: 6, number: 6, letter: 6 }[kind];
    return [index * width, (index + 1) * width];
  };
  const bit = (at) => (at < octets.length * 8 ? (octets[at >> 3] >> (7 - (at & 7))) & 1 : 0);
  const six = (index) => Array.from({ length: 6 }, (_, n) => bit(index * 6 + n)).join("");
  const number = (index) => parseInt(six(index), 2);

  // What a cell is, in words

  const span = (first, last, one, many) =>
    first === last ? fill(words[one], { n: first + 1 })
                   : fill(words[many], { first: first + 1, last: last + 1 });
  const lettersOf = (from, to) =>
    span(Math.floor(from / 6), Math.ceil(to / 6) - 1, "letter_one", "letter_many");
  const parts = (index) => {
    const said = [];
    for (let at = index * 6, end = at + 6; at < end;) {
      const n = at >> 3;
      if (n >= octets.length) {
        said.push(counted(words, end - at, words.zeros));
        break;
      }
      const next = Math.min(end, (n + 1) * 8);
      const key = at % 8 === 0 ? "first_bits" : "last_bits";
      said.push(counted(words, next - at, words[key], { n: n + 1 }));
      at = next;
    }
    return said.join(words.and);
  };
  const describe = ({ kind, index }) => {
    const n = index + 1;
    if (kind === "char") {
      const { text, first, count: many } = characters[index];
      if (text === null) return fill(words.at.none, { n: first + 1 });
      const char = written(text) === point(text) ? point(text) : `${written(text)} (${point(text)})`;
      return fill(words.at.char, { n, char, letters: lettersOf(...range(kind, index)),
        octets: span(first, first + many - 1, "octet_one", "octet_many") });
    }
    if (kind === "octet")
      return fill(words.at.octet, { n, hex: hexOf(octets[index]), decimal: octets[index],
        bits: bitsOf(octets[index]), letters: lettersOf(...range(kind, index)) });
    if (kind === "bit") {
      const letter = Math.floor(index / 6);
      const values = { n: (index >> 3) + 1, bit: (index % 8) + 1, value: bit(index),
                       of_six: (index % 6) + 1, letter: `${letter + 1}, ${letters[letter]}` };
      return fill(words.at[index < octets.length * 8 ? "bit" : "added"], values);
    }
    if (index >= sextets()) return words.at.padding;
    return fill(words.at[kind], { n, letter: letters[index], number: number(index),
                                       bits: six(index), parts: parts(index) });
  };

  // The fields

  const id = uid();
  const field = (name, rows, oninput) =>
    h("textarea", { class: "sm-field", id: `${id}-${name}`, rows, spellcheck: "false",
                    autocomplete: "off", autocapitalize: "off", oninput,
                    "aria-describedby": `${id}-${name}-wrong` });
  const input = field("in", 2, () => typed());
  const output = field("out", 2, () => decoded());
  const inputLabel = h("label", { for: `${id}-in` });
  const note = (name) => h("p", { class: "sm-wrong", id: `${id}-${name}-wrong`, role: "status" });
  const inputWrong = note("in");
  const outputWrong = note("out");
  const check = (label, onchange, checked) => {
    const box = h("input", { type: "checkbox", onchange, checked });
    return [box, h("label", { class: "sm-check" }, box, " ", label)];
  };
  const [asHex, hexLabel] = check(words.as_hex, () => showInput(), state.hex);
  const [inDecimal, decimalLabel] = check(words.decimal, () => {
    decimal = inDecimal.checked;
    draw();
  });

  const showInput = () => {
    const text = new TextDecoder().decode(octets);
    input.value = text;
    // A field shows text as it is only when the same octets come back from it.
    const typeable = same(new TextEncoder().encode(input.value), octets)
      && !HIDDEN.test(text.replaceAll("\n", ""));
    inputWrong.textContent = !typeable && !asHex.checked ? words.only_hex : "";
    if (!typeable) asHex.checked = true;
    if (asHex.checked) input.value = [...octets].map(hexOf).join(" ");
    inputLabel.textContent = asHex.checked ? words.hex : words.text;
    input.classList.toggle("sm-code", asHex.checked);
  };
  const what = (character) =>
    character === "\n" ? words.line_break : character === " " ? words.space : written(character);
  const hexTyped = (text) => {
    const found = [];
    let alone = null;
    for (const [place, one] of [...text].entries()) {
      if (/\s/.test(one)) continue;
      if (!/[0-9a-fA-F]/.test(one))
        return [found, fill(words.bad_octet, { at: place + 1, what: what(one) })];
      if (alone === null) alone = one;
      else {
        found.push(parseInt(alone + one, 16));
        alone = null;
      }
    }
    return [found, alone === null ? "" : fill(words.odd_hex, { what: alone })];
  };
  const taken = (all) => Uint8Array.from(all.slice(0, MOST));
  const typed = () => {
    const [all, wrong] = asHex.checked ? hexTyped(input.value)
                                       : [new TextEncoder().encode(input.value), ""];
    inputWrong.textContent = [wrong && `${wrong} ${words.until}`, cutNote(all.length)]
      .filter(Boolean).join(" ");
    outputWrong.textContent = "";
    change(taken(all));
    output.value = letters;
  };
  const decoded = () => {
    const { octets: all, wrong, loose } = decode(output.value);
    const values = wrong && { ...wrong[1], what: what(wrong[1].what ?? "") };
    outputWrong.textContent = wrong ? `${fill(words[wrong[0]], values)} ${words.until}`
                            : loose ? words.loose_bits : cutNote(all.length);
    change(taken(all));
    showInput();
  };
  const cutNote = (total) =>
    total > MOST ? fill(words.more, { shown: amount(MOST), total: amount(total) }) : "";
  const amount = (value) => value.toLocaleString("en-GB");

  const change = (changed) => {
    octets = changed;
    characters = charactersOf(octets);
    letters = encode(octets);
    group = 0;
    current = { kind: current.kind, index: 0 };
    draw();
    drawBlocks();
  };

  // The cells

  const grid = h("div", { class: "sm-b64", role: "grid", "aria-label": words.grid });
  const status = h("p", { class: "sm-b64-status", role: "status" });
  const sizes = h("span", { class: "sm-muted" });
  const where = h("span", { class: "sm-muted" });
  const move = (by) => {
    group = Math.max(0, Math.min(lastGroup(), group + by * perLine * LINES));
    current = { kind: current.kind, index: at(current.kind, group * 24) };
    draw();
  };
  const earlier = h("button", { type: "button", onclick: () => move(-1) }, words.earlier);
  const later = h("button", { type: "button", onclick: () => move(1) }, words.later);
  const groups = () => Math.ceil(octets.length / 3);
  const lastGroup = () => Math.max(0, Math.ceil(groups() / perLine - LINES) * perLine);

  // The index of the cell of a kind that has this bit, or is nearest to it.
  const at = (kind, place) => {
    let index = Math.floor(place / { octet: 8, bit: 1, six: 6, number: 6, letter: 6, char: 8 }[kind]);
    if (kind === "char")
      index = characters.findLastIndex(({ first }) => first * 8 <= place);
    return Math.max(0, Math.min(count(kind) - 1, index));
  };

  const cell = (kind, index, from, to, start, ...text) => {
    const element = h("span", {
      class: `sm-cell sm-cell-${kind}`, role: "gridcell", tabindex: "-1",
      style: `grid-column:${from - start + 2}/${to - start + 2}`,
    }, ...text);
    cells.push({ kind, index, from, to, element });
    return element;
  };
  const content = (kind, index, begins) => {
    if (kind === "char") {
      const { text } = characters[index];
      return !begins ? words.part : text === null ? "–" : written(text);
    }
    if (kind === "octet") return decimal ? octets[index] : hexOf(octets[index]);
    if (kind === "bit") return bit(index);
    if (kind === "six") return six(index);
    return kind === "number" ? number(index) : letters[index];
  };
  const drawRow = (kind, start, end) => {
    const row = h("div", { class: "sm-b64-row", role: "row" },
                  h("span", { role: "rowheader", class: "sm-b64-name" }, words.rows[kind]));
    if (start >= octets.length * 8 && kind !== "letter") return row;
    for (let index = at(kind, start); index < count(kind); index++) {
      const [from, to] = range(kind, index);
      if (from >= end) break;
      const drawn = cell(kind, index, Math.max(from, start), Math.min(to, end), start,
                         String(content(kind, index, from >= start)));
      if (kind === "bit" && index >= octets.length * 8) drawn.classList.add("sm-added");
      if (kind === "bit" && index % 8 === 0) drawn.classList.add("sm-eight");
      if (kind === "six" && index === sextets() - 1 && octets.length % 3) {
        const zeros = sextets() * 6 - octets.length * 8;
        drawn.replaceChildren(six(index).slice(0, 6 - zeros), h("u", {}, "0".repeat(zeros)));
      }
      row.append(drawn);
    }
    return row;
  };
  const draw = () => {
    cells = [];
    const had = grid.contains(document.activeElement);
    const lines = [];
    for (let line = 0; line < LINES; line++) {
      const start = (group + line * perLine) * 24;
      if (start >= octets.length * 8) break;
      const drawn = KINDS.map((kind) => drawRow(kind, start, start + perLine * 24));
      lines.push(h("div", { class: "sm-b64-line", role: "rowgroup" }, drawn));
    }
    grid.style.setProperty("--bits", perLine * 24);
    grid.replaceChildren(...lines);
    grid.hidden = lines.length === 0;
    sizes.textContent = octets.length
      ? fill(words.sizes, { octets: amount(octets.length), letters: amount(letters.length) })
      : words.nothing;
    const fits = groups() <= perLine * LINES;
    for (const part of [earlier, later, where]) part.hidden = fits;
    earlier.disabled = group === 0;
    later.disabled = group >= lastGroup();
    where.textContent = fill(words.window, { first: amount(group * 3 + 1), total: amount(octets.length),
      last: amount(Math.min(octets.length, (group + perLine * LINES) * 3)) });
    status.textContent = octets.length ? words.help : "";
    roving();
    if (had) focus();
  };
  const find = ({ kind, index }) => cells.find((one) => one.kind === kind && one.index === index);
  const roving = () => {
    for (const { element } of cells) element.tabIndex = -1;
    const one = find(current) ?? cells[0];
    if (one) one.element.tabIndex = 0;
  };
  const focus = () => find(current)?.element.focus();

  // Light a cell and all that its bits are part of.
  const light = (one) => {
    const [from, to] = range(one.kind, one.index);
    for (const other of cells) {
      const meets = other.from < to && from < other.to;
      other.element.classList.toggle("sm-lit", meets);
      other.element.classList.toggle("sm-here", other.kind === one.kind && other.index === one.index);
    }
    status.textContent = describe(one);
  };
  const dark = () => {
    for (const { element } of cells) element.classList.remove("sm-lit", "sm-here");
  };
  const cellOf = (target) => cells.find(({ element }) => element.contains(target));

  // Cells that are drawn anew beneath a mouse at rest were not pointed at.
  let rest = "";
  grid.addEventListener("mousemove", (event) => {
    const one = cellOf(event.target);
    const there = `${event.screenX} ${event.screenY}`;
    if (one && there !== rest) light(one);
    rest = there;
  });
  grid.addEventListener("mouseleave", () => {
    dark();
    if (grid.contains(document.activeElement)) light(current);
  });
  grid.addEventListener("focusin", (event) => {
    const one = cellOf(event.target);
    if (!one) return;
    current = { kind: one.kind, index: one.index };
    roving();
    light(one);
  });
  grid.addEventListener("focusout", () => dark());
  grid.addEventListener("keydown", (event) => {
    const { kind, index } = current;
    const rank = KINDS.indexOf(kind);
    const beside = (by) => ({ kind, index: index + by });
    const below = (by) => {
      const other = KINDS[rank + by];
      return other && { kind: other, index: at(other, range(kind, index)[0]) };
    };
    const to = {
      ArrowLeft: () => beside(-1), ArrowRight: () => beside(1),
      ArrowUp: () => below(-1), ArrowDown: () => below(1),
      Home: () => ({ kind, index: 0 }), End: () => ({ kind, index: count(kind) - 1 }),
    }[event.key]?.();
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (to.index < 0 || to.index >= count(to.kind)) return;
    current = to;
    if (!find(current)) {
      const line = Math.floor(range(to.kind, to.index)[0] / 24 / perLine);
      group = Math.min(lastGroup(), Math.max(0, (line < group / perLine ? line : line - LINES + 1) * perLine));
      draw();
    }
    focus();
  });

  // Blocks

  const slider = h("input", { type: "range", min: 0, max: LARGEST, value: state.blocks,
                              id: `${id}-blocks`, oninput: () => setBlocks(slider.value) });
  const sliderNumber = h("input", { type: "number", min: 0, max: LARGEST, value: state.blocks,
                                    class: "sm-field", "aria-label": words.blocks_number,
                                    oninput: () => setBlocks(sliderNumber.value) });
  const sliderSays = h("span", { class: "sm-muted" });
  const outcome = h("div", { role: "region", "aria-label": words.blocks_result, hidden: true });
  let size = Math.min(LARGEST, state.blocks);
  const setBlocks = (value) => {
    size = Math.max(0, Math.min(LARGEST, Math.floor(Number(value)) || 0));
    if (Number(slider.value) !== size) slider.value = size;
    if (sliderNumber !== document.activeElement) sliderNumber.value = size;
    drawBlocks();
  };
  // Letters with each = that does not belong there marked, for eyes and for ears.
  const marked = (text, isLast) => {
    const padding = isLast ? "" : text.match(/=*$/)[0];
    return [text.slice(0, text.length - padding.length),
            padding && h("mark", { title: words.seam }, padding)];
  };
  const drawBlocks = () => {
    slider.setAttribute("aria-valuetext", size ? fill(words.blocks_on, { size: amount(size) }) : words.blocks_off);
    sliderSays.textContent = slider.getAttribute("aria-valuetext");
    outcome.hidden = size === 0 || octets.length === 0;
    if (outcome.hidden) return;
    const blocks = joined(octets, size);
    const harm = blocks.length < 2 ? "all_in_one" : size % 3 ? "harm" : "harmless";
    const why = fill(words[harm], { size: amount(size), threes: amount(Math.floor(size / 3)),
                                    over: size % 3, padding: "=".repeat((3 - (size % 3)) % 3) });
    const shown = [];
    blocks.forEach((text, n) => {
      if (blocks.length > BLOCKS && n >= BLOCKS / 2 && n < blocks.length - BLOCKS / 2) {
        if (n === BLOCKS / 2)
          shown.push(h("span", { class: "sm-muted" },
                       counted(words, blocks.length - BLOCKS, words.more_blocks,
                               { count: amount(blocks.length - BLOCKS) })));
        return;
      }
      const cut = text.length > 2 * EDGE + 3;
      shown.push(h("code", { class: "sm-block", title: fill(words.block, { number: amount(n + 1) }) },
        cut ? `${text.slice(0, EDGE)} … ` : "",
        marked(cut ? text.slice(-EDGE) : text, n === blocks.length - 1).filter(Boolean)));
    });
    const text = blocks.join("");
    const rows = Object.entries(readers).map(([name, read]) => {
      const here = name === state.decoder
        ? h("span", { class: "sm-mark" }, fill(words.python, { version: state.python })) : null;
      const came = read(text);
      if (came === null) {
        const seam = decode(text).wrong?.[1].at;
        const because = name === "passes" ? words.refuses_length
                                          : fill(words.refuses_seam, { at: amount(seam) });
        return [[words.decoders[name], " ", here], words.refuses, because];
      }
      let right = 0;
      while (right < octets.length && right < came.length && came[right] === octets[right]) right++;
      const whole = right === octets.length && came.length === right;
      const says = whole ? words.whole : fill(words.right, {
        right: amount(right), gone: amount(octets.length - right), total: amount(octets.length) });
      const bar = h("span", { class: "sm-survive", "aria-hidden": "true" },
                    h("span", { style: `width:${(100 * right) / octets.length}%` }));
      return [[words.decoders[name], " ", here], 
              counted(words, came.length, words.gives, { count: amount(came.length) }), [says, bar]];
    });
    const head = h("tr", {}, words.columns.map((name) => h("th", { scope: "col" }, name)));
    const body = rows.map(([first, ...others]) => h("tr", {},
      h("th", { scope: "row" }, first), others.map((value) => h("td", {}, value))));
    outcome.replaceChildren(h("p", {}, why),
      h("p", { class: "sm-blocks" }, h("span", { class: "sm-sentence" }, words.joined, " "),
        shown.flatMap((one) => [one, " "])),
      h("table", { class: "sm-readers" }, h("thead", {}, head), h("tbody", {}, body)));
  };

  const cellsPart = h("div", {},
    h("div", { class: "sm-bar" }, sizes, earlier, later, where), grid, status);
  const blocksPart = h("div", {},
    h("div", { class: "sm-bar sm-b64-slider" }, h("label", { for: `${id}-blocks` }, words.blocks),
      slider, sliderNumber, sliderSays),
    outcome);
  root.append(
    h("div", { class: "sm-bar" },
      h("p", { class: "sm-head", role: "heading", "aria-level": "3" }, words.title),
      hexLabel, decimalLabel),
    h("div", { class: "sm-b64-fields" },
      h("div", {}, inputLabel, input, inputWrong),
      h("div", {}, h("label", { for: `${id}-out` }, words.letters), output, outputWrong)),
    // Who came for the blocks finds them first.
    ...(state.blocks ? [blocksPart, cellsPart] : [cellsPart, blocksPart]));

  output.classList.add("sm-code");
  change(octets);
  showInput();
  inputWrong.textContent = cutNote(state.total);
  output.value = letters;

  // How many groups fit into a line depends on the width and on the size of the text.
  const fit = () => {
    if (root.clientWidth === 0) return; // JupyterLab has taken the cell out of the page for now
    const em = parseFloat(getComputedStyle(grid).fontSize || "14");
    const room = Math.max(1, Math.min(4, Math.floor((root.clientWidth / em - NAMES - 2) / GROUP)));
    if (room === perLine) return;
    perLine = room;
    group -= group % perLine;
    draw();
  };
  const watcher = new ResizeObserver(fit);
  return {
    opened() {
      fit();
      watcher.observe(root);
    },
    close() {
      watcher.disconnect();
    },
  };
});
