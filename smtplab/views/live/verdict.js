// Buttons below a verdict: the next hint, the solution, and the stub again.
import { built, button, fill, h } from "./live.js";

export default ({ root, ask, link, words, state }) => {
  const { exercise } = state;
  root.className = "smtplab smtplab-live sm-helps";
  root.setAttribute("aria-label", fill(words.help, { exercise }));

  // The kernel answers when no cell runs. Until then the button keeps the focus, and takes no
  // second click; nor does it when there is nothing more to come.
  const told = h("div", { "aria-live": "polite" });
  const asks = (label, name, ended = () => {}) => {
    const own = button(label, async () => {
      if (own.ariaDisabled) return;
      own.ariaDisabled = "true";
      const [shown, isLast] = (await ask(name)) ?? [null, false];
      own.ariaDisabled = isLast ? "true" : null;
      if (shown) told.append(h("div", { class: "sm-helped" }, built(shown)));
      if (isLast) ended();
    });
    return own;
  };
  const hint = asks(words.hint, "hint", () => solution.focus());
  const solution = asks(words.solution, "solution");

  // To begin again is asked twice: the second button is the one that does it.
  const done = h("span", { class: "sm-muted", role: "status" });
  const sure = button(words.sure, async () => {
    keeps();
    const defines = new RegExp(`^(def|class)\\s+${exercise}\\b`, "m");
    const { cells } = link;
    const cell = cells.find((one) => one.id === state.cell) ??
      cells.find((one) => defines.test(one.getSource()));
    const answer = await (cell ? ask("stub", { cell: cell.getSource() }) : ask("reset"));
    if (answer === undefined) return;
    if (cell) {
      const [stub, kept] = answer;
      cell.setSource(stub);
      done.textContent = `${fill(words.put, { exercise })} ${kept}`;
    } else done.textContent = answer;
    forgotten();
  });
  // A verdict does not say that something is kept which is not.
  const forgotten = () => {
    for (const element of link.shown())
      for (const note of element.querySelectorAll(".sm-passed .sm-note"))
        note.textContent = words.forgotten;
  };
  const keeps = () => {
    really.hidden = true;
    reset.focus();
  };
  const keep = button(words.keep, keeps);
  const really = h("span", { class: "sm-bar", hidden: true }, fill(words.really, { exercise }), sure, keep);
  const reset = button(words.reset, () => {
    really.hidden = false;
    keep.focus();
  });

  const opened = async () => {
    const cells = link.cells.map((cell) => cell.getSource()).filter((one) => one.includes(exercise));
    const now = await ask("stand", { cells });
    if (now?.not_run)
      root.prepend(h("p", { class: "sm-sentence", role: "status" }, fill(words.not_run, { exercise })));
    if (now && !now.passed) forgotten();
  };

  root.append(h("div", { class: "sm-bar" }, hint, solution, reset, really, done), told);
  return { adds: true, opened };
};
