// Interactive elements: how each is drawn, what its value is, and when it tells the bot.

import { el, textObject } from "./text.js";

let serial = 0;
export const newId = (prefix) => `${prefix}-${++serial}`;

const selected = (element) => element.initial_option?.value;

// bench: {context, press(element, block, value), suggest(element, block, text), confirm(dialog)}
// Returns {node, focus, read} where read() is the plain value.
export function control(element, block, bench, { id, describedby, current, label } = {}) {
  const hooks = {
    id, "data-action-id": element.action_id, "data-block-id": block.block_id,
    "aria-describedby": describedby, "aria-label": label,
  };
  const kind = element.type;
  const makers = {
    button: makeButton, overflow: makeOverflow, static_select: makeSelect, multi_static_select: makeMulti,
    external_select: makeExternal, multi_external_select: makeExternal, users_select: makePeople,
    multi_users_select: makeMulti, conversations_select: makeChannels, channels_select: makeChannels,
    checkboxes: makeBoxes, radio_buttons: makeBoxes,
  };
  return (makers[kind] ?? makeTyped)(element, block, bench, hooks, current);
}

async function agreed(element, bench) {
  return element.confirm ? bench.confirm(element.confirm, element.style) : true;
}

function makeButton(element, block, bench, hooks) {
  const node = el("button", {
    ...hooks, type: "button", class: `button ${element.style ?? ""}`,
    "aria-label": element.accessibility_label, "data-value": element.value,
    onclick: async () => {
      if (!(await agreed(element, bench))) return;
      if (element.url && /^https?:/i.test(element.url)) window.open(element.url, "_blank", "noopener");
      await bench.busy(node, () => bench.press(element, block, element.value));
    },
  }, textObject({ type: "plain_text", text: element.text.text }, bench.context));
  return { node, read: () => undefined };
}

function makeOverflow(element, block, bench, hooks) {
  const menu = el("div", { class: "menu-list", role: "menu", hidden: true });
  const toggle = el("button", {
    ...hooks, type: "button", class: "button dots", "aria-label": "More actions", "aria-haspopup": "menu",
    onclick: () => { menu.hidden = !menu.hidden; if (!menu.hidden) menu.firstChild.focus(); },
  }, "⋯");
  for (const option of element.options) {
    menu.append(el("button", {
      type: "button", role: "menuitem", "data-value": option.value,
      onclick: async () => {
        menu.hidden = true;
        toggle.focus();
        if (option.url && /^https?:/i.test(option.url)) window.open(option.url, "_blank", "noopener");
        if (await agreed(element, bench)) await bench.press(element, block, option.value);
      },
    }, option.text.text));
  }
  menu.addEventListener("keydown", (event) => menuKeys(event, menu, toggle));
  const node = el("span", { class: "pop" }, toggle, menu);
  node.addEventListener("focusout", (event) => { if (!node.contains(event.relatedTarget)) menu.hidden = true; });
  return { node, read: () => undefined };
}

export function menuKeys(event, menu, toggle) {
  const items = [...menu.querySelectorAll("button")];
  const at = items.indexOf(document.activeElement);
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (move) {
    event.preventDefault();
    items[(at + move + items.length) % items.length].focus();
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    menu.hidden = true;
    toggle?.focus();
  }
}

function changed(node, element, block, bench, read) {
  node.addEventListener("change", async () => {
    if (await agreed(element, bench)) bench.changed(element, block, read());
  });
  return { node, focus: node, read };
}

function makeSelect(element, block, bench, hooks, current) {
  const node = el("select", { ...hooks, class: "input" });
  const wanted = current ? current.selected_option?.value : selected(element);
  node.append(el("option", { value: "" }, element.placeholder?.text ?? "Choose"));
  const add = (parent, options) => options.forEach((option) =>
    parent.append(el("option", { value: option.value, selected: option.value === wanted }, option.text.text)));
  for (const group of element.option_groups ?? []) {
    const holder = el("optgroup", { label: group.label.text });
    add(holder, group.options);
    node.append(holder);
  }
  add(node, element.options ?? []);
  return changed(node, element, block, bench, () => node.value);
}

function makePeople(element, block, bench, hooks, current) {
  const node = el("select", { ...hooks, class: "input" });
  const wanted = current ? current.selected_user : element.initial_user;
  node.append(el("option", { value: "" }, element.placeholder?.text ?? "Choose a person"));
  for (const person of bench.context.everybody()) {
    node.append(el("option", { value: person.id, selected: person.id === wanted }, person.name));
  }
  return changed(node, element, block, bench, () => node.value);
}

function makeChannels(element, block, bench, hooks, current) {
  const node = el("select", { ...hooks, class: "input" });
  const wanted = current?.selected_conversation ?? current?.selected_channel ?? element.initial_conversation ?? element.initial_channel;
  node.append(el("option", { value: "" }, element.placeholder?.text ?? "Choose a channel"));
  for (const channel of bench.context.channels().filter((c) => c.kind === "channel")) {
    node.append(el("option", { value: channel.id, selected: channel.id === wanted }, "#" + channel.name));
  }
  return changed(node, element, block, bench, () => node.value);
}

// Several choices: a search box over a list of check boxes, which works with a keyboard and on a phone.
function makeMulti(element, block, bench, hooks, current) {
  const people = element.type === "multi_users_select";
  const options = people
    ? bench.context.everybody().map((p) => ({ value: p.id, text: { text: p.name } }))
    : [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
  const first = people
    ? current?.selected_users ?? element.initial_users ?? []
    : (current?.selected_options ?? element.initial_options ?? []).map((option) => option.value);
  const chosen = new Set(first);
  const list = el("div", { class: "checks scroll" });
  const tell = () => bench.changed(element, block, [...chosen]);
  for (const option of options) {
    const box = el("input", { type: "checkbox", value: option.value, checked: chosen.has(option.value) });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(option.value);
      else chosen.delete(option.value);
      if (element.max_selected_items) {
        for (const other of list.querySelectorAll("input:not(:checked)")) other.disabled = chosen.size >= element.max_selected_items;
      }
      tell();
    });
    list.append(el("label", {}, box, option.text.text));
  }
  const search = options.length > 8 ? el("input", {
    type: "search", class: "input", placeholder: "Search", "aria-label": "Search the choices",
    oninput: () => {
      for (const row of list.children) row.hidden = !row.textContent.toLowerCase().includes(search.value.toLowerCase());
    },
  }) : null;
  const node = el("div", { ...hooks, role: "group", class: "multi" }, search, list);
  return { node, focus: list.querySelector("input"), read: () => [...chosen] };
}

function makeExternal(element, block, bench, hooks, current) {
  const several = element.type === "multi_external_select";
  let chosen = several ? current?.selected_options ?? element.initial_options ?? [] : current?.selected_option ?? element.initial_option ?? null;
  const list = el("div", { class: "options", role: "listbox", "aria-label": "Choices", id: newId("list"), hidden: true });
  const node = el("input", {
    ...hooks, class: "input", type: "text", role: "combobox", autocomplete: "off", "aria-expanded": "false", "aria-controls": list.id,
    placeholder: element.placeholder?.text ?? "Type to search", value: several ? "" : chosen?.text.text,
  });
  const picked = el("div", { class: "picked" });
  const show = () => {
    picked.replaceChildren(...(several ? chosen : []).map((option) => el("button", {
      type: "button", class: "chip", "aria-label": `Remove ${option.text.text}`,
      onclick: () => { chosen = chosen.filter((o) => o.value !== option.value); show(); bench.changed(element, block, chosen); },
    }, option.text.text + " ×")));
  };
  const hide = () => { list.hidden = true; node.setAttribute("aria-expanded", "false"); };
  const pick = (option) => {
    if (several) { chosen = [...chosen, option]; node.value = ""; show(); } else { chosen = option; node.value = option.text.text; }
    hide();
    node.focus();
    bench.changed(element, block, chosen);
  };
  let timer;
  node.addEventListener("input", () => {
    if (!several) { chosen = null; bench.changed(element, block, null); }
    clearTimeout(timer);
    if (node.value.length < (element.min_query_length ?? 3)) return hide();
    timer = setTimeout(async () => {
      const options = await bench.suggest(element, block, node.value);
      list.replaceChildren(...options.map((option) => el("button", {
        type: "button", role: "option", "data-value": option.value, onclick: () => pick(option),
      }, option.text.text)));
      if (!options.length) list.replaceChildren(el("p", { class: "none" }, "No matches"));
      list.hidden = false;
      node.setAttribute("aria-expanded", "true");
    }, 150);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && !list.hidden) { event.preventDefault(); list.querySelector("button")?.focus(); }
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); event.stopPropagation(); hide(); }
    if (event.key === "Enter") { event.preventDefault(); list.querySelector("button")?.click(); }
  });
  list.addEventListener("keydown", (event) => menuKeys(event, list, node));
  show();
  const holder = el("div", { class: "combo" }, picked, node, list);
  holder.addEventListener("focusout", (event) => { if (!holder.contains(event.relatedTarget)) hide(); });
  return { node: holder, focus: node, read: () => chosen };
}

function makeBoxes(element, block, bench, hooks, current) {
  const radio = element.type === "radio_buttons";
  const first = radio
    ? [(current ? current.selected_option : element.initial_option)?.value]
    : (current ? current.selected_options : element.initial_options ?? []).map((option) => option.value);
  const name = newId("choice");
  const node = el("div", { ...hooks, role: radio ? "radiogroup" : "group", class: "checks" });
  for (const option of element.options) {
    node.append(el("label", {},
      el("input", { type: radio ? "radio" : "checkbox", name, value: option.value, checked: first.includes(option.value) }),
      el("span", {}, textObject(option.text, bench.context),
        option.description ? el("small", {}, textObject(option.description, bench.context)) : null)));
  }
  const read = () => {
    const values = [...node.querySelectorAll("input:checked")].map((box) => box.value);
    return radio ? values[0] ?? null : values;
  };
  const made = changed(node, element, block, bench, read);
  return { ...made, focus: node.querySelector("input") };
}

function makeTyped(element, block, bench, hooks, current) {
  const types = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local", number_input: "text", email_text_input: "email", url_text_input: "url" };
  const shared = { ...hooks, class: "input", placeholder: element.placeholder?.text };
  const value = current
    ? current.value ?? current.selected_date ?? current.selected_time ?? ""
    : element.initial_value ?? element.initial_date ?? element.initial_time ?? "";
  let node;
  if (element.type === "plain_text_input" && element.multiline) {
    node = el("textarea", { ...shared, rows: 4 });
  } else {
    node = el("input", {
      ...shared, type: types[element.type] ?? "text",
      inputmode: element.type === "number_input" ? "decimal" : undefined,
    });
  }
  node.value = value;
  let read = () => node.value;
  if (element.type === "datetimepicker") {
    const seconds = current?.selected_date_time ?? element.initial_date_time;
    if (seconds) {
      const moment = new Date(seconds * 1000);
      node.value = new Date(moment - moment.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
    }
    read = () => (node.value ? Math.floor(new Date(node.value) / 1000) : null);
  }
  node.addEventListener("input", () => bench.typed(element, block, read()));
  return changed(node, element, block, bench, read);
}
