// The mailbox: a list of what arrived, and the message that is chosen, in tabs. What mail says is
// text here, always; its HTML goes into a sealed frame, as a whole, and nowhere else.
import { Chunks, List, button, fill, h, hexdump, live, octetsOf, uid } from "./live.js";

const CHUNK = 50; // rows of the list that are asked for at once
const LINES = 200; // rows of a tab
const PATIENCE = 700; // milliseconds until it is said that the kernel is waited for
const PAUSE = 60; // milliseconds that a message stays chosen before it is asked for

// The first wall stands before there is anything behind it: a frame without its sandbox is never
// given a document, and never in the page.
const sealed = ({ page, title, height }) => {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.setAttribute("loading", "lazy");
  frame.setAttribute("title", title);
  frame.style.height = height;
  if (frame.getAttribute("sandbox") !== "") throw new Error("no sandbox");
  frame.setAttribute("srcdoc", page);
  return frame;
};

export default live(({ root, link, words, state }) => {
  const rows = new Map(); // number: its row
  let { box, total, alone } = state;
  let chosen = 0; // the number of the message that is shown, or 0
  let shown = null; // that message as it was told
  let tab = "message";
  let follows = !alone;
  let soon = 0;
  let waiting = 0;

  const status = h("p", { class: "sm-muted sm-status", role: "status" });
  const say = (said) => (status.textContent = said);

  // Ask the kernel, and say so when it takes its time. What fails is said, and thrown.
  const ask = (name, values) => {
    const late = setTimeout(() => say(words.waiting), PATIENCE);
    waiting += 1;
    return link.ask(name, { box, ...values }).finally(() => {
      clearTimeout(late);
      waiting -= 1;
      if (waiting === 0 && status.textContent === words.waiting) say("");
    });
  };
  const failed = (error) => say(fill(words.failed, { error: error.message }));

  // The list, newest first: row 0 is the message with the highest number.

  const keep = (told) => told.forEach((row) => rows.set(Number(row[0]), row));

  const draw = (index) => {
    const number = total - index;
    const row = rows.get(number);
    if (row) return row.map((cell) => h("span", { title: cell }, cell));
    chunks.want(number - 1); // numbers count from 1
    return null;
  };
  const chunks = new Chunks(CHUNK, async (first) => {
    const from = box;
    try {
      const told = await ask("rows", { first: first + 1, count: CHUNK });
      if (from !== box) return;
      keep(told);
      list.refresh();
    } catch (error) {
      failed(error);
    }
  });

  const list = new List({
    label: words.list, draw, rows: 6, rowClass: () => "sm-mail-row",
    choose: (index) => {
      follows = follows && index === 0;
      label();
      open(total - index);
    },
  });

  const title = h("p", { class: "sm-head", role: "heading", "aria-level": "3" });
  const following = button(words.follow, () => {
    follows = !follows;
    if (follows && total > 0) newest(null);
    label();
  });
  const columns = h("div", { class: "sm-mail-row sm-mail-head", "aria-hidden": "true" },
                    words.columns.map((column) => h("span", {}, column)));
  const area = h("div", { class: alone ? "" : "sm-message", role: "region" });
  const empty = h("p", {}, words.empty);
  root.append(h("div", { class: "sm-mail" },
    h("div", { class: "sm-bar" }, title, alone ? null : following),
    ...(alone ? [] : [columns, list.element, empty]), area, status));

  const label = () => {
    title.textContent = link.title ?? state.title;
    root.setAttribute("aria-label", title.textContent);
    following.setAttribute("aria-pressed", String(follows));
    following.hidden = total < 2 && follows;
    for (const part of [columns, list.element]) part.hidden = total === 0;
    empty.hidden = total > 0;
  };

  const mark = () => {
    list.chosen = chosen ? total - chosen : -1;
    list.resize(total);
  };

  // The newest message, told already or not.
  const newest = (told) => {
    chosen = total;
    mark();
    list.element.scrollTop = 0;
    if (told?.number === total) show(told);
    else open(total);
  };

  // The chosen message

  const open = (number) => {
    chosen = number;
    clearTimeout(soon);
    if (shown?.number === number) return;
    // Whoever goes down the list with an arrow key is not shown each message on the way.
    soon = setTimeout(() => {
      const from = box;
      ask("message", { number })
        .then((told) => from === box && chosen === number && show(told))
        .catch(failed);
    }, PAUSE);
  };

  const urls = new Set(); // of pictures, given back when the message goes
  const forget = () => {
    for (const url of urls) URL.revokeObjectURL(url);
    urls.clear();
  };

  const show = (told) => {
    clearTimeout(soon);
    if (shown && shown.number === told.number) return;
    forget();
    shown = told;
    chosen = told.number;
    say("");
    const tabs = tabbed(told);
    area.setAttribute("aria-label", told.title);
    area.replaceChildren(
      ...(alone ? [] : [h("p", { class: "sm-head", role: "heading", "aria-level": "4" },
                          told.title)]),
      h("dl", {}, told.facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      ...tabs);
  };

  // Tabs (WAI-ARIA, the tabs pattern): one of them is in the order of the Tab key, the arrow keys
  // go from one to the next.
  const tabbed = (told) => {
    const names = { message: words.tab_message, raw: words.tab_raw, headers: words.tab_headers,
                    parts: told.parts, defects: told.defects, transcript: words.tab_transcript };
    const keys = Object.keys(names);
    const panels = {};
    const buttons = {};
    for (const key of keys) {
      const [id, panel] = [uid(), uid()];
      buttons[key] = h("button", { type: "button", role: "tab", id, "aria-controls": panel,
                                   onclick: () => touched(key) }, names[key]);
      panels[key] = h("div", { role: "tabpanel", id: panel, "aria-labelledby": id, tabindex: "0",
                               class: "sm-panel" });
    }
    const select = (key) => {
      tab = key;
      for (const one of keys) {
        buttons[one].setAttribute("aria-selected", String(one === key));
        buttons[one].tabIndex = one === key ? 0 : -1;
        panels[one].hidden = one !== key;
      }
      if (key === "message") {
        if (!panels[key].hasChildNodes()) panels[key].append(...letter(told));
      } else if (key === "transcript" || !panels[key].hasChildNodes()) {
        lines(panels[key], told.number, key);
      }
    };
    // A reader who looks at something is not taken away from it by the next message.
    const touched = (key) => {
      if (key !== "message") follows = false;
      label();
      select(key);
      buttons[key].focus();
    };
    const move = (event) => {
      const at = keys.indexOf(tab);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (to === undefined) return;
      touched(keys.at(to % keys.length));
      event.preventDefault();
      event.stopPropagation();
    };
    select(tab);
    return [h("div", { class: "sm-tabs", role: "tablist", "aria-label": words.tabs,
                       onkeydown: move }, keys.map((key) => buttons[key])),
            keys.map((key) => panels[key])].flat();
  };

  const printed = (text, name, attributes = { class: "sm-wrap" }) =>
    h("pre", { tabindex: "0", role: "region", "aria-label": name, ...attributes }, text);

  // As a mail program shows it.
  const letter = (told) => {
    const drawn = [];
    if (told.frame) {
      drawn.push(sealed(told.frame));
      for (const note of told.notes) drawn.push(h("p", { class: "sm-muted sm-small" }, note));
      if (told.text !== null)
        drawn.push(h("details", {}, h("summary", {}, words.as_text),
                     printed(told.text, told.text_label)));
    } else if (told.text !== null) drawn.push(printed(told.text, told.text_label));
    else drawn.push(h("p", { class: "sm-sentence" }, told.nothing));
    if (told.files.length) {
      drawn.push(h("p", { class: "sm-muted" }, words.attachments),
                 h("ul", { class: "sm-files", "aria-label": words.attachments },
                   told.files.map((file) => attached(told.number, file))),
                 told.more ? h("p", { class: "sm-muted" }, told.more) : "");
    }
    // What is wrong with it stands here too, where nobody has to look for it.
    if (told.wrong.length)
      drawn.push(h("p", { class: "sm-muted" }, told.defects),
                 h("ul", { "aria-label": told.defects }, told.wrong.map((one) => h("li", {}, one))));
    return drawn;
  };

  // Attachments: their octets stay in the kernel until they are wanted.

  const octets = async (number, { part, size }, progress = () => {}) => {
    const pieces = [];
    for (let done = 0; done < size; ) {
      const piece = await ask("octets", { number, part, first: done });
      if (!piece?.length) throw new Error(words.gone);
      pieces.push(piece);
      done += piece.length;
      progress(done);
    }
    return pieces;
  };

  const attached = (number, file) => {
    const save = button(fill(words.save, { name: file.name }), async () => {
      save.disabled = true;
      const count = (octets) => octets.toLocaleString("en");
      const values = { name: file.name, size: count(file.size) };
      try {
        const pieces = await octets(number, file, (done) =>
          say(fill(words.saving, { ...values, done: count(done) })));
        // Saved, never opened: the type is not the one that the mail claims.
        const url = URL.createObjectURL(new Blob(pieces, { type: "application/octet-stream" }));
        h("a", { href: url, download: file.name }).click();
        setTimeout(() => URL.revokeObjectURL(url), 60_000);
        say(fill(words.saved, values));
      } catch (error) {
        failed(error);
      }
      save.disabled = false;
    });
    const said = file.said ? `, ${file.said}` : "";
    const item = h("li", {}, save, ` (${file.about}${said})`);
    if (file.picture) {
      const name = fill(words.picture, { name: file.name });
      const fold = h("details", { open: true }, h("summary", {}, name));
      item.append(fold);
      octets(number, file).then((pieces) => {
        if (shown?.number !== number) return;
        const url = URL.createObjectURL(new Blob(pieces, { type: file.picture }));
        urls.add(url);
        fold.append(h("img", { src: url, alt: name }));
      }).catch(failed);
    }
    return item;
  };

  // What it is made of: each tab is asked for when it is opened.

  const lines = (panel, number, key) => {
    const from = box;
    ask("tab", { number, tab: key, first: 0, count: LINES }).then((told) => {
      if (from !== box || shown?.number !== number) return;
      const name = h("p", { class: "sm-muted" }, told.title);
      panel.replaceChildren(name, ...drawnAs[told.kind](told, number, key));
    }).catch(failed);
  };

  const drawnAs = {
    text: (told) => [printed(told.text, told.title || words.tab_raw)],
    items: (told) => [h("ul", {}, told.rows.map(([text]) => h("li", {}, text)))],
    table: (told) => [
      h("table", {},
        h("caption", { class: "sm-hidden" }, told.title),
        h("thead", {}, h("tr", {}, told.columns.map((one) => h("th", { scope: "col" }, one)))),
        h("tbody", {}, told.rows.map(([first, ...others]) =>
          h("tr", {}, h("th", { scope: "row" }, first), others.map((one) => h("td", {}, one)))))),
    ],
    list: (told, number, key) => long(told, number, key, (row) =>
      row.map((cell) => h("span", { title: cell }, cell))),
    ladder: (told, number, key) => long(told, number, key, rung),
  };

  const rung = (said) => {
    if (said.kind === "tls") return h("span", { class: "sm-muted" }, said.text);
    const client = said.who === "C";
    return [
      h("span", { class: "sm-time" }, said.time.toFixed(3)),
      h("span", {}, h("span", { "aria-hidden": "true" }, client ? "→" : "←"),
        h("span", { class: "sm-hidden" }, client ? words.to_server : words.to_client),
        said.marks.map((mark) => h("span", { class: "sm-mark" }, mark))),
      h("code", { class: client ? "sm-c" : "sm-s", title: said.text }, said.text),
      said.says ? h("span", { class: "sm-muted" }, said.says) : "",
    ];
  };

  // Many rows: those in sight are in the page, others are asked for; one that is chosen is shown
  // in full below.
  const long = (told, number, key, drawn) => {
    const there = [];
    const under = new Set();
    const from = box;
    const take = (more) => more.rows.forEach((row, n) => (there[more.first + n] = row));
    const about = h("div", { class: "sm-detail", role: "region", "aria-label": words.detail,
                             hidden: true });
    let detailed = -1;
    const list = new List({
      label: told.title, rows: 14, rowClass: () => `sm-cells sm-cells-${key}`,
      draw: (index) => {
        if (there[index]) return drawn(there[index]);
        const first = index - (index % LINES);
        if (!under.has(first)) {
          under.add(first);
          ask("tab", { number, tab: key, first, count: LINES }).then((more) => {
            take(more);
            list.refresh();
          }).catch(failed).finally(() => under.delete(first));
        }
        return null;
      },
      choose: (index) => {
        detailed = index;
        ask("row", { number, tab: key, row: index }).then((whole) => {
          if (detailed !== index || from !== box) return;
          about.replaceChildren(
            ...(whole.text === null ? [] : [h("code", {}, whole.text)]),
            ...(whole.octets === undefined ? []
              : [hexdump(octetsOf(whole.octets), words),
                 whole.cut ? fill(words.cut, { size: whole.size }) : whole.size]));
          about.hidden = false;
        }).catch(failed);
      },
    });
    take(told);
    list.resize(told.total);
    return [list.element, about];
  };

  if (state.rows) keep(state.rows);
  label();

  return {
    opened() {
      mark();
      if (total > 0) newest(state.newest);
      // The state is from when the model was made; more may have arrived since.
      link.ask("now").then((now) => this.hear(now)).catch(failed);
    },
    hear(said) {
      if (said.box < box || (said.box === box && said.total < total)) return;
      if (said.box > box) {
        box = said.box;
        total = 0;
        chosen = 0;
        shown = null;
        rows.clear();
        chunks.coming.clear();
        forget();
        area.replaceChildren();
        follows = true;
      }
      link.title = said.title;
      const arrived = said.total - total;
      const top = list.element.scrollTop;
      total = said.total;
      keep(said.rows);
      label();
      if (alone) return;
      if (arrived > 0 && (follows || chosen === 0)) newest(said.newest);
      else {
        mark();
        // What the reader looks at stays where it is.
        if (arrived > 0 && top > 0) list.element.scrollTop = top + arrived * list.pixels;
        if (chosen === said.newest?.number) show(said.newest);
      }
    },
    close: forget,
  };
});
