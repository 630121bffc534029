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
