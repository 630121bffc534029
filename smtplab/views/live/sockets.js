// The sockets of this process as they are now, or as they were at a look that was kept, beside
// the state diagram of RFC 9293, section 3.3.2, figure 5.
import { diagram } from "./diagram.js";
import { built, button, fill, h, heading, pressed, svg } from "./live.js";
import { Chunks, List } from "./list.js";

const BEAT = 20000; // milliseconds between two signs of life to the kernel

// Where each state stands: the middle of its box. CLOSED stands at both ends of a life.
const STATES = {
  CLOSED: [310, 30], LISTEN: [75, 115], SYN_SENT: [555, 115], SYN_RECV: [75, 205],
  ESTABLISHED: [310, 205], FIN_WAIT1: [75, 310], CLOSE_WAIT: [555, 310], FIN_WAIT2: [75, 400],
  CLOSING: [310, 355], LAST_ACK: [555, 400], TIME_WAIT: [310, 450], GONE: [555, 485],
};
// From, to, the way, the word at the edge, and where it stands. The figure has one edge
// more, from LISTEN to SYN_SENT: a socket has no call for it.
/** @type {any[]} */
const EDGES = [
  ["CLOSED", "LISTEN", "M240 38L115 95", "listen", 196, 76],
  ["LISTEN", "CLOSED", "M65 96V24H239", "close", 110, 18],
  ["CLOSED", "SYN_SENT", "M380 38L515 95", "connect", 424, 76],
  ["SYN_SENT", "CLOSED", "M565 96V24H381", "close", 520, 18],
  ["LISTEN", "SYN_RECV", "M75 134V185", "syn", 75, 164],
  ["SYN_SENT", "SYN_RECV", "M485 122L146 194", "syn", 310, 155],
  ["SYN_RECV", "ESTABLISHED", "M145 205H239", "ack", 197, 222],
  ["SYN_SENT", "ESTABLISHED", "M540 134L381 198", "syn_ack", 500, 176],
  ["SYN_RECV", "FIN_WAIT1", "M75 224V290", "close", 75, 262],
  ["ESTABLISHED", "FIN_WAIT1", "M270 224L130 290", "close", 214, 264],
  ["ESTABLISHED", "CLOSE_WAIT", "M350 224L500 290", "fin", 412, 264],
  ["FIN_WAIT1", "FIN_WAIT2", "M75 329V380", "ack", 75, 360],
  ["FIN_WAIT1", "CLOSING", "M145 318L239 346", "fin", 200, 326],
  ["FIN_WAIT2", "TIME_WAIT", "M145 408L239 440", "fin", 196, 432],
  ["CLOSING", "TIME_WAIT", "M310 374V430", "ack", 310, 406],
  ["CLOSE_WAIT", "LAST_ACK", "M555 329V380", "close", 555, 360],
  ["LAST_ACK", "GONE", "M555 419V465", "ack", 555, 447],
  ["TIME_WAIT", "GONE", "M380 456L484 478", "timeout", 424, 494],
];
// The system's name for a socket that is in no state.
const named = (state) => (state === "CLOSE" || state === "GONE" ? "CLOSED" : state);

// The edges of the shortest way from one state to another.
const way = (from, to) => {
  const ways = [[from, []]];
  for (const [state, edges] of ways) {
    if (named(state) === to && edges.length) return edges;
    for (const [start, end] of EDGES)
      if (start === state && !ways.some(([met]) => met === end))
        ways.push([end, [...edges, `${start} ${end}`]]);
  }
  return [];
};

export default ({ root, ask, words }) => {
  const looks = new Chunks((first, count) => ask("looks", { first, count }), () => list.refresh(), 50);
  const list = new List({
    label: words.choose, things: looks, rows: 4,
    draw: ({ number, time, note }) => [h("span", { class: "sm-time" }, time.toFixed(2)),
                                       fill(words.look, { number, note })],
    choose: (look) => draw(look),
  });
  const isLive = () => list.chosen === list.count - 1;
  const newest = button(words.now, () => list.go(list.count - 1));
  const table = h("div");
  const changes = h("ul", { "aria-live": "polite" });
  const picture = diagram({
    wide: 630, high: 512, box: [140, 38],
    nodes: STATES, named, edges: EDGES, labels: words.edges,
  });
  const counts = picture.boxes.map(({ group, x, y }) => {
    const number = svg("text", { x: x - 4, y: y + 8 });
    group.append(svg("g", { class: "sm-state-count" },
                     svg("circle", { cx: x - 4, cy: y + 2, r: 14 }), number));
    return number;
  });
  root.append(
    h("div", { class: "sm-bar" }, heading(words.table), newest), list.element,
    h("div", { class: "sm-sockets" },
      h("div", { class: "sm-sockets-now" }, table,
        h("p", { class: "sm-sentence" }, words.changes), changes),
      picture.element));

  const draw = (look) => {
    pressed(newest, isLive());
    table.replaceChildren(...built(look.page));
    const lines = look.changes.length ? look.changes : [words.nothing];
    changes.replaceChildren(...lines.map((line) => h("li", {}, line)));
    // The system's name for a socket that is in no state is CLOSE.
    const states = { ...look.states, CLOSED: (look.states.CLOSED ?? 0) + (look.states.CLOSE ?? 0) };
    const used = picture.boxes.filter(({ name }) => states[name]);
    picture.boxes.forEach(({ name }, n) => (counts[n].textContent = states[name] || ""));
    const gone = new Set(look.moves.flatMap(([from, to]) => way(named(from), named(to))));
    const said = used.map(({ name }) => `${name} ${states[name]}`).join(", ");
    picture.light(said ? fill(words.diagram_now, { states: said }) : words.diagram_none,
                  (box) => used.includes(box),
                  (edge) => gone.has(`${edge.from} ${edge.to}`));
  };
  const hear = (told) => {
    // Who looks at an earlier one is not taken away from it.
    const live = isLive();
    looks.take(told);
    list.resize(told.total);
    if (live) list.go(told.total - 1);
    pressed(newest, isLive());
  };

  // The kernel looks for us only while we are in sight. Nothing of the page holds on to a view
  // that was thrown away: that one is not in sight.
  let timer = 0;
  const beat = () => {
    if (!document.hidden) ask("now", {}, () => "").then((told) => told && hear(told));
  };
  const observer = new IntersectionObserver((entries) => {
    clearInterval(timer);
    if (!entries.at(-1).isIntersecting) return;
    timer = setInterval(beat, BEAT);
    beat();
  });

  return {
    hear,
    opened() {
      // What is opened with a history is read from its beginning.
      list.go(0);
      observer.observe(root);
    },
    close() {
      observer.disconnect();
      clearInterval(timer);
    },
  };
};
