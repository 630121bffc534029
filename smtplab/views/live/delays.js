// How long sessions would take over the link that two sliders say.
import { built, h, heading } from "./live.js";
import { controls } from "./widgets.js";

export default ({ root, link, words, state }) => {
  const sliders = h("div", { class: "sm-sliders" });
  const page = h("div");
  const shown = controls(link, sliders);
  root.append(heading(words.title), sliders, page);

  return {
    hear({ page: drawn }) {
      // Who has opened the table of numbers keeps it open.
      const open = page.querySelector("details")?.open;
      page.replaceChildren(...built(drawn));
      page.querySelector("details").open = Boolean(open);
    },
    opened: () => shown.show(state.sliders),
    close: shown.remove,
  };
};
