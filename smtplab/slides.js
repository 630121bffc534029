// @ts-check
// What stands for JupyterLab's console on the page of slides, which has none: a shared module of
// webpack's Module Federation, in a container of its own. See slides.py.

/** @type {any} */
const page = window;
page._JUPYTERLAB = page._JUPYTERLAB ?? {};
page._JUPYTERLAB["smtplab-slides"] = {
  /** @param {Record<string, any>} scope what the extensions of the page share */
  init(scope) {
    const nothing = { get: async () => () => ({}), from: "smtplab-slides", eager: false };
    scope["@jupyterlab/console"] ??= { "4.6.6": nothing };
  },
};

// Space and Enter belong to a control that has the focus, and not to the slides. Whoever clicked
// it goes on with the slides: it gives the focus back.
const KINDS = "button, input[type=radio], input[type=checkbox], label, select, summary";
const CONTROLS = `.jp-OutputArea :is(${KINDS})`;
/** @param {Event} event */
const control = (event) => event.target instanceof Element && event.target.closest(CONTROLS);
page.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  if ([" ", "Enter"].includes(event.key) && control(event)) event.stopImmediatePropagation();
}, true);
page.addEventListener("click", (/** @type {MouseEvent} */ event) => {
  const clicked = event.detail && control(event);
  if (clicked && clicked.tagName !== "SELECT") {
    setTimeout(() => page.document.activeElement?.blur());
  }
});
