// Brings the views' modules to the page.
//
// anywidget 0.11 drops every message to a model whose module was not there within two seconds of
// the model (packages/anywidget/src/runtime.ts), and a browser can be slower than that. So nobody
// speaks to the model of this module: it holds the other modules as text, and starts live.js.
export default {
  initialize({ model }) {
    const text = new Blob([model.get("modules").live], { type: "text/javascript" });
    const address = URL.createObjectURL(text);
    const started = import(address).then(({ start }) => start(model, address));
    return () => started.then((stop) => stop());
  },
};
