// The mailbox: a list of what arrived, newest first, and below it the message that is chosen. What
// mail says is text here, always; its HTML goes into a sealed frame, as a whole, and nowhere else.
import { built, button, h, heading, pressed } from "./live.js";
import { Chunks, List } from "./list.js";

const PAUSE = 60; // milliseconds that a message stays chosen before it is asked for

export default ({ root, ask, words }) => {
  let chosen = 0; // the number of the message that is shown, or 0
  let follows = true;
  let soon = 0;

  // The things of the list are newest first; those of the kernel oldest first, and counted from 0.
  const messages = new Chunks((first, count) => ask("rows", { first, count }),
                              () => list.refresh(), 50);
  const list = new List({
    label: words.list, rows: 6, things: { at: (index) => messages.at(messages.total - 1 - index) },
    draw: (row) => row.map((cell) => h("span", { title: cell }, cell)),
    rowClass: () => "sm-mail-row",
    choose: (_, index) => {
      follows = follows && index === 0;
      label();
      open(messages.total - index);
    },
  });

  const title = heading("");
  const following = button(words.follow, () => {
    follows = !follows;
    if (follows && messages.total > 0) open(messages.total);
    label();
    list.see();
  });
  const columns = h("div", { class: "sm-mail-row sm-mail-head", "aria-hidden": "true" },
                    words.columns.map((column) => h("span", {}, column)));
  const area = h("div", { class: "sm-message" });
  root.append(h("div", { class: "sm-mail" },
    h("div", { class: "sm-bar" }, title, following), columns, list.element, area));

  const label = () => {
    pressed(following, follows);
    const { total } = messages;
    following.hidden = total < 2 && follows;
    for (const part of [columns, list.element, area]) part.hidden = total === 0;
    list.mark(chosen ? total - chosen : -1);
  };
  const show = (told) => {
    area.replaceChildren(...built(told));
    // A reader who looks into something is not taken away from it by the next message.
    for (const fold of area.querySelectorAll("summary"))
      fold.addEventListener("click", () => {
        follows = false;
        label();
      });
  };
  // Show a message, told already or not.
  const open = (number, told = null) => {
    if (chosen === number) return;
    clearTimeout(soon);
    chosen = number;
    label();
    if (told) {
      show(told);
      return;
    }
    // Whoever goes down the list with an arrow key is not shown each message on the way.
    soon = setTimeout(async () => {
      const message = await ask("message", { number });
      if (message && chosen === number) show(message);
    }, PAUSE);
  };

  const hear = (said) => {
    const { total } = said.rows;
    if (total < messages.total) return;
    const arrived = total - messages.total;
    const { scrollTop } = list.element;
    messages.take(said.rows);
    title.textContent = said.title;
    list.resize(total);
    label();
    if (follows && total > 0) {
      open(total, said.newest);
      list.see();
    } else if (scrollTop > 0) list.element.scrollTop = scrollTop + arrived * list.pixels;
  };

  return { hear, opened: () => label() };
};
