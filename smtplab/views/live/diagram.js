// A picture of states, and of the ways from one to another: boxes and arrows, some of them lit.
import { svg, uid } from "./live.js";

// `nodes` has the middle of each box: {name: [x, y]}, and named(name) is what stands in it. An edge
// is [from, to, way, label, x, y]: where its label stands, with "end" or "start" as its seventh when
// the label begins or ends there, and "turned" when it goes upwards. `labels` has their words.
export const diagram = ({ wide, high, box: [width, height], nodes, named, edges, labels }) => {
  const heads = { false: uid(), true: uid() };
  const head = (lit) => svg("marker", { id: heads[lit], viewBox: "0 0 8 8", refX: 7, refY: 4,
    markerWidth: 8, markerHeight: 8, orient: "auto", markerUnits: "userSpaceOnUse",
    class: lit ? "sm-head sm-lit" : "sm-head" }, svg("path", { d: "M0,0L8,4L0,8z" }));
  const boxes = Object.entries(nodes).map(([name, [x, y]]) => {
    const text = svg("text", { x, y: y + 5 }, named(name));
    const group = svg("g", { class: "sm-state" }, svg("rect", { x: x - width / 2,
      y: y - height / 2, width, height, rx: 6 }), text);
    return { name, text, group, x: x + width / 2, y: y - height / 2 };
  });
  const ways = edges.map(([from, to, way, label, x, y, how]) => {
    const path = svg("path", { d: way });
    const placed = how === "turned" ? { transform: `rotate(-90 ${x} ${y})` }
                                    : { class: `sm-${how ?? "middle"}` };
    return { from, to, path, group: svg("g", { class: "sm-edge" }, path,
                                        svg("text", { x, y, ...placed }, labels[label] ?? label)) };
  });
  const element = svg("svg", { class: "sm-diagram", viewBox: `0 0 ${wide} ${high}`, role: "img" },
    svg("defs", {}, head(false), head(true)),
    ...ways.map(({ group }) => group), ...boxes.map(({ group }) => group));
  return {
    element, boxes, ways,
    // Light the boxes and the ways for which that holds, and say it to those who do not see it.
    light(said, isLit, isGone) {
      element.setAttribute("aria-label", said);
      for (const one of boxes) one.group.classList.toggle("sm-lit", isLit(one));
      for (const one of ways) {
        const lit = isGone(one);
        one.group.classList.toggle("sm-lit", lit);
        one.path.setAttribute("marker-end", `url(#${heads[lit]})`);
      }
      // Above the others that share their way.
      for (const one of ways.filter(isGone)) element.insertBefore(one.group, boxes[0].group);
    },
  };
};
