// data_visualization as inline SVG, with the same figures as a table for those who do not see it.

import { el } from "./text.js";

const WIDTH = 560;
const HEIGHT = 240;
const LEFT = 48;
const BOTTOM = 36;
const TOP = 12;
// About what a character of a label is wide, and a line of it high.
const CHARACTER = 6.2;
const LINE = 13;

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const number = (value) => new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 }).format(value);

export function chart(block) {
  const { title, chart: one } = block;
  const drawing = one.type === "pie" ? pie(one) : axes(one);
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", `${title}. ${description(one)}`);
  const names = one.type === "pie"
    ? one.segments.map((segment) => `${segment.label}: ${number(segment.value)}`)
    : one.series.map((line) => line.name);
  return el("figure", { class: "chart", "data-chart": one.type },
    el("figcaption", {}, title),
    drawing,
    el("ul", { class: "legend" }, names.map((name, index) => el("li", {}, el("span", { class: `swatch fill-${index % 6}` }), name))),
    el("details", {}, el("summary", {}, "Figures"), figures(one)));
}

function description(one) {
  if (one.type === "pie") return "Pie chart: " + one.segments.map((s) => `${s.label} ${number(s.value)}`).join(", ");
  const lines = one.series.map((line) => `${line.name}: ` + line.data.map((p) => `${p.label} ${number(p.value)}`).join(", "));
  return `${one.type} chart. ` + lines.join("; ");
}

function figures(one) {
  if (one.type === "pie") {
    return table(["Part", "Value"], one.segments.map((s) => [s.label, number(s.value)]));
  }
  const rows = one.axis_config.categories.map((label) => [label, ...one.series.map((line) => {
    const point = line.data.find((p) => p.label === label);
    return point ? number(point.value) : "";
  })]);
  return table([one.axis_config.x_label ?? "", ...one.series.map((line) => line.name)], rows);
}

function table(head, rows) {
  return el("table", { class: "grid" },
    el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((text) => el("td", {}, text))))));
}

function steps(largest) {
  const rough = largest / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
  return Array.from({ length: Math.ceil(largest / step) + 1 }, (_, index) => index * step);
}

// On a narrow page a chart is only as wide as its labels need, so that they stay readable.
function widthFor(categories) {
  const narrow = matchMedia("(max-width: 760px)").matches;
  return narrow ? Math.min(WIDTH - 1, Math.max(296, LEFT + 12 + 66 * categories)) : WIDTH;
}

// A label as two lines at most, broken between words so that it does not run into its neighbours.
function broken(label, width) {
  const most = Math.floor(width / CHARACTER);
  const words = label.split(" ");
  if (label.length <= most || words.length === 1) return [label];
  const first = [words.shift()];
  while (words.length > 1 && [...first, words[0]].join(" ").length <= most) first.push(words.shift());
  return [first.join(" "), words.join(" ")];
}

function axes(one) {
  const { categories, x_label: xLabel, y_label: yLabel } = one.axis_config;
  const value = (line, label) => line.data.find((p) => p.label === label)?.value ?? 0;
  const all = one.series.flatMap((line) => line.data.map((p) => p.value));
  const ticks = steps(Math.max(...all, 0.0001));
  const top = ticks.at(-1);
  const full = widthFor(categories.length);
  const bottom = xLabel ? BOTTOM + 16 : BOTTOM;
  const plotWidth = full - LEFT - 12;
  const plotHeight = HEIGHT - TOP - bottom;
  const x = (index) => LEFT + (plotWidth * (index + 0.5)) / categories.length;
  const y = (v) => TOP + plotHeight * (1 - Math.max(v, 0) / top);
  const root = svg("svg", { viewBox: `0 0 ${full} ${HEIGHT}` });
  if (full < WIDTH) root.style.minWidth = `${full}px`;
  for (const tick of ticks) {
    root.append(svg("line", { x1: LEFT, x2: full - 12, y1: y(tick), y2: y(tick), class: "rule" }));
    root.append(svg("text", { x: LEFT - 6, y: y(tick) + 4, class: "tick end" }, number(tick)));
  }
  const every = Math.ceil(categories.length / 10);
  categories.forEach((label, index) => {
    if (index % every) return;
    const lines = broken(label, (plotWidth / categories.length) * every);
    root.append(svg("text", { class: "tick middle" }, ...lines.map((line, row) => svg("tspan", { x: x(index), y: HEIGHT - bottom + 16 + row * LINE }, line))));
  });
  if (xLabel) root.append(svg("text", { x: LEFT + plotWidth / 2, y: HEIGHT - 8, class: "axis middle" }, xLabel));
  if (yLabel) root.append(svg("text", { x: 0, y: 0, class: "axis middle", transform: `translate(12 ${TOP + plotHeight / 2}) rotate(-90)` }, yLabel));
  one.series.forEach((line, number_) => {
    const colour = number_ % 6;
    if (one.type === "bar") {
      const slot = (plotWidth / categories.length) * 0.7;
      const width = Math.min(44, slot / one.series.length);
      categories.forEach((label, index) => {
        const v = value(line, label);
        const left = x(index) - (width * one.series.length) / 2 + width * number_;
        root.append(svg("rect", { x: left + 1, y: y(v), width: Math.max(width - 2, 1), height: Math.max(y(0) - y(v), 0), rx: 2, class: `fill-${colour}` }, svg("title", {}, `${line.name}, ${label}: ${number(v)}`)));
      });
      return;
    }
    const points = categories.map((label, index) => `${x(index)},${y(value(line, label))}`);
    if (one.type === "area") {
      root.append(svg("polygon", { points: [`${x(0)},${y(0)}`, ...points, `${x(categories.length - 1)},${y(0)}`].join(" "), class: `fill-${colour} soft` }));
    }
    root.append(svg("polyline", { points: points.join(" "), class: `stroke-${colour}` }));
    categories.forEach((label, index) => root.append(svg("circle", { cx: x(index), cy: y(value(line, label)), r: 3.5, class: `fill-${colour}` }, svg("title", {}, `${line.name}, ${label}: ${number(value(line, label))}`))));
  });
  return root;
}

function pie(one) {
  const total = one.segments.reduce((sum, segment) => sum + segment.value, 0) || 1;
  const root = svg("svg", { viewBox: "0 0 200 200", class: "pie" });
  let angle = -Math.PI / 2;
  one.segments.forEach((segment, index) => {
    const share = segment.value / total;
    const label = svg("title", {}, `${segment.label}: ${number(segment.value)}`);
    if (share > 0.9999) {
      root.append(svg("circle", { cx: 100, cy: 100, r: 90, class: `fill-${index % 6}` }, label));
      return;
    }
    const end = angle + share * 2 * Math.PI;
    const at = (a) => `${100 + 90 * Math.cos(a)} ${100 + 90 * Math.sin(a)}`;
    root.append(svg("path", { d: `M100 100 L${at(angle)} A90 90 0 ${share > 0.5 ? 1 : 0} 1 ${at(end)} Z`, class: `fill-${index % 6} slice` }, label));
    angle = end;
  });
  return root;
}
