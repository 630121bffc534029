// The ladder of one session: the client on the left, the server on the right, time runs down.
import { Chunks, List, button, fill, h, hexdump, live, octetsOf } from "./live.js";

const CHUNK = 200;
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const LONGEST = 2; // seconds that a replay waits between two rows, whatever the session did

export default live(({ root, link, words, state }) => {
  const kept = new Map(); // session: {total, rows}
  let sessions = state.sessions;
  let session = null;
  let follows = true;
  let replay = null; // {at, playing, timer}
  let detailed = 0;

  const keep = (told) => {
    const has = kept.get(told.session) ?? nothing(told.session);
    has.total = told.total;
    told.rows.forEach((row, n) => (has.rows[told.first + n] = row));
    kept.set(told.session, has);
  };

  const nothing = (number) => ({
    total: 0,
    rows: [],
    chunks: new Chunks(CHUNK, async (first) => {
      keep(await link.ask("rows", { session: number, first, count: CHUNK }));
      list.refresh();
    }),
  });

  const rows = () => kept.get(session) ?? nothing(session);

  // One row, or null: then it is on its way.
  const row = (index) => {
    const { rows: there, chunks } = rows();
    if (there[index]) return there[index];
    chunks.want(index);
    return null;
  };

  const draw = (index) => {
    const said = row(index);
    if (said === null) return null;
    if (said.kind === "tls") return h("span", { class: "sm-border" }, said.text);
    const time = h("span", { class: "sm-time" }, said.time.toFixed(3));
    const way = h("span", { class: "sm-way" },
      h("span", { "aria-hidden": "true" }, said.who === "C" ? "→" : "←"),
      h("span", { class: "sm-hidden" }, said.who === "C" ? words.to_server : words.to_client),
      said.marks.map((mark) => h("span", { class: "sm-mark" }, mark)));
    const text = h("span", { class: said.who === "C" ? "sm-c" : "sm-s", title: said.text },
      h("code", {}, said.text),
      said.refused ? h("span", { class: "sm-refused" }, said.says) : null);
    const empty = h("span");
    return said.who === "C" ? [time, text, way, empty] : [time, empty, way, text];
  };

  const list = new List({
    label: words.list, draw, choose: (index) => detail(index), rows: 14,
    rowClass: (index) => `sm-rung ${rows().rows[index]?.kind === "tls" ? "sm-rung-tls" : ""}`,
  });
  list.element.addEventListener("keydown", (event) => {
    if (!replay) return;
    if (event.key === "ArrowRight") step(1);
    else if (event.key === "ArrowLeft") step(-1);
  });

  const title = h("p", { class: "sm-head", role: "heading", "aria-level": "3" });
  const choice = h("select", { "aria-label": words.choose,
                               onchange: () => show(Number(choice.value), false) });
  const following = button(words.follow, () => {
    follows = !follows;
    if (follows && sessions.length) show(sessions.at(-1)[0], true);
    label();
  });
  const replaying = button(words.replay, () => (replay ? stop() : start()));
  const speed = h("select", { "aria-label": words.speed },
    SPEEDS.map((by) => h("option", { value: by, selected: by === 1 }, fill(words.times, { by }))));
  const back = button(words.back, () => step(-1));
  const next = button(words.next, () => step(1));
  const playing = button(words.play, () => (replay.playing ? pause() : play()));
  const where = h("span", { class: "sm-muted", role: "status" });
  const player = h("div", { class: "sm-bar", hidden: true, role: "group",
                            "aria-label": words.replay },
                   back, next, playing, speed, where);
  const about = h("div", { class: "sm-detail", role: "region", "aria-label": words.detail,
                           hidden: true });
  const empty = h("p", {}, words.empty);
  root.append(h("div", { class: "sm-bar" }, title, choice, following, replaying), player,
              list.element, empty, about);

  const label = () => {
    title.textContent = link.title ?? state.title;
    following.setAttribute("aria-pressed", String(follows));
    replaying.setAttribute("aria-pressed", String(replay !== null));
    replaying.disabled = rows().total === 0;
    choice.hidden = sessions.length < 2;
    following.hidden = choice.hidden;
    player.hidden = replay === null;
    list.element.hidden = rows().total === 0;
    empty.hidden = rows().total > 0;
    if (replay) {
      where.textContent = fill(words.at, { at: replay.at, of: rows().total });
      back.disabled = replay.at === 0;
      next.disabled = replay.at >= rows().total;
      playing.textContent = replay.playing ? words.pause : words.play;
    }
  };

  const options = () => {
    choice.replaceChildren(...sessions.map(([number, name]) =>
      h("option", { value: number, selected: number === session }, name)).reverse());
  };

  // Show a session; at its end when it is followed.
  const show = (number, toEnd) => {
    if (session !== number) {
      stop();
      session = number;
      list.chosen = -1;
      about.hidden = true;
    }
    follows = follows && number === sessions.at(-1)?.[0];
    options();
    if (!kept.has(number)) {
      link.ask("rows", { session, first: 0, count: CHUNK }).then((told) => {
        keep(told);
        if (session === told.session) show(session, toEnd);
      });
    }
    list.resize(rows().total);
    label();
    if (toEnd) list.toEnd();
  };

  const detail = (index) => {
    const said = row(index);
    if (!said || said.kind === "tls") {
      about.hidden = true;
      return;
    }
    const number = ++detailed;
    const octets = h("div");
    const lines = h("code", {}, said.text);
    const more = button(words.octets, () => {
      const shown = more.getAttribute("aria-pressed") === "true";
      more.setAttribute("aria-pressed", String(!shown));
      octets.hidden = shown;
      link.showsOctets = !shown;
    }, { "aria-pressed": String(link.showsOctets ?? false) });
    octets.hidden = !link.showsOctets;
    about.replaceChildren(
      h("div", { class: "sm-bar" },
        h("span", { class: "sm-sentence" }, said.who === "C" ? words.to_server : words.to_client),
        more,
        said.says ? h("span", {}, said.says) : null,
        said.link ? h("a", { href: said.link, target: "_blank", rel: "noopener noreferrer" },
                      said.label) : null),
      lines, octets);
    about.hidden = false;
    link.ask("row", { session, row: index }).then((told) => {
      if (number !== detailed) return;
      lines.textContent = told.lines.join("\n");
      octets.replaceChildren(hexdump(octetsOf(told.octets), words),
                             told.cut ? fill(words.cut, { size: told.size }) : told.size);
    });
  };

  // Replay

  const start = () => {
    follows = false;
    replay = { at: 0, playing: false, timer: 0 };
    list.resize(0);
    label();
    list.element.hidden = false;
    step(1);
  };
  const stop = () => {
    if (!replay) return;
    clearTimeout(replay.timer);
    replay = null;
    list.resize(rows().total);
    label();
  };
  const step = (by) => {
    if (!replay) return;
    replay.at = Math.max(0, Math.min(rows().total, replay.at + by));
    list.resize(replay.at);
    if (replay.at > 0) list.go(replay.at - 1);
    if (replay.at >= rows().total) pause();
    label();
    list.element.hidden = false;
  };
  const play = () => {
    if (replay.at >= rows().total) replay.at = 0;
    replay.playing = true;
    const tick = () => {
      step(1);
      if (replay?.playing) replay.timer = setTimeout(tick, wait() * 1000);
    };
    tick();
  };
  const pause = () => {
    clearTimeout(replay.timer);
    replay.playing = false;
    label();
  };
  // Seconds until the next row, as it was, and not so long that a class falls asleep.
  const wait = () => {
    const [now, then] = [row(replay.at - 1), row(replay.at)];
    const pause = now && then ? then.time - now.time : 0.5;
    return Math.min(Math.max(pause, 0.4), LONGEST) / Number(speed.value);
  };

  if (state.newest) keep(state.newest);
  label();
  if (sessions.length) session = state.newest.session;

  return {
    opened() {
      if (session !== null) show(session, true);
      // The state is from when the model was made; the transcript may have grown since.
      link.ask("now").then((now) => this.hear({ ...now, changed: now.newest ? [now.newest] : [],
                                                newest: now.newest?.session }));
    },
    hear(said) {
      sessions = said.sessions;
      link.title = said.title;
      said.changed.forEach(keep);
      if (session === null) session = said.newest ?? null;
      const end = list.atEnd;
      if (follows && said.newest && session !== said.newest) show(said.newest, true);
      else if (!replay && session !== null) {
        options();
        list.resize(rows().total);
        label(); // a list that is hidden cannot be scrolled
        if (follows && end) list.toEnd();
      }
      label();
    },
  };
});
