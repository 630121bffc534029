// Controls with which somebody before a class turns things on and off, and what is on.
import { built, h, heading } from "./live.js";
import { controls } from "./widgets.js";

export default ({ root, link, words, state }) => {
  const panel = h("div", { class: "sm-switches" });
  const page = h("div");
  const shown = controls(link, panel);
  root.append(heading(words.title), panel, page);

  let told = [];

  return {
    hear({ page: drawn }) {
      // Only what differs is made anew: whoever selects a line of code keeps it.
      const texts = drawn.map((one) => JSON.stringify(one));
      texts.forEach((text, n) => {
        if (text === told[n]) return;
        const [made] = built([drawn[n]]);
        if (n < page.children.length) page.children[n].replaceWith(made);
        else page.append(made);
      });
      while (page.children.length > texts.length) page.lastElementChild.remove();
      told = texts;
    },
    opened: () => shown.show(state.controls),
    close: shown.remove,
  };
};
