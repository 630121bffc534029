// SMTP by hand: what was said, a line to say, what is legal next, and the state machine.
import { diagram } from "./diagram.js";
import { button, h, heading, rfc, uid, way } from "./live.js";
import { Chunks, Details, List } from "./list.js";

// The state machine as a picture, 356 wide and 400 high.
const NODES = {
  connected: [120, 24], closed: [300, 24], greeted: [120, 90], "tls-wanted": [300, 116],
  hello: [120, 158], auth: [300, 210], mail: [120, 250], rcpt: [120, 314], data: [120, 378],
};
const STEPS = { LISTEN: "220", HELLO: "EHLO, HELO", QUIT: "↑ QUIT" };
// From a state by a step: the way, the label and its place, and how it stands there.
const EDGES = [
  ["closed", "CONNECT", "M246,24H173", "", 0, 0],
  ["connected", "LISTEN", "M120,41V72", "LISTEN", 128, 60, "start"],
  ["greeted", "EHLO", "M120,107V140", "HELLO", 112, 127, "end"],
  ["hello", "STARTTLS", "M172,152H300V134", "STARTTLS", 182, 147, "start"],
  ["tls-wanted", "TLS", "M300,99V90H173", "TLS", 182, 84, "start"],
  ["hello", "AUTH", "M172,164H312V192", "AUTH", 182, 178, "start"],
  ["auth", "ANSWER", "M248,210H152V176", "ANSWER", 182, 205, "start"],
  ["hello", "MAIL", "M120,175V232", "MAIL", 128, 224, "start"],
  ["mail", "RCPT", "M120,267V296", "RCPT", 128, 284, "start"],
  ["rcpt", "RCPT", "M172,308H204V320H173", "RCPT", 210, 318, "start"],
  ["rcpt", "DATA", "M120,331V360", "DATA", 128, 348, "start"],
  ["mail", "RSET", "M68,250H46V166H67", "RSET", 58, 208, "turned"],
  ["rcpt", "RSET", "M68,314H46V166H67", "", 0, 0],
  ["data", "DOT", "M68,378H22V152H67", "DOT", 16, 265, "turned"],
  ["closed", "QUIT", "", "QUIT", 300, 58],
];

export default ({ root, ask, words, state }) => {
  const typed = []; // what was said from here, for the arrow keys
  let recalled = 0;
  let draft = "";
  let stand = state;
  let busy = false;
  let heard = false; // the kernel has begun to do what was asked

  // History

  const rows = new Chunks((first, count) => ask("rows", { first, count }), () => list.refresh());
  const draw = (said) => {
    if (!said.who) return h("span", { title: said.text }, said.text);
    const [arrow, hidden, ...marks] = way(said, words);
    const text = h("code", { class: said.who === "C" ? "sm-c" : "sm-s", title: said.text }, said.text);
    const refused = said.refused ? h("span", { class: "sm-muted sm-small" }, said.says) : null;
    return [arrow, hidden, text, refused, ...marks];
  };
  const kinds = { C: "sm-ours", S: "sm-theirs" };
  const details = new Details(words);
  const list = new List({
    label: words.list, draw, things: rows, rows: 12,
    rowClass: ({ who }) => `sm-said ${kinds[who] ?? "sm-note"}`,
    choose: (said, row) => details.show([said.says, rfc(said)].filter(Boolean), said.text,
                                        ask("row", { row })),
  });

  // What one can do

  const inLetter = () => stand.state === "data";
  const hint = h("p", { class: "sm-muted sm-small", id: uid() });
  const line = h("textarea", {
    class: "sm-field", "aria-describedby": hint.id,
    autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    // JupyterLab takes a new line within a cell for its own, and would swallow it.
    onbeforeinput: (event) => event.stopImmediatePropagation(),
    onkeydown: (event) => {
      if (event.isComposing) return;
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (event.key === "Enter" && (!inLetter() || event.ctrlKey || event.metaKey)) send();
      else if (by && !inLetter()) recall(by);
      else return;
      event.preventDefault();
    },
  });
  const dot = button(words.dot, () => act("say", { text: "." }));
  const write = (text) => {
    line.value = text;
    line.focus();
  };
  const send = async () => {
    const text = line.value;
    if (!(await act("say", { text }))) return;
    line.value = draft = "";
    if (!text.includes("\n") && typed.at(-1) !== text) typed.push(text);
    recalled = typed.length;
  };
  const recall = (by) => {
    if (recalled === typed.length) draft = line.value;
    recalled = Math.max(0, Math.min(typed.length, recalled + by));
    line.value = typed[recalled] ?? draft;
  };
  // What comes of it is pushed, entry by entry; the answer only says that it is over.
  const act = async (name, values) => {
    if (busy) return false;
    busy = true;
    heard = false;
    const answer = await ask(name, values, () => (heard ? words.server : words.waiting));
    busy = false;
    return answer !== undefined;
  };

  // What is legal: a command goes into the line, to be changed or sent; the rest is done.
  const offer = ({ name, line: said, words: [label, does] }) =>
    button(said ? h("code", {}, label) : label,
           () => (said ? write(said) : act("do", { step: name })),
           { title: does, class: said ? null : "sm-do" });
  const offers = [[true, words.next], [false, words.any_time]].map(([main, name]) => {
    const group = h("div", { class: "sm-bar", role: "group", "aria-label": name });
    return { main, group, title: h("span", { class: "sm-muted" }, name) };
  });
  const where = h("p", { class: "sm-sentence", role: "status" });
  const latest = h("p", { class: "sm-hidden", "aria-live": "polite" });
  const login = h("p", { class: "sm-small" });

  const picture = diagram({
    wide: 356, high: 400, box: [104, 34],
    nodes: NODES, named: (name) => words.states[name].name,
    edges: EDGES, labels: { ...STEPS, ...words.diagram },
  });
  root.append(
    h("div", { class: "sm-bar" }, heading(state.title),
      button(words.names.CONNECT, () => act("do", { step: "CONNECT" }))),
    // What was said has the whole width: a reply is a sentence.
    h("div", { class: "sm-history" }, list.element, latest, details.element),
    h("div", { class: "sm-console" },
      h("div", { class: "sm-talk" }, where, login,
        h("div", { class: "sm-say" }, line, button(words.send, send), dot), hint,
        offers.map(({ group }) => group)),
      picture.element));

  const hear = (said) => {
    heard = true;
    const end = list.atEnd || list.count === 0;
    const focused = root.contains(document.activeElement);
    const grown = said.rows.total > list.count;
    stand = said;
    rows.take(said.rows);
    list.resize(said.rows.total);
    if (end) list.toEnd();
    if (grown) latest.textContent = said.rows.rows.map(({ text }) => text).slice(-12).join("\n");
    where.textContent = said.now;
    login.textContent = said.account ?? "";
    line.rows = inLetter() ? 5 : 1;
    line.setAttribute("aria-label", inLetter() ? words.letter : words.say);
    hint.textContent = inLetter() ? words.letter_hint : words.say_hint;
    dot.hidden = !inLetter();
    for (const { main, group, title } of offers) {
      const legal = said.next.filter((step) => step.main === main
        && !["TEXT", "DOT", "ANSWER"].includes(step.name));
      group.replaceChildren(title, ...legal.map(offer));
      group.hidden = legal.length === 0;
    }
    const steps = new Set(said.next.map(({ name }) => name.split(" ")[0]));
    for (const { name, text } of picture.boxes)
      text.textContent = `${name === said.state ? "▶ " : ""}${words.states[name].name}`;
    picture.light(said.diagram, ({ name }) => name === said.state,
                  ({ from, to }) => steps.has(to) && (from === said.state || to === "QUIT"));
    // Who was here with the keyboard stays here, though what had the focus is gone.
    if (focused && !root.contains(document.activeElement)) line.focus();
  };

  return { hear, opened: () => list.toEnd() };
};
