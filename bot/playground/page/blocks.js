// Block Kit as DOM: messages, modals and the Home tab share it.

import { chart } from "./charts.js";
import { control, newId } from "./inputs.js";
import { el, link, mrkdwn, richText, textObject } from "./text.js";

// bench: see inputs.js. errors: {block_id: sentence}. values: state.values of a view.
export function drawBlocks(blocks, bench, { errors = {}, values = {} } = {}) {
  return blocks.map((block) => {
    const draw = BLOCKS[block.type] ?? unknown;
    const node = draw(block, bench, { error: errors[block.block_id], values: values[block.block_id] ?? {} });
    node.dataset.block = block.type;
    node.dataset.blockId = block.block_id;
    node.classList.add("block");
    return node;
  });
}

function section(block, bench, { values }) {
  const body = el("div", { class: "section-body" });
  if (block.text) body.append(el("div", { class: "text" }, textObject(block.text, bench.context)));
  if (block.fields) {
    body.append(el("div", { class: "fields" }, block.fields.map((field) => el("div", {}, textObject(field, bench.context)))));
  }
  const accessory = block.accessory;
  const beside = !accessory ? null : accessory.type === "image"
    ? el("img", { class: "thumb", src: accessory.image_url, alt: accessory.alt_text })
    : control(accessory, block, bench, { current: values[accessory.action_id], label: accessory.type === "button" ? undefined : accessory.placeholder?.text ?? block.text?.text }).node;
  return el("div", { class: "section" }, body, beside ? el("div", { class: "accessory" }, beside) : null);
}

function actions(block, bench, { values }) {
  return el("div", { class: "actions" }, block.elements.map((element) =>
    control(element, block, bench, { current: values[element.action_id], label: ["button", "overflow"].includes(element.type) ? undefined : element.placeholder?.text ?? element.action_id }).node));
}

function context(block, bench) {
  return el("div", { class: "context" }, block.elements.map((one) => (one.type === "image"
    ? el("img", { src: one.image_url, alt: one.alt_text })
    : el("span", {}, textObject(one, bench.context)))));
}

function image(block) {
  return el("figure", { class: "picture" },
    block.title ? el("figcaption", {}, block.title.text) : null,
    el("img", { src: block.image_url, alt: block.alt_text, loading: "lazy" }));
}

function input(block, bench, { error, values }) {
  const { element } = block;
  const id = newId("field");
  const notes = [];
  if (block.hint) notes.push(el("p", { class: "hint", id: `${id}-hint` }, block.hint.text));
  if (error) notes.push(el("p", { class: "error", id: `${id}-error`, role: "alert" }, error));
  const describedby = notes.map((note) => note.id).join(" ") || undefined;
  const made = control(element, block, bench, { id, describedby, current: values[element.action_id] });
  const group = ["checkboxes", "radio_buttons", "multi_static_select", "multi_users_select"].includes(element.type);
  const words = [block.label.text, block.optional ? el("span", { class: "optional" }, " (optional)") : null];
  if (group) made.node.setAttribute("aria-labelledby", `${id}-label`);
  else if (error) made.focus?.setAttribute("aria-invalid", "true");
  const label = group ? el("span", { class: "label", id: `${id}-label` }, words) : el("label", { class: "label", for: id }, words);
  return el("div", { class: `field ${error ? "bad" : ""}` }, label, made.node, notes);
}

function cellText(cell, bench) {
  if (cell.type === "rich_text") return richText(cell, bench.context);
  return String(cell.text ?? cell.value ?? "");
}

function table(block, bench) {
  const [head, ...rows] = block.rows;
  const settings = block.column_settings ?? [];
  const align = (cell, index) => (settings[index]?.align ?? (cell.type === "raw_number" ? "right" : "left"));
  return el("div", { class: "grid-scroll" }, el("table", { class: "grid" },
    el("thead", {}, el("tr", {}, head.map((cell, index) => el("th", { scope: "col", class: `to-${align(cell, index)}` }, cellText(cell, bench))))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, index) => el("td", { class: `to-${align(cell, index)}` }, cellText(cell, bench))))))));
}

function dataTable(block, bench) {
  const [head, ...all] = block.rows;
  const size = block.page_size ?? 5;
  const header = block.row_header_column_index ?? 0;
  let rows = all;
  let at = 0;
  let sorted = { column: -1, down: false };
  const body = el("tbody");
  const where = el("span", { class: "where" });
  const numeric = (index) => all.every((row) => row[index].type === "raw_number");
  const side = (index) => (numeric(index) ? "to-right" : "to-left");
  const short = (cell) => ((cell.text ?? "").length < 16 ? "short" : "");
  const key = (cell) => (cell.type === "raw_number" ? cell.value : (cell.text ?? "").toLowerCase());
  const show = () => {
    body.replaceChildren(...rows.slice(at, at + size).map((row) => el("tr", {}, row.map((cell, index) => (index === header
      ? el("th", { scope: "row", class: `${side(index)} ${short(cell)}` }, cellText(cell, bench))
      : el("td", { class: `${side(index)} ${short(cell)}` }, cellText(cell, bench)))))));
    where.textContent = `${at + 1} to ${Math.min(at + size, rows.length)} of ${rows.length}`;
    back.disabled = at === 0;
    next.disabled = at + size >= rows.length;
  };
  const back = el("button", { type: "button", class: "button small", "aria-label": "Previous rows", onclick: () => { at -= size; show(); } }, "‹");
  const next = el("button", { type: "button", class: "button small", "aria-label": "Next rows", onclick: () => { at += size; show(); } }, "›");
  const heads = head.map((cell, index) => el("th", { scope: "col", class: side(index) }, el("button", {
    type: "button",
    onclick: () => {
      sorted = { column: index, down: sorted.column === index && !sorted.down };
      rows = [...all].sort((a, b) => (key(a[index]) > key(b[index]) ? 1 : -1) * (sorted.down ? -1 : 1));
      heads.forEach((one, number) => (number === index
        ? one.setAttribute("aria-sort", sorted.down ? "descending" : "ascending")
        : one.removeAttribute("aria-sort")));
      at = 0;
      show();
    },
  }, cellText(cell, bench))));
  const node = el("div", { class: "grid-scroll" },
    el("table", { class: "grid" }, el("caption", {}, block.caption), el("thead", {}, el("tr", {}, heads)), body),
    all.length > size ? el("div", { class: "pager" }, back, where, next) : null);
  show();
  return node;
}

function markdown(block, bench) {
  const words = block.text.replace(/^#+\s*(.+)$/gm, "*$1*").replace(/\*\*(.+?)\*\*/g, "*$1*").replace(/\[([^\]]+)\]\(([^)]+)\)/g, "<$2|$1>");
  return el("div", { class: "text" }, mrkdwn(words, bench.context));
}

function unknown(block) {
  return el("p", { class: "hint" }, `A block of type ${block.type}, which this playground does not draw.`);
}

const BLOCKS = {
  section, actions, context, image, input, table, markdown,
  data_table: dataTable,
  header: (block) => el("h3", { class: "header" }, block.text.text),
  divider: () => el("hr"),
  rich_text: (block, bench) => richText(block, bench.context),
  data_visualization: (block) => chart(block),
  alert: (block, bench) => el("div", { class: "notice" }, textObject(block.text, bench.context)),
  video: (block) => el("p", {}, link(block.title_url ?? block.video_url, block.title?.text ?? "Video")),
};
