// How long sessions would take over the link that two sliders say. They are ipywidgets' own: the
// manager of the kernel's widgets makes their views.
import { built, h, heading } from "./live.js";

export default ({ root, link, words, state }) => {
  const { widget_manager: manager } = link.model;
  const sliders = h("div", { class: "sm-sliders" });
  const page = h("div");
  const made = [];
  root.append(heading(words.title), sliders, page);

  const show = async (id) => {
    // A page that is opened again is told of its models one by one.
    for (let tries = 0; tries < 100 && !manager.has_model(id); tries++)
      await new Promise((done) => setTimeout(done, 100));
    if (!manager.has_model(id)) return;
    const model = await manager.get_model(id);
    const view = await manager.create_view(model);
    made.push(view);
    sliders.append(view.el);
    // JupyterLab says it of what it puts into a page itself: only then is the layout made.
    view.trigger("displayed");
    // A slider without a name is one of many to who does not see what stands beside it.
    for (const handle of view.el.querySelectorAll("[role=slider]"))
      handle.setAttribute("aria-label", model.get("description"));
  };

  return {
    hear({ page: drawn }) {
      // Who has opened the table of numbers keeps it open.
      const open = page.querySelector("details")?.open;
      page.replaceChildren(...built(drawn));
      page.querySelector("details").open = Boolean(open);
    },
    async opened() {
      for (const id of state.sliders) await show(id);
    },
    close() {
      for (const view of made) view.remove();
    },
  };
};
