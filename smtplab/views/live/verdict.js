// Buttons below a verdict: the next hint, the solution, and the stub again.
import { button, fill, h, live, prose } from "./live.js";

export default live(({ root, link, words, state }) => {
  const { exercise } = state;
  root.className = "smtplab smtplab-live sm-helps";
  root.setAttribute("aria-label", fill(words.help, { exercise }));

  const told = h("div", { "aria-live": "polite" });
  const say = (...children) => {
    const one = h("div", { class: "sm-helped" }, children);
    told.append(one);
    return one;
  };
  // The kernel answers when no cell runs; until then the button says so.
  const asks = (label, name, answered) => {
    const own = button(label, async () => {
      own.disabled = true;
      const waiting = setTimeout(() => (status.textContent = words.waiting), 400);
      try {
        answered(await link.ask(name), own);
      } catch (error) {
        status.textContent = fill(words.failed, { error: error.message });
      } finally {
        clearTimeout(waiting);
        if (status.textContent === words.waiting) status.textContent = "";
        own.disabled = own.done === true;
      }
    });
    return own;
  };
  const status = h("span", { class: "sm-muted", role: "status" });

  const hint = asks(words.hint, "hint", (one, own) => {
    own.done = one.last;
    say(h("p", { class: "sm-head" }, one.title), h("p", {}, prose(one.text)));
    if (one.last) solution.focus();
  });
  const solution = asks(words.solution, "solution", (one, own) => {
    own.done = one.source !== "";
    const shown = one.source
      ? h("pre", { tabindex: "0", role: "region", "aria-label": one.title }, one.source)
      : h("p", {}, prose(one.why));
    say(h("p", { class: "sm-head" }, one.title), shown);
  });

  // To begin again is asked twice: the second button is the one that does it.
  const sure = button(words.sure, async () => {
    ask.hidden = true;
    const said = (await put(exercise, await link.ask("stub")))
      ? fill(words.put, { exercise })
      : await link.ask("reset");
    status.textContent = said;
    reset.focus();
  });
  const keep = button(words.keep, () => {
    ask.hidden = true;
    reset.focus();
  });
  const ask = h("span", { class: "sm-bar", hidden: true }, fill(words.really, { exercise }), sure, keep);
  const reset = button(words.reset, () => {
    ask.hidden = false;
    keep.focus();
  });

  root.append(h("div", { class: "sm-bar" }, hint, solution, reset, ask, status), told);
  return { adds: true };
});

// Put the stub into the open cell that defines the exercise, as a paste over all of it would: the
// notebook knows of it, and Ctrl+Z brings back what stood there. Say whether it stands there now.
async function put(exercise, stub) {
  const begins = new RegExp(`^\\s*(def|class)\\s+${exercise}\\b`, "m");
  const text = (one) => [...one.querySelectorAll(".cm-line")].map((l) => l.textContent).join("\n");
  const editor = [...document.querySelectorAll(".jp-CodeCell .cm-content")].find((one) =>
    begins.test(text(one)));
  if (!editor) return false;
  editor.focus();
  await moment();
  document.execCommand("selectAll");
  await moment();
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", stub);
  editor.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  await moment();
  return text(editor).trimEnd() === stub.trimEnd();
}

// The editor hears of a selection a little later than the page.
const moment = () => new Promise((resolve) => setTimeout(resolve, 60));
