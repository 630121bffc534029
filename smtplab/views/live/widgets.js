// Controls of ipywidgets within a view: the manager of the kernel's widgets makes their views.

// Show those of some ids in an element, one after the other; what is returned takes them away.
export const controls = ({ model: { widget_manager: manager } }, element) => {
  const made = [];
  const show = async (id) => {
    // A page that is opened again is told of its models one by one.
    for (let tries = 0; tries < 100 && !manager.has_model(id); tries++)
      await new Promise((done) => setTimeout(done, 100));
    if (!manager.has_model(id)) return;
    const model = await manager.get_model(id);
    const view = await manager.create_view(model);
    made.push(view);
    element.append(view.el);
    // JupyterLab says it of what it puts into a page itself: only then is the layout made.
    view.trigger("displayed");
    // A slider without a name is one of many to who does not see what stands beside it.
    for (const handle of view.el.querySelectorAll("[role=slider]"))
      handle.setAttribute("aria-label", model.get("description"));
    // A toggle shows by its colour alone whether it is pressed.
    if (view.el.matches(".widget-toggle-button")) {
      const press = () => view.el.setAttribute("aria-pressed", String(model.get("value")));
      view.listenTo(model, "change:value", press);
      press();
    }
  };
  return {
    async show(ids) {
      for (const id of ids) await show(id);
    },
    remove() {
      for (const view of made) view.remove();
    },
  };
};
