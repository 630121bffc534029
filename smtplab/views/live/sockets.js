// The sockets of this process as they are now, or as they were at a look that was kept, beside
// the state diagram of RFC 9293, section 3.3.2, figure 5.
import { fill, h, live, uid } from "./live.js";

const BEAT = 20000; // milliseconds between two signs of life to the kernel
const SVG = "http://www.w3.org/2000/svg";

const [WIDTH, HEIGHT] = [140, 38];
// Where each state stands: the middle of its box. CLOSED stands at both ends of a life.
const STATES = {
  CLOSED: [310, 30], LISTEN: [75, 115], SYN_SENT: [555, 115], SYN_RECV: [75, 205],
  ESTABLISHED: [310, 205], FIN_WAIT1: [75, 310], CLOSE_WAIT: [555, 310], FIN_WAIT2: [75, 400],
  CLOSING: [310, 355], LAST_ACK: [555, 400], TIME_WAIT: [310, 450], GONE: [555, 485],
};
// From, to, the word at the edge, its way, and where the word stands. The figure has one edge
// more, from LISTEN to SYN_SENT: a socket has no call for it.
const EDGES = [
  ["CLOSED", "LISTEN", "listen", "M240 38L115 95", [196, 76]],
  ["LISTEN", "CLOSED", "close", "M65 96V24H239", [110, 18]],
  ["CLOSED", "SYN_SENT", "connect", "M380 38L515 95", [424, 76]],
  ["SYN_SENT", "CLOSED", "close", "M565 96V24H381", [520, 18]],
  ["LISTEN", "SYN_RECV", "syn", "M75 134V185", [75, 164]],
  ["SYN_SENT", "SYN_RECV", "syn", "M485 122L146 194", [310, 155]],
  ["SYN_RECV", "ESTABLISHED", "ack", "M145 205H239", [197, 222]],
  ["SYN_SENT", "ESTABLISHED", "syn_ack", "M540 134L381 198", [500, 176]],
  ["SYN_RECV", "FIN_WAIT1", "close", "M75 224V290", [75, 262]],
  ["ESTABLISHED", "FIN_WAIT1", "close", "M270 224L130 290", [214, 264]],
  ["ESTABLISHED", "CLOSE_WAIT", "fin", "M350 224L500 290", [412, 264]],
  ["FIN_WAIT1", "FIN_WAIT2", "ack", "M75 329V380", [75, 360]],
  ["FIN_WAIT1", "CLOSING", "fin", "M145 318L239 346", [200, 326]],
  ["FIN_WAIT2", "TIME_WAIT", "fin", "M145 408L239 440", [196, 432]],
  ["CLOSING", "TIME_WAIT", "ack", "M310 374V430", [310, 406]],
  ["CLOSE_WAIT", "LAST_ACK", "close", "M555 329V380", [555, 360]],
  ["LAST_ACK", "GONE", "ack", "M555 419V465", [555, 447]],
  ["TIME_WAIT", "GONE", "timeout", "M380 456L484 478", [424, 494]],
];
// The system's name for a socket that is in no state.
const named = (state) => (state === "CLOSE" || state === "GONE" ? "CLOSED" : state);

// The edges of the shortest way from one state to another.
const way = (from, to) => {
  const ways = [[from, []]];
  for (const met = new Set([from]); ways.length;) {
    const [state, edges] = ways.shift();
    if (named(state) === to && edges.length) return edges;
    for (const edge of EDGES)
      if (edge[0] === state && !met.has(edge[1])) {
        met.add(edge[1]);
        ways.push([edge[1], [...edges, edge]]);
      }
  }
  return [];
};

const s = (name, attributes, ...children) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

// The diagram: `show(states, moves)` lights what is in use, and the way that was gone.
const diagram = (words) => {
  const id = uid();
  const head = (name) => s("marker", { id: `${id}-${name}`, viewBox: "0 0 8 8", refX: 7, refY: 4,
    markerWidth: 8, markerHeight: 8, orient: "auto", markerUnits: "userSpaceOnUse",
    class: `sm-head-${name}` }, s("path", { d: "M0 0L8 4L0 8z" }));
  const edges = new Map(EDGES.map((edge) => [edge, s("path", { class: "sm-edge", d: edge[3] })]));
  const labels = EDGES.map((edge) => s("text", { class: "sm-edge-label", x: edge[4][0], y: edge[4][1] },
                                       words.edges[edge[2]]));
  const boxes = Object.entries(STATES).map(([state, [x, y]]) => {
    const count = s("g", { class: "sm-state-count" },
      s("circle", { cx: x + WIDTH / 2 - 4, cy: y - HEIGHT / 2 + 2, r: 14 }),
      s("text", { x: x + WIDTH / 2 - 4, y: y - HEIGHT / 2 + 8 }));
    const box = s("g", { class: "sm-state" },
      s("rect", { x: x - WIDTH / 2, y: y - HEIGHT / 2, width: WIDTH, height: HEIGHT, rx: 6 }),
      s("text", { x, y: y + 6 }, named(state)), count);
    return { state, box, number: count.lastChild };
  });
  const element = s("svg", { class: "sm-tcp", viewBox: "0 0 630 512", role: "img" },
    s("defs", {}, head("plain"), head("lit")), ...edges.values(), ...labels,
    ...boxes.map(({ box }) => box));
  return {
    element,
    show(states, moves) {
      const said = [];
      for (const { state, box, number } of boxes) {
        const count = state === "GONE" ? 0 : states[state] ?? (state === "CLOSED" && states.CLOSE) ?? 0;
        box.classList.toggle("sm-lit", count > 0);
        number.textContent = count || "";
        if (count) said.push(fill(words.state_count, { state, count }));
      }
      const gone = new Set(moves.flatMap(([from, to]) => way(named(from), named(to))));
      for (const [edge, path] of edges) {
        path.classList.toggle("sm-lit", gone.has(edge));
        path.setAttribute("marker-end", `url(#${id}-${gone.has(edge) ? "lit" : "plain"})`);
      }
      element.setAttribute("aria-label", said.length
        ? fill(words.diagram_now, { states: said.join(", ") }) : words.diagram_none);
    },
  };
};

export default live(({ root, link, words, state }) => {
  const page = `${Date.now()}-${Math.random()}`;
  const looks = new Map(); // number: look
  let total = 0;
  // The number of the look that is shown; null is the newest, whatever it is. What is opened with
  // a history is read from its beginning.
  let shown = state.looks.length > 1 ? state.looks[0].number : null;
  let sees = false;
  let beat = 0;

  const button = (label, onclick) => h("button", { type: "button", onclick }, label);
  const title = h("p", { class: "sm-head", role: "heading", "aria-level": "3" }, words.table);
  const newest = button(words.now, () => show(null));
  const back = button(words.back, () => show((shown ?? total) - 1));
  const next = button(words.next, () => show(shown + 1));
  const choice = h("select", { "aria-label": words.choose,
                               onchange: () => show(Number(choice.value)) });
  const where = h("p", { role: "status", class: "sm-look" });
  const body = h("tbody");
  const table = h("table", {},
    h("caption", { class: "sm-hidden" }, words.table),
    h("thead", {}, h("tr", {}, words.columns.slice(0, 4).map((name) => h("th", { scope: "col" }, name)))),
    body);
  const none = h("p", {}, words.none);
  const changes = h("ul");
  const notes = h("div", { class: "sm-muted sm-small" });
  const picture = diagram(words);
  root.append(
    h("div", { class: "sm-bar" }, title, back, next, choice, newest), where,
    h("div", { class: "sm-sockets" },
      h("div", { class: "sm-sockets-now" }, table, none,
        h("p", { class: "sm-sentence" }, words.changes), changes, notes),
      picture.element));

  const draw = () => {
    const number = shown ?? total;
    const look = looks.get(number);
    back.disabled = number <= 1;
    next.disabled = shown === null || number >= total;
    newest.setAttribute("aria-pressed", String(shown === null));
    if (!look) {
      where.textContent = words.waiting;
      return;
    }
    const values = { at: number, of: total, seconds: look.time.toFixed(2) };
    where.replaceChildren(fill(words.named, { name: fill(words.at, values), value: "" }), h("strong", {}, look.note),
      h("span", { class: "sm-muted" }, shown === null ? ` ${words.live}` : ""));
    body.replaceChildren(...look.rows.map(([owner, local, remote, name, meaning]) => h("tr", {},
      h("th", { scope: "row" }, owner), h("td", {}, h("code", {}, local)),
      h("td", {}, h("code", {}, remote)),
      h("td", {}, h("strong", {}, name), h("span", { class: "sm-says" }, meaning)))));
    table.hidden = look.rows.length === 0;
    none.hidden = look.rows.length > 0;
    const lines = look.changes.length ? look.changes : [words.nothing];
    changes.replaceChildren(...lines.map((line) => h("li", {}, line)));
    notes.replaceChildren(...look.notes.map((line) => h("p", {}, line)));
    picture.show(look.states, look.moves);
    options(number);
  };
  // Only looks that are here have a name; the others come when somebody goes there.
  const options = (number) => {
    const wanted = [...looks.keys()].sort((a, b) => a - b);
    if (choice.length !== wanted.length || Number(choice.options[choice.length - 1]?.value) !== wanted.at(-1))
      choice.replaceChildren(...wanted.map((one) =>
        h("option", { value: one }, fill(words.look, { number: one, note: looks.get(one).note }))));
    choice.value = String(number);
  };
  const keep = (told) => {
    total = Math.max(total, told.total);
    for (const look of told.looks) looks.set(look.number, look);
  };
  const show = (number) => {
    const focused = document.activeElement;
    shown = number === null ? null : Math.max(1, Math.min(total, number));
    draw();
    // A button that has become useless loses the focus: its neighbour takes it.
    if (focused === back && back.disabled) next.focus();
    if (focused === next && next.disabled) back.focus();
    if (!looks.has(shown ?? total)) {
      const first = Math.max(0, shown - 20);
      link.ask("looks", { first, count: 40 }).then((told) => {
        keep(told);
        draw();
      });
    }
  };

  // The kernel looks for us only while we are in sight.
  const tell = (now) => {
    if (!now && !sees) return;
    sees = now;
    clearInterval(beat);
    if (sees) beat = setInterval(say, BEAT);
    say();
  };
  const say = () => link.ask("sight", { page, sees }).then((told) => {
    keep(told);
    draw();
  }, () => {});
  let inside = false;
  const inSight = () => tell(inside && !document.hidden);
  // Nothing of the page holds on to a view that was thrown away: that one is not in sight.
  const listen = (add) => {
    const change = add ? "addEventListener" : "removeEventListener";
    document[change]("visibilitychange", inSight);
    window[change]("pagehide", leave);
  };
  const leave = () => tell(false);
  const observer = new IntersectionObserver((entries) => {
    inside = entries.at(-1).isIntersecting;
    listen(inside);
    inSight();
  });

  keep(state);
  draw();
  return {
    opened: () => observer.observe(root),
    hear(told) {
      keep(told);
      draw();
    },
    close() {
      tell(false);
      listen(false);
      observer.disconnect();
    },
  };
});
