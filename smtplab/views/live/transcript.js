// The sequence diagram of one session: client on the left, server on the right, time runs down.
import { button, fill, h, heading, pressed, rfc, way } from "./live.js";
import { Chunks, Details, List } from "./list.js";

const SPEEDS = [0.25, 0.5, 1, 2, 4];
const LONGEST = 2; // seconds that a replay waits between two rows, whatever the session did

export default ({ root, ask, words, state }) => {
  const kept = new Map(); // session: its rows, as far as they are known
  let sessions = [];
  let session = null;
  let follows = !state.alone; // a session by itself is read from its beginning
  let replay = null; // {at, playing, timer}

  const rowsOf = (number) => {
    const bring = (first, count) => ask("rows", { session: number, first, count });
    if (!kept.has(number)) kept.set(number, new Chunks(bring, () => label()));
    return kept.get(number);
  };
  const current = () => rowsOf(session);

  const draw = (said) => {
    if (said.kind === "band") return h("span", { class: "sm-border" }, said.text);
    const time = h("span", { class: "sm-time" }, said.time.toFixed(3));
    const went = h("span", { class: "sm-way" }, way(said, words));
    const notes = [said.refused ? said.says : "", said.bare].filter(Boolean);
    const text = h("span", { class: said.who === "C" ? "sm-c" : "sm-s", title: said.text },
      h("code", {}, said.text), notes.map((note) => h("span", { class: "sm-refused" }, note)));
    const empty = h("span");
    return said.who === "C" ? [time, text, went, empty] : [time, empty, went, text];
  };
  const list = new List({
    label: words.list, draw, things: { at: (index) => current().at(index) },
    rowClass: ({ kind }) => `sm-row ${kind === "band" ? "sm-row-tls" : ""}`,
    choose: (said, index) => {
      const to = said.who === "C" ? words.to_server : words.to_client;
      const about = [h("span", { class: "sm-sentence" }, to), said.says, said.bare, rfc(said)];
      if (said.kind === "band") details.element.hidden = true;
      else details.show(about.filter(Boolean).flatMap((one) => [one, " "]), said.text,
                        ask("row", { session, row: index }));
    },
    press: ({ key }) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (replay && by) step(by);
      return replay && by;
    },
  });

  const title = heading("");
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
  const player = h("div", { class: "sm-bar", role: "group", "aria-label": words.replay },
                   back, next, playing, speed, where);
  const details = new Details(words);
  const empty = h("p", {}, words.empty);
  root.append(h("div", { class: "sm-bar" }, title, choice, following, replaying), player,
              list.element, empty, details.element);

  const label = () => {
    const { total } = current();
    pressed(following, follows);
    pressed(replaying, replay !== null);
    replaying.disabled = total === 0;
    following.hidden = choice.hidden = sessions.length < 2;
    player.hidden = replay === null;
    list.element.hidden = total === 0;
    empty.hidden = total > 0;
    list.resize(replay ? replay.at : total);
    if (!replay) return;
    where.textContent = fill(words.at, { at: replay.at, of: total });
    back.disabled = replay.at === 0;
    next.disabled = replay.at >= total;
    playing.textContent = replay.playing ? words.pause : words.play;
  };

  // Show a session; at its end when it is followed.
  const show = (number, toEnd) => {
    // What the page has heard nothing of yet is asked for.
    if (!kept.has(number)) rowsOf(number).at(0);
    if (session !== number) {
      stop();
      session = number;
      list.mark(-1);
      details.element.hidden = true;
    }
    follows = follows && number === sessions.at(-1)[0];
    choice.value = String(number);
    label();
    if (toEnd) list.toEnd();
  };

  // Replay

  const start = () => {
    follows = false;
    replay = { at: 0, playing: false, timer: 0 };
    step(1);
  };
  const stop = () => {
    clearTimeout(replay?.timer);
    replay = null;
    label();
  };
  const step = (by) => {
    const { total } = current();
    replay.at = Math.max(0, Math.min(total, replay.at + by));
    replay.playing = replay.playing && replay.at < total;
    label();
    list.go(replay.at - 1);
  };
  const play = () => {
    if (replay.at >= current().total) replay.at = 0;
    replay.playing = true;
    const tick = () => {
      step(1);
      if (replay.playing) replay.timer = setTimeout(tick, wait() * 1000);
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
    const [now, then] = [replay.at - 1, replay.at].map((index) => current().at(index));
    const seconds = now && then ? then.time - now.time : 0.5;
    return Math.min(Math.max(seconds, 0.4), LONGEST) / Number(speed.value);
  };

  const hear = (said) => {
    const end = list.atEnd || session === null;
    sessions = said.sessions;
    title.textContent = said.title;
    said.changed.forEach((told) => rowsOf(told.session).take(told));
    choice.replaceChildren(
      ...sessions.map(([number, name]) => h("option", { value: number }, name)).reverse());
    const newest = sessions.at(-1)?.[0] ?? null;
    const shown = follows || session === null ? newest : session;
    if (shown === null) label();
    else show(shown, follows && (end || shown !== session));
  };

  return { hear, opened: () => follows && list.toEnd() };
};
