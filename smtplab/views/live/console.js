// SMTP by hand: what was said, a line to say, what is legal next, and the state machine.
import { Chunks, List, button, fill, h, live, uid } from "./live.js";

const CHUNK = 200;
const PATIENCE = 400; // milliseconds after which the page says what it waits for

export default live(({ root, link, words, state }) => {
  const kept = { total: 0, rows: [] };
  const typed = []; // what was said from here, for the arrow keys
  let recalled = 0;
  let draft = "";
  let stand = state;
  let busy = false;
  let heard = false; // the kernel has begun to do what was asked
  let chosen = 0;

  // History

  const keep = ({ total, first, rows }) => {
    kept.total = total;
    rows.forEach((row, n) => (kept.rows[first + n] = row));
  };
  // One row, or null: then it is on its way.
  const row = (index) => {
    if (kept.rows[index]) return kept.rows[index];
    chunks.want(index);
    return null;
  };
  const chunks = new Chunks(CHUNK, async (first) => {
    keep(await link.ask("rows", { first, count: CHUNK }));
    list.refresh();
  });
  const draw = (index) => {
    const said = row(index);
    if (said === null) return null;
    if (!said.who) return h("span", { title: said.text }, said.text);
    const ours = said.who === "C";
    return [
      h("span", { "aria-hidden": "true" }, ours ? "→" : "←"),
      h("span", { class: "sm-hidden" }, ours ? words.to_server : words.to_client),
      h("code", { class: ours ? "sm-c" : "sm-s", title: said.text }, said.text),
      said.refused ? h("span", { class: "sm-muted sm-small" }, said.says) : null,
      ...said.marks.map((mark) => h("span", { class: "sm-mark" }, mark)),
    ];
  };
  const kind = (index) => ({ C: "sm-ours", S: "sm-theirs" })[kept.rows[index]?.who] ?? "sm-note";
  const list = new List({ label: words.list, draw, choose: (index) => detail(index), rows: 12,
                          rowClass: (index) => `sm-said ${kind(index)}` });

  // The line that is chosen, in full, and what it means.
  const about = h("div", { class: "sm-detail", role: "region", "aria-label": words.detail,
                           hidden: true });
  const detail = (index) => {
    const said = row(index);
    about.hidden = !said;
    if (!said) return;
    const number = ++chosen;
    const whole = h(said.who ? "code" : "span", {}, said.text);
    about.replaceChildren(
      h("div", { class: "sm-bar" }, said.says ?? null,
        said.link ? h("a", { href: said.link, target: "_blank", rel: "noopener noreferrer" },
                      said.label) : null),
      whole);
    link.ask("row", { row: index }).then((text) => {
      if (number === chosen) whole.textContent = text;
    });
  };

  // What one can do

  const hints = [uid(), uid()];
  const line = h("input", {
    type: "text", class: "sm-field", "aria-label": words.say, "aria-describedby": hints[0],
    autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    onkeydown: (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") send(line.value);
      else if (event.key === "ArrowUp") recall(-1);
      else if (event.key === "ArrowDown") recall(1);
      else return;
      event.preventDefault();
    },
  });
  const letter = h("textarea", {
    class: "sm-field", rows: 5, "aria-label": words.letter, "aria-describedby": hints[1],
    spellcheck: "false",
    // JupyterLab takes a new line within a cell for its own, and would swallow it.
    onbeforeinput: (event) => event.stopImmediatePropagation(),
    onkeydown: (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      send(letter.value);
      event.preventDefault();
    },
  });
  const oneLine = h("div", {},
    h("div", { class: "sm-say" }, line, button(words.send, () => send(line.value))),
    h("p", { class: "sm-muted sm-small", id: hints[0] }, words.say_hint));
  const manyLines = h("div", {},
    letter,
    h("div", { class: "sm-bar" }, button(words.send, () => send(letter.value)),
      button(words.dot, () => say("."))),
    h("p", { class: "sm-muted sm-small", id: hints[1] }, words.letter_hint));

  const inLetter = () => stand.state === "data";
  const field = () => (inLetter() ? letter : line);

  const send = (text) => {
    if (busy) return;
    say(text).then((went) => {
      if (!went) return;
      letter.value = "";
      line.value = draft = "";
      if (!text.includes("\n") && typed.at(-1) !== text) typed.push(text);
      recalled = typed.length;
    });
  };
  const recall = (by) => {
    if (recalled === typed.length) draft = line.value;
    recalled = Math.max(0, Math.min(typed.length, recalled + by));
    line.value = typed[recalled] ?? draft;
  };
  const say = (text) => ask("say", { text });
  const does = (step) => ask("do", { step });

  // What comes of it is pushed, entry by entry; the answer only says that it is over.
  const ask = (name, values) => {
    if (busy) return Promise.resolve(false);
    busy = true;
    heard = false;
    const waits = setTimeout(() => (where.textContent = heard ? words.server : words.waiting),
                             PATIENCE);
    return link.ask(name, values).then(() => true, (error) => {
      failed.textContent = fill(words.failed, { error: error.message });
      return false;
    }).finally(() => {
      busy = false;
      clearTimeout(waits);
      where.textContent = stand.now;
    });
  };

  // What is legal: a command goes into the field, to be changed or sent; the rest is done.
  const offer = ({ name, line: said, label, does: what }) => {
    const press = () => {
      if (said === "") {
        does(name);
        return;
      }
      line.value = said;
      line.focus();
    };
    return button(said ? h("code", {}, label) : label, press,
                  { title: what, class: said ? null : "sm-do" });
  };
  const legal = (main) => stand.next.filter((step) => step.main === main
    && !["TEXT", "DOT", "ANSWER"].includes(step.name)).map(offer);
  const next = h("div", { class: "sm-bar", role: "group", "aria-label": words.next });
  const anyTime = h("div", { class: "sm-bar", role: "group", "aria-label": words.any_time });
  const where = h("p", { class: "sm-sentence", role: "status" });
  const latest = h("p", { class: "sm-hidden", "aria-live": "polite" });
  const failed = h("p", { role: "alert" });
  const login = h("p", { class: "sm-small" });

  const picture = machine(words.diagram, state.states);
  root.append(
    h("div", { class: "sm-bar" },
      h("p", { class: "sm-head", role: "heading", "aria-level": "3" }, state.title),
      button(words.again, () => does("CONNECT"))),
    h("div", { class: "sm-console" },
      h("div", { class: "sm-talk" }, list.element, latest, about, where, login, failed,
        oneLine, manyLines, next, anyTime),
      picture.element));

  const shownFor = { next: "" };
  const take = (said) => {
    const end = list.atEnd || kept.total === 0;
    const focused = root.contains(document.activeElement);
    const grown = said.rows.total > kept.total;
    stand = said;
    keep(said.rows);
    list.resize(kept.total);
    if (end) list.toEnd();
    if (grown) latest.textContent = said.rows.rows.map(({ text }) => text).slice(-12).join("\n");
    where.textContent = busy ? where.textContent : said.now;
    failed.textContent = "";
    login.hidden = !said.account;
    login.textContent = said.account ?? "";
    oneLine.hidden = inLetter();
    manyLines.hidden = !inLetter();
    const legalNow = JSON.stringify(said.next);
    if (legalNow !== shownFor.next) {
      shownFor.next = legalNow;
      for (const [group, name, main] of [[next, words.next, true], [anyTime, words.any_time, false]]) {
        const buttons = legal(main);
        group.replaceChildren(h("span", { class: "sm-muted" }, name), ...buttons);
        group.hidden = buttons.length === 0;
      }
    }
    picture.light(said);
    // Who was here with the keyboard stays here, though what had the focus is gone.
    const lost = !root.contains(document.activeElement) || document.activeElement.closest("[hidden]");
    if (focused && lost) field().focus();
  };
  take(state);

  return {
    opened() {
      list.toEnd();
      // The state is from when the model was made; more may have been said since.
      link.ask("now").then(take);
    },
    hear(said) {
      heard = true;
      take(said);
    },
  };
});

// The state machine as a picture. Places are in units of the picture, whose text is 13 high.

const NODES = {
  connected: [120, 24], closed: [300, 24], greeted: [120, 90], "tls-wanted": [300, 116],
  hello: [120, 158], auth: [300, 210], mail: [120, 250], rcpt: [120, 314], data: [120, 378],
};
const WIDE = 104;
const HIGH = 34;
// From a state by a step: the way, and the label with its place; turned where the way is upright.
const EDGES = [
  ["closed", "CONNECT", "M246,24H176", "", 0, 0],
  ["connected", "LISTEN", "M120,41V69", "LISTEN", 128, 60],
  ["greeted", "EHLO", "M120,107V137", "HELLO", 112, 127, "end"],
  ["hello", "STARTTLS", "M172,152H300V137", "STARTTLS", 182, 147],
  ["tls-wanted", "TLS", "M300,99V90H176", "TLS", 182, 84],
  ["hello", "AUTH", "M172,164H312V189", "AUTH", 182, 178],
  ["auth", "ANSWER", "M248,210H152V179", "ANSWER", 182, 205],
  ["hello", "MAIL", "M120,175V229", "MAIL", 128, 224],
  ["mail", "RCPT", "M120,267V293", "RCPT", 128, 284],
  ["rcpt", "RCPT", "M172,308H204V320H176", "RCPT", 210, 318],
  ["rcpt", "DATA", "M120,331V357", "DATA", 128, 348],
  ["mail", "RSET", "M68,250H46V166H64", "RSET", 58, 208, "turned"],
  ["rcpt", "RSET", "M68,314H46V166H64", "", 0, 0],
  ["data", "DOT", "M68,378H22V152H64", "DOT", 16, 265, "turned"],
];

const svg = (name, attributes = {}, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

function machine(labels, states) {
  const heads = { false: uid(), true: uid() };
  const head = (lit) => svg("marker", { id: heads[lit], viewBox: "0 0 8 8", refX: 4, refY: 4,
      markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto",
      class: lit ? "sm-edge-lit" : "sm-edge" }, svg("path", { d: "M0,0L8,4L0,8z" }));
  const nodes = {};
  for (const [state, [x, y]] of Object.entries(NODES)) {
    const text = svg("text", { x, y: y + 4.5, "text-anchor": "middle" });
    nodes[state] = { text, group: svg("g", {}, svg("rect", { x: x - WIDE / 2, y: y - HIGH / 2,
      width: WIDE, height: HIGH, rx: 6 }), text) };
  }
  const edges = EDGES.map(([from, step, way, label, x, y, how]) => {
    const path = svg("path", { d: way });
    const text = svg("text", how === "turned"
      ? { x, y, "text-anchor": "middle", transform: `rotate(-90 ${x} ${y})` }
      : { x, y, "text-anchor": how ?? "start" }, label ? labels[label] ?? label : "");
    return { from, step, path, group: svg("g", {}, path, text) };
  });
  const quit = svg("text", { x: 300, y: 58, "text-anchor": "middle" }, `↑ ${labels.QUIT}`);
  const quitting = svg("g", {}, quit);
  const element = svg("svg", { viewBox: "0 0 356 400", role: "img", class: "sm-machine" },
    svg("defs", {}, head(false), head(true)),
    ...edges.map(({ group }) => group), quitting, ...Object.values(nodes).map(({ group }) => group));

  const light = ({ state, next, diagram }) => {
    element.setAttribute("aria-label", diagram);
    const legal = new Set(next.map(({ name }) => name.split(" ")[0]));
    for (const [name, { group, text }] of Object.entries(nodes)) {
      const now = name === state;
      group.setAttribute("class", now ? "sm-node sm-now" : "sm-node");
      text.textContent = now ? `▶ ${states[name][0]}` : states[name][0];
    }
    for (const { from, step, path, group } of edges) {
      const lit = from === state && legal.has(step);
      group.setAttribute("class", lit ? "sm-edge-lit" : "sm-edge");
      path.setAttribute("marker-end", `url(#${heads[lit]})`);
      if (lit) element.append(group); // above the others that share its way
    }
    quitting.setAttribute("class", legal.has("QUIT") ? "sm-edge-lit" : "sm-edge");
  };
  return { element, light };
}
